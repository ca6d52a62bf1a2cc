/*
 * The HTTP application: one route for each operation of the table. A request is counted, limited and authorised (guard.ts), its body is
 * collected and parsed (collect.ts, body.ts), its operation runs, and the result is wrapped and sent (reply.ts).
 */
import type { Socket } from 'node:net';
import cors from '@fastify/cors';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { dashboard } from '../dashboard/routes.js';
import { QdrantError } from '../qdrant/errors.js';
import { type AnyOperation, run } from '../qdrant/operation.js';
import { OPERATIONS } from '../qdrant/operations/table.js';
import type { Service } from '../qdrant/service.js';
import { jsonOf } from './body.js';
import { collect } from './collect.js';
import { decoded, encodingOf } from './decoding.js';
import { errorOf, Failures, onClientError } from './faults.js';
import { Guard } from './guard.js';
import { held } from './held.js';
import { RequestMetrics } from './metrics.js';
import { openApiOf } from './openapi.js';
import type { Settled } from './options.js';
import { queryIn } from './query.js';
import { Replies } from './reply.js';
import { AnswerRoom } from './room.js';
import { STREAM_PARAMS, streamPoints } from './stream.js';
import { withUpload } from './upload.js';
import { markVectors } from './vectors.js';
import { type Task, Work } from './work.js';

export interface App {
  readonly fastify: FastifyInstance;
  /** All open connections. */
  readonly sockets: ReadonlySet<Socket>;
  /** Once aborted, streams end and new requests are refused. */
  readonly closing: AbortController;
}

interface Parts {
  readonly service: Service;
  readonly settled: Settled;
  readonly metrics: RequestMetrics;
  readonly work: Work;
  readonly guard: Guard;
  readonly replies: Replies;
  readonly failures: Failures;
  readonly closing: AbortController;
}

/** What requests for paths that lead nowhere are counted as. */
const UNKNOWN = 'unknown';

function instanceOf({ limits, tls }: Settled, { replies, guard }: Parts): FastifyInstance {
  const server = {
    headersTimeout: limits.headMs,
    // Bodies have their own time limit (bodyMs); a stream may take any time.
    requestTimeout: 0,
    connectionsCheckingInterval: Math.min(1_000, limits.headMs),
    noDelay: true,
  };
  const options = {
    bodyLimit: limits.bodyBytes,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: onClientError,
    // For a path that cannot be decoded, which Fastify refuses before it calls any hook.
    frameworkErrors: (error: Error, request: FastifyRequest, reply: FastifyReply) => {
      guard.count(request, reply, UNKNOWN);
      return replies.error(reply, errorOf(error), request.task.began);
    },
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4_096 },
    ...(tls
      ? { https: { ...server, cert: tls.cert, key: tls.key, handshakeTimeout: limits.headMs } }
      : { http: server }),
  } as const;
  const fastify = Fastify(options as object) as unknown as FastifyInstance;
  fastify.server.maxConnections = limits.connections;
  return fastify;
}

function socketsOf({ server }: FastifyInstance): Set<Socket> {
  const sockets = new Set<Socket>();
  const add = (socket: Socket): void => {
    sockets.add(socket);
    socket.once('close', () => sockets.delete(socket));
  };
  // With TLS, each comes twice: as what carries it, and as what is carried, which has read nothing before a request.
  for (const event of ['connection', 'secureConnection']) server.on(event, add);
  return sockets;
}

/** Adds what only the HTTP server knows to the result of an operation: request metrics, and the version it reports. */
function withFront(
  { name }: AnyOperation,
  result: unknown,
  { metrics, work, settled: { version } }: Parts,
): unknown {
  if (name === 'metrics') return (result as string) + metrics.text(version, work);
  if (name === 'root') return { ...(result as object), version };
  if (name !== 'telemetry') return result;
  const { app, ...others } = result as { app: object };
  return { ...others, app: { ...app, version }, requests: metrics.telemetry() };
}

function route(fastify: FastifyInstance, operation: AnyOperation, parts: Parts): void {
  const { method, path, writes, query, form, uploads = false } = operation;
  const { service, guard, replies, settled } = parts;
  fastify.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ':$1'),
    onRequest: guard.of({ endpoint: path, writes }),
    handler: (request, reply) =>
      held(request, reply, async () => {
        const names = request.params as Readonly<Record<string, string>>;
        const given = queryIn(query?.json, request.query);
        const room = new AnswerRoom(settled.limits, request.task);
        const answered = (body: unknown): unknown => run(operation, service, names, given, body, room);
        const result = await (uploads
          ? withUpload(request, service.snapshots, answered)
          : answered(request.body));
        room.takeResult(result);
        markVectors(result);
        return replies.result(reply, withFront(operation, result, parts), form, request.task.began);
      }),
  });
}

