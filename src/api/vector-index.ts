/* The index without a store, and the streaming builder over it. */
import type { Id } from '../base/checks.js';
import type { Metric, MetricAlias, VectorLike } from './metric.js';
import type { BuildOptions, BuildProgress, BuildReport, VerifyOptions, VerifyReport } from './upkeep.js';

/** Builds of the kernels, the fastest first: with relaxed SIMD, with SIMD, and plain JavaScript. */
export const KERNEL_BUILDS: readonly ['relaxed', 'simd', 'scalar'] = ['relaxed', 'simd', 'scalar'];
export type KernelBuild = (typeof KERNEL_BUILDS)[number];

/** A stable id, and a vector of `dimension` components. */
export type VectorPair = readonly [Id, VectorLike];

/** The options of an index, without other spellings. */
export interface IndexSettings {
  /** Components of every vector, 1 to 65,536. */
  readonly dimension: number;
  readonly metric: Metric | MetricAlias;
  /** Links per row on the upper levels, 2 to 256; twice as many on level 0. Default 16. */
  readonly m?: number | undefined;
  /** Beam width while building, 1 to 4,096: a better graph for more time. Default 200. */
  readonly efConstruction?: number | undefined;
  /**
   * Threads that link in parallel, 1 to 64. Default: the parallelism of the machine. With 1, the calling thread
   * links, in slices of a few milliseconds, and the same calls give the same graph, bit by bit. An arena with room
   * for the memory of fewer threads alone is linked by fewer.
   */
  readonly threads?: number | undefined;
  /** Seed of the levels, 0 to 2^32 - 1. Default 1. */
  readonly seed?: number | undefined;
  /** Most bytes of one arena, from 65,536; when it is full, another begins. Default: 4 GiB, all that one can address. */
  readonly arenaBytes?: number | undefined;
}

export interface HnswOptions extends IndexSettings {
  /** @deprecated Use `threads`. */
  readonly segmentCount?: number | undefined;
  /** @deprecated Use `threads`. */
  readonly segment_count?: number | undefined;
}

/** Options of an index, with all defaults filled in. */
export interface IndexOptions {
  readonly dimension: number;
  readonly metric: Metric;
  readonly m: number;
  readonly efConstruction: number;
  readonly threads: number;
  readonly seed: number;
  readonly arenaBytes: number;
}

export interface IndexSearchOptions {
  /** Beam width, 1 to 16,384: more recall for more time. Default 256, at least k. */
  readonly ef?: number | undefined;
  /** Admits ids to the results. Called during the walk; must not call the index. */
  readonly filter?: ((id: Id) => boolean) | undefined;
}

export interface LoadOptions {
  /** Threads that link, 1 to 64. Default: the parallelism of the machine. */
  readonly threads?: number | undefined;
}

export interface LoadAliases {
  /** @deprecated Use `threads`. */
  readonly segmentCount?: number | undefined;
  /** @deprecated Use `threads`. */
  readonly segment_count?: number | undefined;
}

/**
 * An approximate nearest-neighbour index in memory (HNSW: Malkov & Yashunin, "Efficient and robust approximate
 * nearest neighbor search using Hierarchical Navigable Small World graphs", 2018).
 *
 * Ids are integers from 0 to 2^64 - 1, as number or bigint: 7 and 7n are one id. A vector given for an id that
 * lives already replaces it. All rows that were accepted are found by `search` at once, linked or not: "linked" is what
 * collections call indexed, and "buffered" what they call pending.
 *
 * @example
 * const index = new HnswIndex({ dimension: 3, metric: 'cosine' });
 * index.insert(1, [1, 0, 0]);
 * index.search([0.9, 0.1, 0], 1); // [[1, 0.993…]]
 */
export interface VectorIndex extends AsyncDisposable {
  /** The options in force, defaults filled in. */
  readonly options: Readonly<IndexOptions>;
  readonly dimension: number;
  readonly metric: Metric;
  /** The kernel build in use: 'relaxed', 'simd' or 'scalar'. */
  readonly kernel: KernelBuild;
  /** Live ids, whether linked yet or not. */
  readonly size: number;
  /** Bytes of memory that rows and graph occupy. */
  readonly memoryBytes: number;

  has(id: Id): boolean;

  /**
   * Adds a vector and links it before returning, on this thread (about 0.2 ms in a large index). For many, see
   * `insertBatchParallel` and `AsyncIndexBuilder`.
   *
   * @throws ValidationError for an invalid id or vector, before any effect
   */
  insert(id: Id, vector: VectorLike): void;

  /**
   * Adds vectors and links them on all threads. They are copied, checked (all, before any effect) and findable
   * when the call returns; the promise resolves with their number once they are linked.
   */
  insertBatchParallel(pairs: Iterable<VectorPair>): Promise<number>;

  /**
   * The k nearest live ids with their scores, best first; ties in the order of writing. Scores are what users of
   * the metric expect: similarity for cosine, dot and jaccard, distance for euclidean, manhattan and hamming. Fewer than k
   * only if fewer live ids match.
   *
   * @param k 1 or more
   * @throws ValidationError for a query or option that is out of range
   */
  search(query: VectorLike, k: number, o?: IndexSearchOptions): [Id, number][];

