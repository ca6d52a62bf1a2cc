/* What belongs together in a collection: its arenas, and what is known by the slots of their rows. */
import type { PayloadIndexes } from '../filter/payload-indexes.js';
import { HnswIndex } from '../hnsw/hnsw-index.js';
import type { InnerOptions } from '../hnsw/rows.js';
import type { ResolvedConfig } from './config.js';
import type { StoredRows } from './stored-rows.js';

/** What belongs together: the arenas, and what is known by the slots of their rows. */
export interface Parts {
  readonly index: HnswIndex;
  readonly payloadIndexes: PayloadIndexes;
  /** Names the order of the slots: files that speak of slots carry it. */
  readonly layout: string;
}

/** Empty parts for a collection, with payload indexes as those there are. */
export function newParts(
  stored: StoredRows,
  config: ResolvedConfig,
  payloadIndexes: PayloadIndexes,
  arenaBytes: number,
): Parts {
  return {
    index: newIndex(stored, config, arenaBytes),
    payloadIndexes: payloadIndexes.successor(),
    layout: newLayout(),
  };
}

export function newLayout(): string {
  return globalThis.crypto.randomUUID();
}

function newIndex(stored: StoredRows, config: ResolvedConfig, arenaBytes: number): HnswIndex {
  const { dimension, metric, hnsw, indexing } = config;
  const keepVectors = config.vectors === 'memory';
  const threads = indexing.segmentCount;
  const options = { dimension, metric, ...hnsw, threads, searchers: threads, keepVectors, arenaBytes };
  return new HnswIndex(options, innerOptions(stored));
}

/** Ids are row numbers, and vectors that the arenas do not keep are in the store. */
export function innerOptions(stored: StoredRows): InnerOptions {
  return { ascending: true, source: (row) => stored.vector(Number(row)) };
}
