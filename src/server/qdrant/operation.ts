/*
 * An operation: its name, its HTTP method and path, the schemas of its input, and its handler. The HTTP server and the in-process client
 * are both built from this: HTTP wraps the result in an envelope, the client returns it as it is.
 */
import { checkShardKeys, named } from './bodies.js';
import { QdrantError } from './errors.js';
import type { Schema } from './schema/schema.js';
import type { Timeout } from './schema/values.js';
import type { Service } from './service.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** Limits an answer while an operation gathers it: its size, and its time. */
export interface Room {
  /** Whether its size has a limit at all. */
  readonly bounded: boolean;
  /** Aborts when the time of the request is over, with the error that answers it. */
  readonly signal?: AbortSignal;
  /** Counts a part of the answer. Returns its bytes. @throws QdrantError if the answer becomes too large */
  take(part: unknown): number;
}

/** For callers in the same process: the answer takes their own memory. */
const UNBOUNDED: Room = { bounded: false, take: () => 0 };

export interface Input<Q, B> {
  /** Values of the names in braces in the path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
  readonly room: Room;
}

export interface Operation<Q = never, B = never, R = unknown> {
  readonly name: string;
  readonly method: Method;
  /** In Qdrant's form: `/collections/{collection_name}`. */
  readonly path: string;
  /** One sentence, for documentation. */
  readonly summary: string;
  /** Whether a read-only key is refused. */
  readonly writes: boolean;
  readonly query?: Schema<Q>;
  readonly body?: Schema<B>;
  /** A missing body counts as `{}`. */
  readonly bodyOptional?: boolean;
  /** How HTTP sends the result: in Qdrant's envelope by default; `bare` is JSON without it. */
  readonly form?: 'bare' | 'text' | 'file';
  /** The body is a file, which HTTP receives as a part of a form: see `Received`. */
  readonly uploads?: boolean;
  /** A health check, which does not use the settings: they are not refreshed for it. */
  readonly apart?: boolean;
  handle(service: Service, input: Input<Q, B>): R | Promise<R>;
}

/** Any operation, of those in the table. */
// biome-ignore lint/suspicious/noExplicitAny: the schemas of an operation check its input at run time
export type AnyOperation = Operation<any, any, unknown>;

/** Checks the input and runs the handler. If another process writes the database, the settings are refreshed first. */
export function run<Q, B, R>(
  operation: Operation<Q, B, R>,
  service: Service,
  path: Readonly<Record<string, string>>,
  query: unknown,
  body: unknown,
  room: Room = UNBOUNDED,
): R | Promise<R> {
  if (service.database.readOnly && !operation.apart)
    return service.settings.current().then(() => handled(operation, service, path, query, body, room));
  return handled(operation, service, path, query, body, room);
}

function handled<Q, B, R>(
  operation: Operation<Q, B, R>,
  service: Service,
  path: Readonly<Record<string, string>>,
  query: unknown,
  body: unknown,
  room: Room,
): R | Promise<R> {
  const input = {
    path,
    query: operation.query?.check(query ?? {}, 'query parameters') as Q,
    body: checkedBody(operation, body) as B,
  };
  const seconds = (input.query as Timeout | undefined)?.timeout;
  // A write that has begun is done, whoever waits for it.
  if (seconds === undefined || operation.writes) return operation.handle(service, { ...input, room });
  return within(seconds, operation.name, room, (room) => operation.handle(service, { ...input, room }));
}

/** What timers can wait for, in milliseconds. */
const TIMER_MAX = 2 ** 31 - 1;

/** @throws QdrantError 408 where it takes longer */
async function within<R>(
  seconds: number,
  name: string,
  room: Room,
  work: (room: Room) => R | Promise<R>,
): Promise<R> {
  const end = new AbortController();
  const late = (): void =>
    end.abort(new QdrantError(408, `Timeout: Operation '${name}' timed out after ${seconds}s`));
  const timer = setTimeout(late, Math.min(1_000 * seconds, TIMER_MAX));
  try {
    return await work({ bounded: room.bounded, take: (part) => room.take(part), signal: end.signal });
  } finally {
    clearTimeout(timer);
  }
}

function checkedBody<Q, B, R>(operation: Operation<Q, B, R>, body: unknown): unknown {
  const { body: schema, bodyOptional, uploads } = operation;
  if (uploads) return body;
  if (!schema) return undefined;
  if (body === undefined && !bodyOptional)
    throw new QdrantError(400, 'Format error in JSON body: EOF while parsing a value');
  const checked = schema.check(named(body ?? {}, schema.json), 'JSON body');
  checkShardKeys(checked as object, schema.json);
  return checked;
}