const STREAM_PATH = '/collections/{collection_name}/points/stream';

/** Not one of Qdrant's operations; it is described like them for OpenAPI. */
const STREAM: AnyOperation = {
  name: 'stream_points',
  method: 'POST',
  path: STREAM_PATH,
  summary: 'Writes a stream of points in NDJSON, one per line; the response is a stream of progress lines',
  writes: true,
  query: STREAM_PARAMS,
  form: 'text',
  handle: () => undefined,
};

function streams(fastify: FastifyInstance, { service, settled, closing, guard, failures }: Parts): void {
  const streaming = { service, limits: settled.limits, closing: closing.signal, failures };
  fastify.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
      (_request, payload, parsed) => parsed(null, payload),
    );
    scope.route({
      method: 'POST',
      url: STREAM_PATH.replace(/\{(\w+)\}/, ':$1'),
      onRequest: guard.of({ endpoint: STREAM_PATH, writes: true }),
      handler: (request: FastifyRequest, reply: FastifyReply) =>
        held(request, reply, () => streamPoints(streaming, request, reply)),
    });
    done();
  });
}

function bodies(fastify: FastifyInstance, { settled: { limits } }: Parts): void {
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser('application/json', ({ raw, task }, _payload, done) => {
    const parsed = (bytes: Buffer): void => {
      let failure: Error | null = null;
      let value: unknown;
      try {
        value = jsonOf(bytes);
      } catch (error) {
        failure = error as Error;
      }
      done(failure, value);
    };
    collect(raw, limits, task, (failure, bytes) => {
      const encoding = encodingOf(raw.headers['content-encoding']);
      if (failure) done(failure);
      else if (encoding === undefined) parsed(bytes);
      else decoded(bytes, encoding, limits.bodyBytes, task).then(parsed, done);
    });
  });
}

function refusals(fastify: FastifyInstance, { replies, failures, guard }: Parts): void {
  fastify.setErrorHandler((error, request, reply) =>
    replies.error(reply, failures.answer(errorOf(error), request), request.task.began),
  );
  const unknown = guard.of({ endpoint: UNKNOWN, writes: false });
  fastify.addHook('onRequest', (request, reply, next) => {
    if (request.is404) unknown(request, reply, next);
    else next();
  });
  fastify.setNotFoundHandler((request, reply) => {
    const what = `${request.method} ${request.url.slice(0, 200)}`;
    const error = new QdrantError(404, `Not found: there is no ${what}`);
    return replies.error(reply, error, request.task.began);
  });
}

/** Routes that take a form instead of JSON. */
function uploads(fastify: FastifyInstance, parts: Parts): void {
  fastify.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser('multipart/form-data', (_request, payload, parsed) => parsed(null, payload));
    for (const operation of OPERATIONS) if (operation.uploads) route(scope, operation, parts);
    done();
  });
}

export async function appOf(service: Service, settled: Settled): Promise<App> {
  const closing = new AbortController();
  const metrics = new RequestMetrics();
  const work = new Work(settled.limits);
  const parts: Parts = {
    service,
    settled,
    metrics,
    work,
    guard: new Guard(settled, metrics, work, closing.signal),
    replies: new Replies(settled, closing.signal),
    failures: new Failures(service, settled.onError),
    closing,
  };
  const fastify = instanceOf(settled, parts);
  fastify.addHook('onClose', async () => metrics.close());
  fastify.decorateRequest('task', null as unknown as Task);
  if (settled.cors !== undefined)
    await fastify.register(cors, {
      origin: settled.cors === '*' ? '*' : [settled.cors].flat(),
      methods: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'],
      exposedHeaders: ['retry-after'],
    });
  bodies(fastify, parts);
  refusals(fastify, parts);
  for (const operation of OPERATIONS) if (!operation.uploads) route(fastify, operation, parts);
  uploads(fastify, parts);
  streams(fastify, parts);
  dashboard(fastify, parts);
  const openApi = openApiOf([...OPERATIONS, STREAM], settled.version);
  fastify.get(
    '/openapi.json',
    { onRequest: parts.guard.of({ endpoint: '/openapi.json', writes: false }) },
    (request, reply) => parts.replies.result(reply, openApi, 'bare', request.task.began),
  );
  return { fastify, sockets: socketsOf(fastify), closing };
}
