/* Options of an index: checked once, complete afterwards. */
import { integerIn, optionsOf, valueOr } from '../base/checks.js';
import {
  ARENA_BYTES_MAX,
  DIMENSION_MAX,
  EF_CONSTRUCTION_MAX,
  M_MAX,
  M_MIN,
  THREADS_MAX,
} from '../base/limits.js';
import { type ArenaShape, geometryOf } from '../kernel/geometry.js';
import { METRICS, type Metric, type MetricAlias, metricName } from '../kernel/metrics.js';

export interface HnswOptions {
  /** Components of every vector, 1 to 65,536. */
  readonly dimension: number;
  readonly metric: Metric | MetricAlias;
  /** Links per row on the upper levels, 2 to 256; twice as many on level 0. Default 16. */
  readonly m?: number | undefined;
  /** Beam width while linking, 1 to 4,096: a better graph for more time. Default 200. */
  readonly efConstruction?: number | undefined;
  /**
   * Threads that link in parallel, 1 to 64. Default: the parallelism of the machine. With 1, the calling thread
   * links, in slices of a few milliseconds, and the same calls give the same graph, bit by bit. An arena with room
   * for the memory of fewer threads alone is linked by fewer.
   */
  readonly threads?: number | undefined;
  /** Seed of the levels, 0 to 2^32 - 1. Default 1. */
  readonly seed?: number | undefined;
  /** Most bytes of one arena; when it is full, another begins. Default 4 GiB, all that one can address. */
  readonly arenaBytes?: number | undefined;
}

/** Those of an index without a store. */
export const HNSW_OPTIONS: readonly (keyof HnswOptions)[] = [
  'dimension',
  'metric',
  'm',
  'efConstruction',
  'threads',
  'seed',
  'arenaBytes',
];

export interface EngineOptions extends HnswOptions {
  /** False where vectors are read from a store. Default true. */
  readonly keepVectors?: boolean | undefined;
  /** Threads that scan large arenas, 0 to 64. Default 0. */
  readonly searchers?: number | undefined;
}

/** Options of an index, complete. */
export interface IndexOptions {
  readonly dimension: number;
  readonly metric: Metric;
  readonly m: number;
  readonly efConstruction: number;
  readonly threads: number;
  readonly seed: number;
  readonly arenaBytes: number;
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
  const o = optionsOf('index', given, [...HNSW_OPTIONS, 'keepVectors', 'searchers']);
  return {
    dimension: integerIn('dimension', o.dimension, 1, DIMENSION_MAX),
    metric: metricName(o.metric),
    m: integerIn('m', valueOr(o.m, 16), M_MIN, M_MAX),
    efConstruction: integerIn('efConstruction', valueOr(o.efConstruction, 200), 1, EF_CONSTRUCTION_MAX),
    threads: integerIn('threads', valueOr(o.threads, Math.min(parallelism, THREADS_MAX)), 1, THREADS_MAX),
    seed: integerIn('seed', valueOr(o.seed, 1), 0, 0xffffffff),
    searchers: integerIn('searchers', valueOr(o.searchers, 0), 0, THREADS_MAX),
    keepVectors: o.keepVectors !== false,
    arenaBytes: integerIn('arenaBytes', valueOr(o.arenaBytes, ARENA_BYTES_MAX), 65_536, ARENA_BYTES_MAX),
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
