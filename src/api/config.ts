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
   * Receives each log event of this database, at the level that it deserves: failures as errors, finished builds and
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

/** A named field of dense vectors. */
export interface DenseConfig {
  /** Components of every vector, 1 to 65,536. */
  readonly dimension: number;
  readonly metric: Metric | MetricAlias;
  /**
   * Where searches read float32 vectors: memory, or the disk (less memory, slower). Default 'memory'. With `manhattan`
   * they are in memory either way: nothing else can be compared.
   */
  readonly storage?: 'memory' | 'disk' | undefined;
  /** The graph. */
  readonly hnsw?: HnswConfig | undefined;
  /** Each point has several vectors in this field, which are compared all with all (MaxSim), without a graph. Default false. */
  readonly multi?: boolean | undefined;
}

/** A named field of sparse vectors. */
export interface SparseConfig {
  /** Whether values of a query are weighed by how few points have their index. Default 'none'. */
  readonly modifier?: 'none' | 'idf' | undefined;
}

/** A named field of text: what stands at a path of the payloads. */
export interface TextConfig {
  /** Path of the payload, such as `title` or `chapters[].text`. */
  readonly path: string;
  /** Of stop words and stems: 'english', … or 'none'. Default 'none'. */
  readonly language?: string | undefined;
  /** How much it counts that a word comes again, 0 to 100. Default 1.2. */
  readonly k1?: number | undefined;
  /** How much longer texts count less, 0 to 1. Default 0.75. */
  readonly b?: number | undefined;
  /** Whether phrases can be searched for. Default true. */
  readonly positions?: boolean | undefined;
}

/** A field that is added to a collection: one of the three, with its options. */
export type NewField =
  | { readonly vector: DenseConfig; readonly sparse?: undefined; readonly text?: undefined }
  | { readonly sparse: SparseConfig; readonly vector?: undefined; readonly text?: undefined }
  | { readonly text: TextConfig; readonly vector?: undefined; readonly sparse?: undefined };

/** The options of a collection, without other spellings. */
export interface CollectionOptions {
  /** Components of every vector of the unnamed field, 1 to 65,536. With `metric`, or not at all. */
  readonly dimension?: number | undefined;
  readonly metric?: Metric | MetricAlias | undefined;
  /**
   * Where searches read float32 vectors: memory, or the disk (less memory, slower). Default 'memory'. With `manhattan`
   * they are in memory either way: nothing else can be compared.
   */
  readonly storage?: 'memory' | 'disk' | undefined;
  /** The graph. */
  readonly hnsw?: HnswConfig | undefined;
  /** Fields of dense vectors, by name. All fields of a collection have names of their own; 64 at most. */
  readonly vectors?: Readonly<Record<string, DenseConfig>> | undefined;
  /** Fields of sparse vectors, by name. */
  readonly sparse?: Readonly<Record<string, SparseConfig>> | undefined;
  /** Fields of text, by name. */
  readonly text?: Readonly<Record<string, TextConfig>> | undefined;
  /** When points are indexed, and by how many threads. */
  readonly indexing?: (IndexingConfig & IndexingAliases) | undefined;
}

export interface CollectionConfig extends Omit<CollectionOptions, 'vectors'> {
  /** Fields of dense vectors, by name. A string is another spelling of `storage`, which goes on to work. */
  readonly vectors?: Readonly<Record<string, DenseConfig>> | 'memory' | 'disk' | undefined;
}

type ResolvedHnsw = { readonly m: number; readonly efConstruction: number; readonly seed: number };

export interface ResolvedDense {
  readonly dimension: number;
  readonly metric: Metric;
  readonly storage: 'memory' | 'disk';
  readonly hnsw: ResolvedHnsw;
  readonly multi: boolean;
}

export interface ResolvedText {
  readonly path: string;
  readonly language: string;
  readonly k1: number;
  readonly b: number;
  readonly positions: boolean;
}

/** A configuration with all defaults filled in. */
export interface ResolvedConfig {
  /** Of the unnamed field; 0 where there is none. */
  readonly dimension: number;
  /** Of the unnamed field, as `storage` and `hnsw` are: without meaning where there is none. */
  readonly metric: Metric;
  readonly storage: 'memory' | 'disk';
  /** Named fields of dense vectors; where there are none, what `storage` says. */
  readonly vectors: 'memory' | 'disk' | Readonly<Record<string, ResolvedDense>>;
  readonly hnsw: ResolvedHnsw;
  /** Named fields of sparse vectors; left out where there are none. */
  readonly sparse?: Readonly<Record<string, { readonly modifier: 'none' | 'idf' }>> | undefined;
  /** Fields of text; left out where there are none. */
  readonly text?: Readonly<Record<string, ResolvedText>> | undefined;
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
