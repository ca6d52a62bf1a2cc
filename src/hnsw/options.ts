/* Options of an index: checked once, complete afterwards. */
import { OPTIONS } from '../api/options.js';
import type { HnswOptions, IndexOptions } from '../api/vector-index.js';
import { integerIn } from '../base/checks.js';
import { THREADS_MAX } from '../base/limits.js';
import { type ArenaShape, geometryOf } from '../kernel/geometry.js';
import { METRICS, type Metric } from '../kernel/metrics.js';

export interface EngineOptions extends HnswOptions {
  /** False where vectors are read from a store. Default true. */
  readonly keepVectors?: boolean | undefined;
  /** Threads that scan large arenas, 0 to 64. Default 0. */
  readonly searchers?: number | undefined;
}

export interface ResolvedOptions extends IndexOptions {
  readonly keepVectors: boolean;
  readonly searchers: number;
}

/**
 * `parallelism`: threads that the machine runs at once.
 *
 * @throws ValidationError for an option that is missing, unknown, of the wrong type or out of range
 */
export function resolveOptions(given: EngineOptions, parallelism: number): ResolvedOptions {
  const { keepVectors = true, searchers = 0, ...index } = given;
  const { threads = Math.min(parallelism, THREADS_MAX), metric, ...o } = OPTIONS.index.read(index);
  return {
    ...o,
    metric: metric as Metric,
    threads,
    keepVectors,
    searchers: integerIn('searchers', searchers, 0, THREADS_MAX),
  };
}

/**
 * The shape of an arena with room for `rows` rows, one at least. It is laid out for as many threads as the options
 * say, or for fewer where the scratch of so many would not leave that room: rows that a machine with fewer threads
 * wrote always fit, and are linked by no more threads than there is scratch for.
 */
export function shapeOf(options: ResolvedOptions, rows = 1): ArenaShape {
  const { metric, arenaBytes, threads, searchers, ...rest } = options;
  const shape = { ...rest, metric: METRICS[metric].kind, maxBytes: arenaBytes };
  const laidFor = (most: number): ArenaShape => ({
    ...shape,
    threads: Math.min(threads, most),
    searchers: Math.min(searchers, most),
  });
  let most = Math.max(threads, searchers);
  while (most > 1 && geometryOf(laidFor(most)).capacity < Math.max(rows, 1)) most--;
  return laidFor(most);
}
