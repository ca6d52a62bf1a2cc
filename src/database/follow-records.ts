/* Which collections there are, and under which names, where another process makes, renames and drops them. */
import { CollectionNotFoundError } from '../base/errors.js';
import { coreOf, type LocalCollection } from '../collection/collection.js';
import type { CollectionCore } from '../collection/core.js';
import type { CollectionRecord } from '../collection/record.js';
import { tryFollow } from '../collection/upkeep/payload-indexing.js';
import { COLLECTION } from '../store/records.js';
import type { Store } from '../store/store.js';

/** What of a database follows. */
export interface Following {
  readonly collections: Map<string, LocalCollection>;
  /** Why collections that were made there are not here. */
  readonly unopened: Map<string, Error>;
  take(key: string, record: CollectionRecord): Promise<void>;
  leave(core: CollectionCore): void;
}

/**
 * Collections and payload indexes as the process that writes them has left them. Returns why one of the new ones cannot
 * be opened: that is kept for who asks for it, and it is tried again.
 */
export async function followRecords(
  store: Store,
  { collections, unopened, take, leave }: Following,
): Promise<Error | undefined> {
  const records = new Map(
    store.records(COLLECTION).map(([key, value]) => [key, value as CollectionRecord] as const),
  );
  const names = new Map([...records].map(([key, { id }]) => [id, key.slice(COLLECTION.length)]));
  const before = [...collections];
  // All of them, before anything is asked of one that may fail.
  collections.clear();
  for (const [, collection] of before) {
    const { live } = coreOf(collection);
    const name = names.get(live.collection);
    if (name === undefined) continue;
    collections.set(name, collection);
    live.name = name;
  }
  for (const [name, collection] of before)
    if (!names.has(coreOf(collection).live.collection)) {
      coreOf(collection).end(new CollectionNotFoundError(name));
      leave(coreOf(collection));
    }
  let failure: Error | undefined;
  for (const collection of collections.values()) failure = tryFollow(coreOf(collection).live) ?? failure;
  for (const name of unopened.keys())
    if (!records.has(COLLECTION + name) || collections.has(name)) unopened.delete(name);
  for (const [key, record] of records) {
    const name = key.slice(COLLECTION.length);
    if (collections.has(name)) continue;
    try {
      await take(key, record);
      unopened.delete(name);
    } catch (error) {
      unopened.set(name, error instanceof Error ? error : new Error(String(error)));
    }
  }
  return failure ?? unopened.values().next().value;
}
