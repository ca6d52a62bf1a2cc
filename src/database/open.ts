/* The way in. */
import { integerIn, optionsOf, show, valueOr } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { type Machine, thisMachine } from '../collection/config.js';
import { publish } from '../platform/node/events.js';
import { makeFolder, sweepTemporaries } from '../platform/node/files.js';
import { pathOfUrl } from '../store/lmdb/directory.js';
import { MemoryStore } from '../store/memory.js';
import type { Store } from '../store/store.js';
import { Database, type OpenOptions } from './database.js';

const HOUR_MS = 3_600_000;

/** What users of other databases give for one in memory, or as an address: an error, and no directory of that name. */
function checkPath(given: unknown): string {
  if (given instanceof URL) {
    if (given.protocol === 'file:') return pathOfUrl(given);
    throw new ValidationError(
      'INVALID_OPTION',
      `path must be a directory: a string, or a URL object of file:; got a URL of ${given.protocol}`,
    );
  }
  const expected = 'path must be a directory (a string, or a URL object of file:), or be left out';
  if (typeof given !== 'string' || given.length === 0)
    throw new ValidationError('INVALID_OPTION', `${expected} for a database in memory; got ${show(given)}`);
  if (given === ':memory:')
    throw new ValidationError(
      'INVALID_OPTION',
      'got the path ":memory:". Leave the path out for a database in memory: open()',
    );
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(given) || given.startsWith('file:'))
    throw new ValidationError(
      'INVALID_OPTION',
      `${expected}; got ${show(given)}. Give new URL(…) for an address of file:, or the path of a directory`,
    );
  if (given.includes('\0'))
    throw new ValidationError('INVALID_OPTION', `${expected}; got a string with a zero byte in it`);
  return given;
}

/**
 * Opens the database in a directory, and makes both where there is none. Without a path, the database is in memory
 * and ends with the process. When the promise resolves, every write that was ever acknowledged is found.
 *
 * The path is resolved once, here: `path` of the database says where it is.
 *
 * @throws DatabaseLockedError while the directory is open, in another process, in a thread of this one, or here
 * @throws SiltError DATABASE_INVALID for a directory of another format, of other things, or of damaged files
 * @throws SiltError DATABASE_INACCESSIBLE where the system refuses to make, read or write it
 * @throws ValidationError for a path or an option of the wrong type
 * @example
 * const db = await open('./data');
 * const words = await db.createCollection('words', { dimension: 100, metric: 'cosine' });
 * await words.upsert({ id: 'king', vector, payload: { length: 4 } });
 * const hits = await words.search(query, { k: 5 });
 */
export async function open(path?: string | URL, options: OpenOptions = {}): Promise<Database> {
  const directory = path === undefined ? undefined : checkPath(path);
  const { closeBudgetMs: budget } = optionsOf('open', options, ['closeBudgetMs']);
  const closeBudgetMs = integerIn('closeBudgetMs', valueOr(budget, 1_500), 0, HOUR_MS);
  return openWith(directory === undefined ? new MemoryStore() : await openStore(directory), closeBudgetMs);
}

/** LMDB is loaded here, for who needs it. */
async function openStore(directory: string): Promise<Store> {
  const { LmdbStore } = await import('../store/lmdb/lmdb-store.js');
  return LmdbStore.open(directory);
}

/** Snapshots are only a cache: where their folder cannot be had, the graph is linked anew, and `status()` says why. */
async function prepareSnapshots(folder: string): Promise<void> {
  try {
    await makeFolder(folder);
    await sweepTemporaries(folder);
  } catch (error) {
    publish('silt:snapshot:error', { collection: '', error });
  }
}

/** A database over any store. */
export async function openWith(
  store: Store,
  closeBudgetMs = 1_500,
  machine: Machine = thisMachine(),
): Promise<Database> {
  try {
    if (store.path !== undefined) await prepareSnapshots(`${store.path}/snapshots`);
    return await Database.over(store, closeBudgetMs, machine);
  } catch (error) {
    await store.close();
    throw error;
  }
}
