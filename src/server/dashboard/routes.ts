/* The routes of the dashboard: its files under /dashboard, and what it asks under /dashboard/api. */
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Collection } from '../../api/collection.js';
import type { CollectionInfo } from '../../api/upkeep.js';
import { CollectionNotFoundError, SiltError, ValidationError } from '../../base/errors.js';
import { onEnded } from '../http/connections.js';
import { errorOf, type Failures } from '../http/faults.js';
import type { Guard } from '../http/guard.js';
import { held } from '../http/held.js';
import type { RequestMetrics } from '../http/metrics.js';
import type { Settled } from '../http/options.js';
import type { Replies } from '../http/reply.js';
import { AnswerRoom } from '../http/room.js';
import { QdrantError } from '../qdrant/errors.js';
import type { Service } from '../qdrant/service.js';
import { SETTINGS } from '../qdrant/settings.js';
import { sendAsset } from './assets.js';
import { type Body, CALLS, type Call } from './calls.js';
import { Live } from './live.js';
import { mapCalls } from './map-calls.js';
import { Maps } from './maps.js';
import type { ErrorView, Overview } from './wire.js';

export interface Parts {
  readonly service: Service;
  readonly settled: Settled;
  readonly metrics: RequestMetrics;
  readonly guard: Guard;
  readonly replies: Replies;
  readonly failures: Failures;
  readonly closing: AbortController;
}

const API = '/dashboard/api';

/** @throws CollectionNotFoundError */
function collectionOf({ service }: Parts, name: string): Collection {
  if (!service.has(name)) throw new CollectionNotFoundError(name, service.names());
  return service.database.collection(name);
}

function overview({ service, settled, guard }: Parts, request: FastifyRequest): Overview {
  const { database } = service;
  const because =
    database.readOnly || settled.readOnly
      ? 'this server is read-only'
      : guard.mayWrite(request.headers)
        ? null
        : 'this key is read-only';
  const names = new Set(service.names());
  return {
    writes: because === null,
    readOnlyBecause: because,
    path: database.path ?? null,
    collections: database
      .collections()
      .filter(({ name }) => names.has(name))
      .map(({ name, config, createdAt, payloadIndexes }) => ({ name, config, createdAt, payloadIndexes })),
  };
}

/** Aborts when the client leaves. */
function leftOf(request: FastifyRequest, reply: FastifyReply): AbortSignal {
  const left = new AbortController();
  onEnded(request.raw, reply.raw, () => left.abort(new QdrantError(400, 'Bad request: the client left')));
  return left.signal;
}

/** Makes a collection, of which Qdrant's requests do not know all options. @throws ValidationError for a name that is taken otherwise */
async function create({ service }: Parts, { name, config }: Body): Promise<CollectionInfo> {
  if (name === SETTINGS || service.settings.aliases.has(String(name)))
    throw new ValidationError('INVALID_NAME', `"${name}" is the name of something else: take another one`);
  return (await service.database.createCollection(name as string, config as object)).info();
}

function call(scope: FastifyInstance, name: string, { writes, handle }: Call, parts: Parts): void {
  const url = `${API}/collections/:name/${name}`;
  scope.post(url, { onRequest: parts.guard.of({ endpoint: url, writes }) }, (request, reply) =>
    held(request, reply, async () => {
      const collection = collectionOf(parts, (request.params as { name: string }).name);
      const room = new AnswerRoom(parts.settled.limits, request.task);
      const asker = { room, left: () => leftOf(request, reply) };
      const result = await handle(collection, (request.body ?? {}) as Body, asker);
      if (result instanceof Uint8Array) {
        request.task.takeAnswer(result.byteLength);
        return parts.replies.bytes(reply, result);
      }
      room.takeResult(result);
      return parts.replies.result(reply, result, 'bare', request.task.began);
    }),
  );
}

/** An error in Silt's own words: the page shows it as it is. */
function refuse(error: unknown, request: FastifyRequest, reply: FastifyReply, parts: Parts): unknown {
  const answered = parts.failures.answer(errorOf(error), request);
  const cause = answered.cause instanceof SiltError ? answered.cause : undefined;
  const view: ErrorView = {
    error: {
      code: cause?.code ?? null,
      message: cause ? parts.failures.told(cause.message) : answered.message,
    },
  };
  return parts.replies.refusal(reply, answered.status, view);
}

function api(scope: FastifyInstance, parts: Parts): void {
  const { guard, replies, closing } = parts;
  const live = new Live(parts.service, parts.metrics, parts.settled.limits.stallMs);
  void live.remember(closing.signal);
  scope.setErrorHandler((error, request, reply) => refuse(error, request, reply, parts));
  scope.get(
    `${API}/overview`,
    { onRequest: guard.of({ endpoint: `${API}/overview`, writes: false }) },
    (request, reply) => replies.result(reply, overview(parts, request), 'bare', request.task.began),
  );
  scope.get(
    `${API}/past`,
    { onRequest: guard.of({ endpoint: `${API}/past`, writes: false }) },
    (request, reply) => replies.result(reply, live.past(), 'bare', request.task.began),
  );
  scope.get(
    `${API}/live`,
    { onRequest: guard.of({ endpoint: `${API}/live`, writes: false }), exposeHeadRoute: false },
    (request, reply) => held(request, reply, () => live.stream(request, reply, closing.signal)),
  );
  scope.post(
    `${API}/create`,
    { onRequest: guard.of({ endpoint: `${API}/create`, writes: true }) },
    (request, reply) =>
      held(request, reply, async () => {
        const made = await create(parts, (request.body ?? {}) as Body);
        return replies.result(reply, made, 'bare', request.task.began);
      }),
  );
  const calls = { ...CALLS, ...mapCalls(new Maps(closing.signal)) };
  for (const [name, one] of Object.entries(calls)) call(scope, name, one, parts);
}

/** The files need no key: they say nothing about the database. */
export const PAGE = '/dashboard';
export const FILES = '/dashboard/:file';

export function dashboard(fastify: FastifyInstance, parts: Parts): void {
  const { guard } = parts;
  fastify.get(PAGE, { onRequest: guard.of({ endpoint: PAGE, writes: false }) }, (request, reply) =>
    held(request, reply, () => sendAsset('index.html', request, reply)),
  );
  fastify.get(FILES, { onRequest: guard.of({ endpoint: FILES, writes: false }) }, (request, reply) =>
    held(request, reply, () => sendAsset((request.params as { file: string }).file, request, reply)),
  );
  fastify.register((scope, _, done) => {
    api(scope, parts);
    done();
  });
}