  /** Deletes an id: it is never returned again. False if it was not there. */
  remove(id: Id): boolean;

  /**
   * Writes the index as it is at the call to a file: under a temporary name, synced, then renamed. Writes and
   * builds may go on meanwhile. Rejects with the error of the system (ENOENT, EACCES …) where the file cannot be written.
   */
  save(path: string): Promise<void>;

  /**
   * Checks the graph: links valid, entry point live, every linked row reachable. `repair` repairs what is not.
   *
   * @throws SiltError BUILD_RUNNING while a build changes the graph
   */
  verify(o?: VerifyOptions): VerifyReport;

  /** Ends a running build after the rows at hand, and frees the memory. Any later call but `close` throws. */
  close(): Promise<void>;
}

/** The class `HnswIndex`. */
export interface HnswIndexConstructor {
  /** @throws ValidationError for an option that is missing, unknown, of the wrong type or out of range */
  new (options: HnswOptions): VectorIndex;
  readonly prototype: VectorIndex;

  /**
   * Reads an index from a file that `save` wrote. Rows that were not linked then are still buffered.
   *
   * @throws SnapshotError if the file is not a snapshot, is cut short, was altered or is of another version
   * @throws the error of the system where there is no such file (ENOENT), or it cannot be read
   */
  load(path: string, o?: LoadOptions & LoadAliases): Promise<VectorIndex>;
}

/** Plain data: what `toJSON` gives, `parseConfig` takes. `new AsyncIndexBuilder` takes `mergeThreshold` as well. */
export interface AsyncIndexBuilderConfig {
  /** Buffered rows at which `enqueue` returns true, 1 or more. Default 10,000. */
  merge_threshold: number;
  /** Threads that link, 1 or more; null: as many as the index has. Default null. */
  segment_count: number | null;
}

/** The same as it may be given. */
export interface AsyncIndexBuilderOptions {
  readonly merge_threshold?: number | undefined;
  readonly segment_count?: number | null | undefined;
}

/** The spelling of all other options, accepted as well. */
export interface AsyncIndexBuilderAliases {
  /** The same as `merge_threshold`. */
  readonly mergeThreshold?: number | undefined;
  /** @deprecated Use `segment_count`. */
  readonly segmentCount?: number | null | undefined;
  /** The same as `segment_count`. */
  readonly threads?: number | null | undefined;
}

/**
 * Feeds an index: `enqueue` accepts rows and makes them searchable, `triggerBuildAsync` (or `flushSync`) links
 * what has gathered.
 *
 * @example
 * const builder = new AsyncIndexBuilder(index, { mergeThreshold: 1_000 });
 * if (builder.enqueue([[1, vector]])) builder.triggerBuildAsync().catch(console.error);
 * builder.search(query, 10); // sees every row, linked or not
 */
export interface IndexBuilder {
  /** Live rows that are not linked yet. */
  readonly bufferLength: number;
  readonly mergeThreshold: number;
  readonly isBuilding: boolean;
  /** Progress of the running build, or of the last one. */
  readonly progress: BuildProgress;

  /**
   * Copies rows into the index; they are searchable when this returns. All or none: an invalid row rejects the batch.
   * An id that lives already is replaced at once; of an id given twice, the last wins.
   *
   * @returns true when the buffer has reached `mergeThreshold`: time to build
   * @throws ValidationError naming the position of the invalid row and the reason
   */
  enqueue(vectors: readonly VectorPair[]): boolean;

  /** The k nearest buffered rows, exactly, best first. Rows that cannot be linked count as buffered here. */
  searchBuffer(query: VectorLike, k: number): [Id, number][];

  /** The k nearest of all rows, buffer and graph together: the same as `search` of the index. */
  search(query: VectorLike, k: number, o?: IndexSearchOptions): [Id, number][];

  /**
   * Takes the buffered rows out of the index, unindexed, in the order they came. A row that was to replace a
   * linked one is taken out all the same, and its id is gone. A row that a running build links just now stays.
   */
  drainBuffer(): [Id, Float32Array][];

  /**
   * Links all buffered rows, on all threads, and blocks until that is done.
   *
   * @returns the number of rows linked; 0 if the buffer is empty or a build is already running
   * @throws BuildError if the build fails; what was not linked is still buffered
   */
  flushSync(): number;

  /**
   * Starts linking the rows buffered now and returns at once. Joins the running build if there is one; does
   * nothing on an empty buffer. Rejects with BuildError if the build fails (or the reason of `signal`): the rows
   * are still buffered and searchable then.
   */
  triggerBuildAsync(o?: BuildOptions): Promise<BuildReport>;

  toJSON(): AsyncIndexBuilderConfig;
}

/** The class `AsyncIndexBuilder`. */
export interface AsyncIndexBuilderConstructor {
  /** @throws ValidationError for a configuration that `parseConfig` rejects */
  new (index: VectorIndex, config?: AsyncIndexBuilderOptions & AsyncIndexBuilderAliases): IndexBuilder;
  readonly prototype: IndexBuilder;

  /**
   * Completes and checks a configuration read from JSON. Unknown fields are dropped: older configurations have some.
   *
   * @throws ValidationError for what is not an object, or a field that is not a positive integer
   */
  parseConfig(json: unknown): AsyncIndexBuilderConfig;
}
