/* The database over a store: loaded by the first opening, not by the import. */
import type { Database } from '../api/database.js';
import type { Machine } from '../collection/config.js';
import { sweepTemporaries } from '../platform/files.js';
import type { Platform } from '../platform/platform.js';
import type { Store } from '../store/store.js';
import { LocalDatabase } from './database.js';

export { machineOf } from '../collection/config.js';
export { MemoryStore } from '../store/memory.js';

/** Snapshots are only a cache: where their folder cannot be had, the graph is built again, and `status()` says why. */
async function prepareSnapshots({ files, events }: Platform, folder: string): Promise<void> {
  try {
    await files.makeFolder(folder);
    await sweepTemporaries(files, folder);
  } catch (error) {
    events.publish('silt:snapshot:error', { collection: '', error });
  }
}

/** A database over any store. */
export async function openWith(store: Store, closeBudgetMs: number, machine: Machine): Promise<Database> {
  try {
    if (store.path !== undefined && !store.readOnly)
      await prepareSnapshots(machine.platform, `${store.path}/snapshots`);
    return await LocalDatabase.over(store, closeBudgetMs, machine);
  } catch (error) {
    await store.close();
    throw error;
  }
}
