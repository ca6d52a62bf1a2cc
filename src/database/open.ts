/* The way in. */
import { integerIn, show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { type Machine, thisMachine } from '../collection/config.js';
import { makeFolder, sweepTemporaries } from '../hnsw/files-node.js';
import { LmdbStore } from '../store/lmdb-node.js';
import { MemoryStore } from '../store/memory.js';
import type { Store } from '../store/store.js';
import { Database, type OpenOptions } from './database.js';

const HOUR_MS = 3_600_000;

/**
 * Opens the database in a directory, and makes both where there is none. Without a path, the database is in memory
 * and ends with the process. When the promise resolves, every write that was ever acknowledged is found.
 *
 * @throws DatabaseLockedError while another process has the directory open
 * @throws SiltError DATABASE_INVALID for a directory of another format, or of other things
 * @example
 * const db = await open('./data');
 * const words = await db.createCollection('words', { dimension: 100, metric: 'cosine' });
 * await words.upsert({ id: 'king', vector, payload: { length: 4 } });
 * const hits = await words.search(query, { k: 5 });
 */
export async function open(path?: string, options: OpenOptions = {}): Promise<Database> {
  if (path !== undefined && (typeof path !== 'string' || path.length === 0))
    throw new ValidationError(
      'INVALID_OPTION',
      `path must be a directory, or be left out; got ${show(path)}`,
    );
  const closeBudgetMs = integerIn('closeBudgetMs', options.closeBudgetMs ?? 1_500, 0, HOUR_MS);
  const store = path === undefined ? new MemoryStore() : await LmdbStore.open(path);
  return openWith(store, closeBudgetMs);
}

/** A database over any store. */
export async function openWith(
  store: Store,
  closeBudgetMs = 1_500,
  machine: Machine = thisMachine(),
): Promise<Database> {
  try {
    if (store.path !== undefined) {
      await makeFolder(`${store.path}/snapshots`);
      await sweepTemporaries(`${store.path}/snapshots`);
    }
    const database = new Database(store, closeBudgetMs, machine);
    await database._recover();
    return database;
  } catch (error) {
    await store.close();
    throw error;
  }
}
