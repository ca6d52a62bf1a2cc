/*
 * Machines of other sizes: databases that are opened as if there were more or fewer cores, with arenas so small that
 * a few hundred rows fill several.
 */
import type { Database, Metric } from '#silt/index.js';
import { type ArenaShape, geometryOf } from '#silt/kernel/geometry.js';
import { METRICS } from '#silt/kernel/metrics.js';
import { openLmdb, openWith } from './stores.js';

const PAGE = 65_536;

/** Links take so much room that a block holds 128 rows. */
export const TINY_HNSW = { efConstruction: 40, m: 256, seed: 1 } as const;

/** Bytes of an arena that holds `blocks` blocks where it is laid out for `threads` threads; it holds more for fewer. */
export function arenaBytesFor(
  { dimension, metric, storage = 'memory' }: { dimension: number; metric: Metric; storage?: string },
  threads: number,
  blocks: number,
): number {
  const shape: Omit<ArenaShape, 'maxBytes'> = {
    ...TINY_HNSW,
    dimension,
    metric: METRICS[metric].kind,
    keepVectors: storage === 'memory',
    threads,
    searchers: threads,
  };
  for (let maxBytes = PAGE; ; maxBytes += PAGE) {
    const { capacity, blockRows } = geometryOf({ ...shape, maxBytes });
    if (capacity >= blocks * blockRows) return maxBytes;
  }
}

/** Opens a database as a machine of so many threads would. */
export async function openOn(
  path: string,
  machine: { threads: number; arenaBytes: number },
  closeBudgetMs?: number,
): Promise<Database> {
  return openWith(await openLmdb(path), closeBudgetMs, machine);
}
