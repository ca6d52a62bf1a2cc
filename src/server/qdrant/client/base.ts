/* The base of the in-process client: its database, opened by it or passed in, and how it runs operations. */
import { resolve } from 'node:path';
import type { Database } from '../../../api/database.js';
import type { UrlLike } from '../../../api/standard.js';
import { open } from '../../../index.js';
import { insteadOfOptions, isDatabase, noDatabase } from '../database.js';
import { type Operation, run } from '../operation.js';
import { Service } from '../service.js';
import { clientErrorOf, QdrantClientConfigError } from './errors.js';

/** Exactly one of `path`, `location` and `database`. */
export interface QdrantClientParams {
  /** The folder of a database; created if missing. `close` closes it. */
  readonly path?: string | UrlLike | undefined;
  /** A database in memory, which is gone after `close`. */
  readonly location?: ':memory:' | undefined;
  /** An open database. `close` leaves it open. */
  readonly database?: Database | undefined;
  /** The folder of snapshots. Default: `qdrant-snapshots` in the folder of the database. */
  readonly snapshotsPath?: string | undefined;
}

interface State {
  readonly ready: Promise<Service>;
  /** Whether the client opened the database itself. */
  readonly own: boolean;
  service: Service | undefined;
}

/** Kept outside of the client, so that it has the same members as Qdrant's. */
const states = new WeakMap<object, State>();

const notGiven = (): QdrantClientConfigError =>
  new QdrantClientConfigError(
    "one of `path`, `location: ':memory:'` and `database` must be given. For a Qdrant server, use the client of @qdrant/js-client-rest",
  );

function databaseOf({ path, location, database }: QdrantClientParams): Promise<Database> {
  const given = [path, location, database].filter((one) => one !== undefined);
  if (given.length !== 1) throw notGiven();
  if (location !== undefined && location !== ':memory:')
    throw new QdrantClientConfigError(`location must be ':memory:'. For a folder, give its \`path\``);
  if (database === undefined) return open(path);
  if (!isDatabase(database)) throw new QdrantClientConfigError(noDatabase(database));
  return Promise.resolve(database);
}

/** @throws QdrantClientConfigError where nothing says which database */
export function begin(client: object, params: QdrantClientParams): void {
  // Who writes JavaScript may give nothing, or an address.
  if (typeof params !== 'object' || params === null) throw notGiven();
  const why = insteadOfOptions('QdrantClient', params);
  if (why) throw new QdrantClientConfigError(why);
  const own = params.database === undefined;
  const { snapshotsPath } = params;
  const ready = databaseOf(params).then((database) =>
    Service.over(database)
      .then(async (service) => {
        if (snapshotsPath !== undefined) await service.snapshots.use(resolve(snapshotsPath));
        return service;
      })
      .catch(async (error: unknown) => {
        if (own) await database.close();
        throw error;
      }),
  );
  const state: State = { ready, own, service: undefined };
  ready.then(
    (service) => {
      state.service = service;
    },
    // Every call rejects with this error.
    () => {},
  );
  states.set(client, state);
}

export async function end(client: object): Promise<void> {
  const { ready, own } = states.get(client)!;
  const service = await ready.catch(() => undefined);
  if (own) await service?.database.close();
}

/** Runs an operation, and throws errors of Qdrant's client. */
export async function ask<Q, B, R>(
  client: object,
  operation: Operation<Q, B, R>,
  path: Readonly<Record<string, string>>,
  query?: unknown,
  body?: unknown,
): Promise<R> {
  const state = states.get(client)!;
  try {
    return await run(operation, state.service ?? (await state.ready), path, query, body);
  } catch (error) {
    throw clientErrorOf(error);
  }
}

/** The path parameters for a collection. */
export const of = (collection_name: string): Readonly<Record<string, string>> => ({ collection_name });
