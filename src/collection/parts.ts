/* What belongs together in a collection: its arenas, and what is known by the slots of their rows. */
import type { ResolvedConfig } from '../api/config.js';
import type { PayloadIndexes } from '../filter/payload-indexes.js';
import { Engine } from '../hnsw/engine.js';
import type { EngineOptions } from '../hnsw/options.js';
import type { Platform } from '../platform/platform.js';
import type { Machine } from './config.js';
import type { StoredRows } from './stored-rows.js';

export interface Parts {
  readonly engine: Engine;
  readonly payloadIndexes: PayloadIndexes;
  /** Names the order of the slots: files that speak of slots carry it. */
  readonly layout: string;
}

/** Empty parts for a collection, with payload indexes as those there are. */
export function newParts(
  stored: StoredRows,
  config: ResolvedConfig,
  payloadIndexes: PayloadIndexes,
  { platform, arenaBytes }: Pick<Machine, 'platform' | 'arenaBytes'>,
): Parts {
  return {
    engine: newEngine(platform, stored, optionsOf(config, arenaBytes)),
    payloadIndexes: payloadIndexes.successor(),
    layout: platform.uuid(),
  };
}

function optionsOf(config: ResolvedConfig, arenaBytes: number): EngineOptions {
  const { dimension, metric, hnsw, indexing } = config;
  const threads = indexing.segmentCount;
  const keepVectors = config.vectors === 'memory';
  return { dimension, metric, ...hnsw, threads, searchers: threads, keepVectors, arenaBytes };
}

/** Keys are row numbers, and vectors that the arenas do not keep are in the store. */
export function newEngine(platform: Platform, stored: StoredRows, options: EngineOptions): Engine {
  return new Engine(platform, options, { source: (row, into) => stored.vector(Number(row), into) });
}
