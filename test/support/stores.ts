/* Stores, and databases over them, on Node: what the entry of the package does, with a store or a machine of the test's own. */
import { OPTIONS } from '#silt/api/options.js';
import { type Machine, machineOf } from '#silt/collection/config.js';
import { openWith as openOver } from '#silt/database/over-store.js';
import type { Database } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { LmdbStore } from '#silt/store/lmdb/lmdb-store.js';
import { MemoryStore } from '#silt/store/memory.js';
import type { Store } from '#silt/store/store.js';

export const newMemoryStore = (): MemoryStore => new MemoryStore(nodePlatform);

export const openLmdb = (path: string): Promise<LmdbStore> => LmdbStore.open(path, nodePlatform);

/** A database over any store. */
export const openWith = (
  store: Store,
  closeBudgetMs: number = OPTIONS.open.read({}).closeBudgetMs,
  machine: Partial<Machine> = {},
): Promise<Database> => openOver(store, closeBudgetMs, { ...machineOf(nodePlatform), ...machine });
