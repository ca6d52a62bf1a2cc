/* What a collection is made of: checked once, complete afterwards, kept in the store. */
import { integerIn, oneOf, show, valueOr } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import {
  ARENA_BYTES_MAX,
  DIMENSION_MAX,
  EF_CONSTRUCTION_MAX,
  M_MAX,
  M_MIN,
  THREADS_MAX,
} from '../base/limits.js';
import { type Metric, type MetricAlias, metricName } from '../kernel/metrics.js';
import type { Platform } from '../platform/platform.js';

export interface CollectionConfig {
  /** Components of every vector, 1 to 65,536. */
  readonly dimension: number;
  readonly metric: Metric | MetricAlias;
  /** Where float32 vectors are read from when searching: memory, or the disk (less memory, slower). Default memory. */
  readonly vectors?: 'memory' | 'disk' | undefined;
  readonly hnsw?:
    | {
        /** Links per row on the upper levels, 2 to 256; twice as many on level 0. Default 16. */
        readonly m?: number | undefined;
        /** Beam width while linking, 1 to 4,096. Default 200. */
        readonly efConstruction?: number | undefined;
        /** Seed of the levels, 0 to 2^32 - 1. Default 1. */
        readonly seed?: number | undefined;
      }
    | undefined;
  readonly indexing?:
    | {
        /** Linking starts when so many rows wait. Default 10,000. */
        readonly mergeThreshold?: number | undefined;
        /** Threads that link, 1 to 64. Default: the parallelism of the machine. */
        readonly segmentCount?: number | undefined;
        /** Linking starts when a row has waited for so many milliseconds. Default 5,000. */
        readonly maxBufferAgeMs?: number | undefined;
        /** Linking starts when a scan of the waiting rows costs more milliseconds than this. Default 2. */
        readonly scanBudgetMs?: number | undefined;
        /** Rows wait until `resumeIndexing`. Default false. */
        readonly paused?: boolean | undefined;
      }
    | undefined;
}

/** A configuration with all defaults filled in. */
export interface ResolvedConfig {
  readonly dimension: number;
  readonly metric: Metric;
  readonly vectors: 'memory' | 'disk';
  readonly hnsw: { readonly m: number; readonly efConstruction: number; readonly seed: number };
  readonly indexing: {
    readonly mergeThreshold: number;
    readonly segmentCount: number;
    readonly maxBufferAgeMs: number;
    readonly scanBudgetMs: number;
    readonly paused: boolean;
  };
}

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

const DAY_MS = 86_400_000;

/** The members of an object that may have these and no others; each is read once, be it inherited or a getter's. */
function objectAt(name: string, value: unknown, known: readonly string[]): Record<string, unknown> {
  if (value === undefined) return {};
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new ValidationError('INVALID_OPTION', `${name} must be an object, got ${show(value)}`);
  const given = value as Record<string, unknown>;
  const unknown = Object.keys(given).find((key) => !known.includes(key) && given[key] !== undefined);
  if (unknown !== undefined)
    throw new ValidationError(
      'INVALID_OPTION',
      `${name} has no option ${JSON.stringify(unknown)}; it has ${known.join(', ')}`,
    );
  const members = known.map((key): [string, unknown] => [key, given[key]]);
  return Object.fromEntries(members.filter(([, member]) => member !== undefined));
}

/**
 * A configuration as plain data, as the store keeps it: what was given and nothing else. The values are not checked.
 *
 * @throws ValidationError for what is not an object, or has an unknown option
 */
export function readConfig(config: unknown): CollectionConfig {
  if (typeof config !== 'object' || config === null)
    throw new ValidationError('INVALID_OPTION', `a configuration must be an object, got ${show(config)}`);
  const { hnsw, indexing, ...given } = objectAt('the configuration', config, [
    ...['dimension', 'metric', 'vectors', 'hnsw', 'indexing'],
  ]);
  const own: Record<string, unknown> = { ...given };
  if (hnsw !== undefined) own['hnsw'] = objectAt('hnsw', hnsw, ['m', 'efConstruction', 'seed']);
  if (indexing !== undefined)
    own['indexing'] = objectAt('indexing', indexing, [
      ...['mergeThreshold', 'segmentCount', 'maxBufferAgeMs', 'scanBudgetMs', 'paused'],
    ]);
  return own as unknown as CollectionConfig;
}

function positive(name: string, value: unknown, most: number): number {
  if (typeof value !== 'number' || !(value > 0) || value > most)
    throw new ValidationError(
      'INVALID_OPTION',
      `${name} must be a number above 0, at most ${most}; got ${show(value)}`,
    );
  return value;
}

function flag(name: string, value: unknown): boolean {
  if (typeof value !== 'boolean')
    throw new ValidationError('INVALID_OPTION', `${name} must be true or false, got ${show(value)}`);
  return value;
}

/** @throws ValidationError naming the option that is missing, unknown, of the wrong type or out of range */
export function resolveConfig(
  config: CollectionConfig,
  { threads }: Pick<Machine, 'threads'>,
): ResolvedConfig {
  const given = readConfig(config);
  const { hnsw = {}, indexing = {} } = given;
  return {
    dimension: integerIn('dimension', given.dimension, 1, DIMENSION_MAX),
    metric: metricName(given.metric),
    vectors: oneOf('vectors', valueOr(given.vectors, 'memory'), ['memory', 'disk']),
    hnsw: {
      m: integerIn('hnsw.m', valueOr(hnsw.m, 16), M_MIN, M_MAX),
      efConstruction: integerIn(
        'hnsw.efConstruction',
        valueOr(hnsw.efConstruction, 200),
        1,
        EF_CONSTRUCTION_MAX,
      ),
      seed: integerIn('hnsw.seed', valueOr(hnsw.seed, 1), 0, 0xffff_ffff),
    },
    indexing: {
      mergeThreshold: integerIn(
        'indexing.mergeThreshold',
        valueOr(indexing.mergeThreshold, 10_000),
        1,
        2 ** 32,
      ),
      segmentCount: integerIn(
        'indexing.segmentCount',
        valueOr(indexing.segmentCount, threads),
        1,
        THREADS_MAX,
      ),
      maxBufferAgeMs: positive('indexing.maxBufferAgeMs', indexing.maxBufferAgeMs ?? 5_000, DAY_MS),
      scanBudgetMs: positive('indexing.scanBudgetMs', indexing.scanBudgetMs ?? 2, DAY_MS),
      paused: flag('indexing.paused', indexing.paused ?? false),
    },
  };
}
