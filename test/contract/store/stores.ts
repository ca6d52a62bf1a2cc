/* Every store there is, by name, as it is opened in a folder. */
import { nodePlatform } from '#silt/platform/node/node.js';
import { LogStore } from '#silt/store/log/log-store.js';
import type { Store } from '#silt/store/store.js';
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
