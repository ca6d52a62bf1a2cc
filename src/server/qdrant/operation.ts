/*
 * An operation: what it is called, where it stands in HTTP, what its input must look like, and what it does. Both fronts take all
 * of it from here: the one over HTTP puts the result into an envelope, the client in the process gives it back as it is.
 */
import { QdrantError } from './errors.js';
import type { Schema } from './schema/schema.js';
import type { Service } from './service.js';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

export interface Input<Q, B> {
  /** Of the names in braces in the path. */
  readonly path: Readonly<Record<string, string>>;
  readonly query: Q;
  readonly body: B;
}

export interface Operation<Q = never, B = never, R = unknown> {
  readonly name: string;
  readonly method: Method;
  /** As Qdrant's: `/collections/{collection_name}`. */
  readonly path: string;
  /** One sentence, for documentation. */
  readonly summary: string;
  /** What a key for reading alone may not do. */
  readonly writes: boolean;
  readonly query?: Schema<Q>;
  readonly body?: Schema<B>;
  /** A body may be left out: `{}`. */
  readonly bodyOptional?: boolean;
  /** How HTTP gives the result: in Qdrant's envelope unless it says `bare`, JSON without one, `text`, or `file`. */
  readonly form?: 'bare' | 'text' | 'file';
  /** The body is a file, which HTTP takes as a part of a form: see `Received`. */
  readonly uploads?: boolean;
  /** Asked by anybody at any time, and looks at no settings: these are not read for it. */
  readonly apart?: boolean;
  handle(service: Service, input: Input<Q, B>): R | Promise<R>;
}

/** Any operation, of those in the table. */
// biome-ignore lint/suspicious/noExplicitAny: whoever takes one from the table knows its input by its schemas
export type AnyOperation = Operation<any, any, unknown>;

/** Checks the input and answers; where another process writes the database, when its settings are read. */
export function run<Q, B, R>(
  operation: Operation<Q, B, R>,
  service: Service,
  path: Readonly<Record<string, string>>,
  query: unknown,
  body: unknown,
): R | Promise<R> {
  if (service.database.readOnly && !operation.apart)
    return service.settings.current().then(() => handled(operation, service, path, query, body));
  return handled(operation, service, path, query, body);
}

function handled<Q, B, R>(
  operation: Operation<Q, B, R>,
  service: Service,
  path: Readonly<Record<string, string>>,
  query: unknown,
  body: unknown,
): R | Promise<R> {
  return operation.handle(service, {
    path,
    query: operation.query?.check(query ?? {}, 'query parameters') as Q,
    body: checkedBody(operation, body) as B,
  });
}

function checkedBody<Q, B, R>(operation: Operation<Q, B, R>, body: unknown): unknown {
  const { body: schema, bodyOptional, uploads } = operation;
  if (uploads) return body;
  if (!schema) return undefined;
  if (body === undefined && !bodyOptional)
    throw new QdrantError(400, 'Format error in JSON body: EOF while parsing a value');
  return schema.check(body ?? {}, 'JSON body');
}
