/*
 * The application over HTTP: a route for each operation of the table, and around them what holds for all: who may ask, how
 * much at once and how slowly, and how answers look. A request passes: counted and bounded, allowed, body read, answered.
 */
import cors from '@fastify/cors';
import Fastify, { type FastifyInstance, type FastifyReply, type FastifyRequest } from 'fastify';
import { QdrantError } from '../qdrant/errors.js';
import { type AnyOperation, run } from '../qdrant/operation.js';
import { OPERATIONS } from '../qdrant/operations/table.js';
import type { Service } from '../qdrant/service.js';
import { Access } from './access.js';
import { bodyOf } from './body.js';
import { cut, errorOf, onClientError } from './faults.js';
import { RequestMetrics } from './metrics.js';
import { openApiOf } from './openapi.js';
import type { Settled } from './options.js';
import { queryIn } from './query.js';
import { Replies } from './reply.js';
import { STREAM_PARAMS, streamPoints } from './stream.js';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** The path as the table has it. */
    readonly endpoint?: string;
    readonly writes?: boolean;
    /** The body may take as long as it takes. */
    readonly streams?: boolean;
  }
  interface FastifyRequest {
    /** When it came, in milliseconds. */
    began: number;
  }
}

export interface App {
  readonly fastify: FastifyInstance;
  /** Aborts streams, and refuses requests that come from now on. */
  readonly closing: AbortController;
}

interface Parts {
  readonly service: Service;
  readonly settled: Settled;
  readonly metrics: RequestMetrics;
  readonly replies: Replies;
  readonly closing: AbortController;
}

function instanceOf({ limits, tls }: Settled, replies: Replies): FastifyInstance {
  const server = {
    headersTimeout: limits.headMs,
    connectionsCheckingInterval: Math.min(1_000, limits.headMs),
    noDelay: true,
  };
  const options = {
    bodyLimit: limits.bodyBytes,
    keepAliveTimeout: limits.keepAliveMs,
    forceCloseConnections: 'idle',
    return503OnClosing: false,
    clientErrorHandler: onClientError,
    // Of a path that cannot be decoded: hooks are not asked then.
    frameworkErrors: (error: Error, _request: FastifyRequest, reply: FastifyReply) =>
      replies.error(reply, errorOf(error, limits.bodyBytes), performance.now()),
    routerOptions: { ignoreTrailingSlash: true, maxParamLength: 4_096 },
    ...(tls ? { https: { ...server, cert: tls.cert, key: tls.key } } : { http: server }),
  } as const;
  return Fastify(options as object) as unknown as FastifyInstance;
}

/** Cuts a client that takes too long to send its body. */
function watchBody({ raw, headers }: FastifyRequest, ms: number): void {
  if (!('transfer-encoding' in headers) && !Number(headers['content-length'])) return;
  const late = 'Timeout: the body came too slowly';
  const timer = setTimeout(() => cut(raw.socket, 408, late), ms);
  const done = (): void => clearTimeout(timer);
  raw.once('end', done).once('close', done);
}

/** What holds for all requests. */
function around(fastify: FastifyInstance, { settled, metrics, closing }: Parts): void {
  const access = new Access(settled);
  const { limits } = settled;
  fastify.decorateRequest('began', 0);
  fastify.addHook('onRequest', (request, reply, next) => {
    request.began = performance.now();
    metrics.active++;
    reply.raw.once('close', () => {
      metrics.active--;
      const { endpoint = 'unknown' } = request.routeOptions.config;
      metrics.add(
        request.method,
        endpoint,
        reply.raw.statusCode,
        (performance.now() - request.began) / 1_000,
      );
    });
    const { writes = false, streams = false, endpoint = '' } = request.routeOptions.config;
    if (closing.signal.aborted) throw new QdrantError(503, 'Service unavailable: the server is closing');
    access.checkOrigin(request.headers);
    access.check(request.headers, endpoint, writes);
    if (metrics.active > limits.requests && !HEALTH.test(endpoint)) {
      metrics.refused++;
      throw new QdrantError(
        429,
        `Rate limiting exceeded: ${limits.requests} requests are worked on. Try again`,
      );
    }
    if (!streams) watchBody(request, limits.bodyMs);
    next();
  });
  // From here on, a client that does not read holds the connection. Node ends this with the response.
  fastify.addHook('onSend', (request, reply, _payload, next) => {
    request.raw.socket.setTimeout(limits.stallMs);
    if (closing.signal.aborted) reply.header('connection', 'close');
    next();
  });
}

