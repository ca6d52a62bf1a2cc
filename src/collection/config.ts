/* What a collection is made of: checked once, complete afterwards, kept in the store. */
import type { CollectionConfig, ResolvedConfig } from '../api/config.js';
import { OPTIONS } from '../api/options.js';
import { ARENA_BYTES_MAX, THREADS_MAX } from '../base/limits.js';
import type { Metric } from '../kernel/metrics.js';
import type { Platform } from '../platform/platform.js';

/** What collections are opened on. Tests give other numbers. */
export interface Machine {
  readonly platform: Platform;
  /** Threads that link where a configuration does not say how many. */
  readonly threads: number;
  /** Most bytes of one arena. */
  readonly arenaBytes: number;
}

export function machineOf(platform: Platform): Machine {
  const threads = Math.min(platform.pool.parallelism, THREADS_MAX);
  return { platform, threads, arenaBytes: ARENA_BYTES_MAX };
}

/**
 * A configuration as plain data, as the store keeps it: what was given and nothing else, by the names of today. The
 * values are not checked.
 *
 * @throws ValidationError for what is not an object, or has an unknown option
 */
export function readConfig(config: unknown): CollectionConfig {
  const given = OPTIONS.createCollection.given(config);
  if (given['hnsw'] !== undefined) given['hnsw'] = OPTIONS.hnsw.given(given['hnsw']);
  if (given['indexing'] !== undefined) given['indexing'] = OPTIONS.indexing.given(given['indexing']);
  return given as unknown as CollectionConfig;
}

/** @throws ValidationError naming the option that is missing, unknown, of the wrong type or out of range */
export function resolveConfig(config: CollectionConfig, machine: Pick<Machine, 'threads'>): ResolvedConfig {
  const { dimension, metric, storage, hnsw = {}, indexing = {} } = OPTIONS.createCollection.read(config);
  const { threads = machine.threads, ...rest } = OPTIONS.indexing.read(indexing);
  return {
    dimension,
    metric: metric as Metric,
    storage,
    vectors: storage,
    hnsw: OPTIONS.hnsw.read(hnsw),
    indexing: { ...rest, threads, segmentCount: threads },
  };
}
