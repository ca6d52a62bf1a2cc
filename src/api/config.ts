/* How databases and collections are configured. */
import type { Metric, MetricAlias } from './metric.js';

/** What takes lines of a log: pino, or anything with these four methods. */
export interface Logger {
  error(details: object, message: string): void;
  warn(details: object, message: string): void;
  info(details: object, message: string): void;
  debug(details: object, message: string): void;
}

export interface OpenOptions {
  /**
   * Milliseconds that `close` may take for snapshots, 0 to 3,600,000. A snapshot that takes longer is given up, and the
   * next opening indexes those points again. Default 1,500.
   */
  readonly closeBudgetMs?: number | undefined;
  /**
   * Opens a database that another process may be writing, and follows what that commits: reads see it after some
   * milliseconds, and each read that begins after a write resolved sees that write. Nothing is written here; every method
   * that would write rejects with a ReadOnlyError. Default false.
   */
  readonly readOnly?: boolean | undefined;
  /**
   * Gets one line for each event of this database, at the level that it deserves: failures as errors, finished builds and
   * snapshots as info, writes as debug. What it throws is ignored. Default: nothing is logged.
   */
  readonly logger?: Logger | undefined;
}

export interface HnswConfig {
  /** Links per point on the upper levels, 2 to 256; twice as many on level 0. Default 16. */
  readonly m?: number | undefined;
  /** Beam width while building, 1 to 4,096: a better graph for more time. Default 200. */
  readonly efConstruction?: number | undefined;
  /** Seed of the levels, 0 to 2^32 - 1. Default 1. */
  readonly seed?: number | undefined;
}

export interface IndexingConfig {
  /** Indexing starts when so many points are pending, 1 or more. Default 10,000. */
  readonly mergeThreshold?: number | undefined;
  /** Threads that index, 1 to 64. Default: the parallelism of the machine. */
  readonly threads?: number | undefined;
  /** Indexing starts when a point has been pending for so many milliseconds. Default 5,000. */
  readonly maxBufferAgeMs?: number | undefined;
  /** Indexing starts when a scan of the pending points costs more milliseconds than this. Default 2. */
  readonly scanBudgetMs?: number | undefined;
  /** Points stay pending until `resumeIndexing`. Default false. */
  readonly paused?: boolean | undefined;
}

/** Other spellings, accepted as well. */
export interface IndexingAliases {
  /** @deprecated Use `mergeThreshold`. */
  readonly merge_threshold?: number | undefined;
  /** @deprecated Use `threads`. */
  readonly segmentCount?: number | undefined;
  /** @deprecated Use `threads`. */
  readonly segment_count?: number | undefined;
}

/** The options of a collection, without other spellings. */
export interface CollectionOptions {
  /** Components of every vector, 1 to 65,536. */
  readonly dimension: number;
  readonly metric: Metric | MetricAlias;
  /** Where searches read float32 vectors: memory, or the disk (less memory, slower). Default 'memory'. */
  readonly storage?: 'memory' | 'disk' | undefined;
  /** The graph. */
  readonly hnsw?: HnswConfig | undefined;
  /** When points are indexed, and by how many threads. */
  readonly indexing?: (IndexingConfig & IndexingAliases) | undefined;
}

export interface CollectionConfig extends CollectionOptions {
  /** @deprecated Use `storage`. */
  readonly vectors?: 'memory' | 'disk' | undefined;
}

/** A configuration with all defaults filled in. */
export interface ResolvedConfig {
  readonly dimension: number;
  readonly metric: Metric;
  readonly storage: 'memory' | 'disk';
  /** @deprecated Use `storage`. */
  readonly vectors: 'memory' | 'disk';
  readonly hnsw: { readonly m: number; readonly efConstruction: number; readonly seed: number };
  readonly indexing: {
    readonly mergeThreshold: number;
    readonly threads: number;
    /** @deprecated Use `threads`. */
    readonly segmentCount: number;
    readonly maxBufferAgeMs: number;
    readonly scanBudgetMs: number;
    readonly paused: boolean;
  };
}
