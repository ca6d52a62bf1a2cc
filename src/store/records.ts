/*
 * The records of a store, by their names: JSON that is neither a point nor counted as one. What each holds, and when it
 * changes, is in docs/FORMAT.md, which a test compares with this table.
 */
import type { Store } from './store.js';

/** Of the store as a whole. */
export const IDENTITY = 'identity';
export const LOCK = 'lock';
export const NEXT = 'next';
export const FLUSHED = 'flushed';
/** Of the last commits, and behind a slash each of them: see lmdb/log.ts. */
export const LOG = 'log';
/** While rows of an older format are rewritten: how far that has come. */
export const UPGRADE = 'upgrade';

/* Of each collection: the name in front of a slash, its own name or its number behind. */
export const COLLECTION = 'collection/';
export const COUNTS = 'counts/';
export const DROPPED = 'dropped/';
export const LINKING = 'linking/';
export const QUARANTINE = 'quarantine/';
export const INDEXES = 'indexes/';

/** What the store has under a name. Its shape is that of the table in docs/FORMAT.md, if nobody has damaged it. */
export function recordOf<T>(store: Pick<Store, 'records'>, key: string): T | undefined {
  return store.records(key).find(([name]) => name === key)?.[1] as T | undefined;
}
