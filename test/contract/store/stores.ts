/* Every store there is, by name, as it is opened in a folder. */
import { expect } from 'vitest';
import { idOfKey } from '#silt/base/ids.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { LogStore } from '#silt/store/log/log-store.js';
import { decodePayload } from '#silt/store/payload.js';
import type { Store, Transaction } from '#silt/store/store.js';
import { newMemoryStore, openLmdb } from '../../support/stores.js';

const stores: Record<string, (folder: string) => Promise<Store>> = {
  lmdb: (folder) => openLmdb(folder),
  // What brings records is never committed by the thread that has the store, however small it is.
  'lmdb, by its writing thread': async (folder) => {
    const store = await openLmdb(folder);
    const { commit } = store;
    store.commit = (transaction) => commit.call(store, { records: [], ...transaction });
    return store;
  },
  memory: async () => newMemoryStore(),
  log: (folder) => LogStore.open(folder, nodePlatform),
};

export const STORES: [name: string, open: (folder: string) => Promise<Store>][] = Object.entries(stores);

/** Commits, and has readers see it; returns what the ids of each entry named before. */
export async function commitTo(store: Store, transaction: Transaction): Promise<number[][]> {
  const { appended } = await store.commit(transaction);
  store.refresh();
  return appended.map(({ previous }) => [...previous]);
}

/** The payload of a row, which is the same however it is read. */
export function payloadIn(store: Store, collection: number, row: number): unknown {
  const point = store.point(collection, row);
  if (point) {
    const { bytes, start, end } = point.payloadIn;
    expect(decodePayload(bytes, start, end)).toEqual(decodePayload(point.payload));
  }
  if (point?.name !== undefined) expect(point.name).toBe(idOfKey(point.id));
  return point && decodePayload(point.payload);
}