const HEALTH = /^\/(healthz|readyz|livez|metrics)$/;

/** What the front knows and the operation does not. */
function withRequests({ name }: AnyOperation, result: unknown, { metrics, service }: Parts): unknown {
  if (name === 'metrics') return (result as string) + metrics.text(service.version);
  if (name === 'telemetry') return { ...(result as object), requests: metrics.telemetry() };
  return result;
}

function route(fastify: FastifyInstance, operation: AnyOperation, parts: Parts): void {
  const { method, path, writes, query, form } = operation;
  fastify.route({
    method,
    url: path.replace(/\{(\w+)\}/g, ':$1'),
    config: { endpoint: path, writes },
    handler: async (request, reply) => {
      const names = request.params as Readonly<Record<string, string>>;
      const given = queryIn(query?.json, request.query);
      const result = await run(operation, parts.service, names, given, request.body);
      return parts.replies.result(reply, withRequests(operation, result, parts), form, request.began);
    },
  });
}

const STREAM_PATH = '/collections/{collection_name}/points/stream';

/** What is not among Qdrant's operations, described as these are. */
const STREAM: AnyOperation = {
  name: 'stream_points',
  method: 'POST',
  path: STREAM_PATH,
  summary: 'Writes points that are streamed in as NDJSON, one a line; answers with lines of progress',
  writes: true,
  query: STREAM_PARAMS,
  form: 'text',
  handle: () => undefined,
};

function streams(fastify: FastifyInstance, { service, settled, closing }: Parts): void {
  const streaming = { service, limits: settled.limits, closing: closing.signal };
  fastify.register((scope, _, done) => {
    scope.removeAllContentTypeParsers();
    scope.addContentTypeParser(
      ['application/x-ndjson', 'application/ndjson', 'application/jsonl'],
      (_request, payload, parsed) => parsed(null, payload),
    );
    scope.route({
      method: 'POST',
      url: STREAM_PATH.replace(/\{(\w+)\}/, ':$1'),
      config: { endpoint: STREAM_PATH, writes: true, streams: true },
      handler: (request: FastifyRequest, reply: FastifyReply) => streamPoints(streaming, request, reply),
    });
    done();
  });
}

export async function appOf(service: Service, settled: Settled): Promise<App> {
  const parts: Parts = {
    service,
    settled,
    metrics: new RequestMetrics(),
    replies: new Replies(settled.compress),
    closing: new AbortController(),
  };
  const { bodyBytes } = settled.limits;
  const fastify = instanceOf(settled, parts.replies);
  if (settled.cors !== undefined)
    await fastify.register(cors, {
      origin: settled.cors === '*' ? '*' : [settled.cors].flat(),
      methods: ['GET', 'HEAD', 'PUT', 'POST', 'PATCH', 'DELETE'],
      exposedHeaders: ['retry-after'],
    });
  around(fastify, parts);
  fastify.removeAllContentTypeParsers();
  fastify.addContentTypeParser(
    'application/json',
    { parseAs: 'buffer' },
    async (request: FastifyRequest, bytes: Buffer) =>
      bodyOf(bytes, request.headers['content-encoding'], bodyBytes),
  );
  fastify.setErrorHandler((error, request, reply) =>
    parts.replies.error(reply, errorOf(error, bodyBytes), request.began),
  );
  fastify.setNotFoundHandler((request, reply) => {
    const what = `${request.method} ${request.url.slice(0, 200)}`;
    return parts.replies.error(reply, new QdrantError(404, `Not found: there is no ${what}`), request.began);
  });
  for (const operation of OPERATIONS) route(fastify, operation, parts);
  streams(fastify, parts);
  const openApi = openApiOf([...OPERATIONS, STREAM], service.version);
  fastify.get('/openapi.json', { config: { endpoint: '/openapi.json' } }, (request, reply) =>
    parts.replies.result(reply, openApi, 'bare', request.began),
  );
  fastify.addHook('onClose', async () => parts.metrics.close());
  return { fastify, closing: parts.closing };
}
