/* The index without a store: an engine, and ids of the caller's own. Everything here runs on the calling thread. */
import { flagOf, functionOf, type Id, integerIn, normalId, optionsOf } from '../base/checks.js';
import { EF_MAX, THREADS_MAX } from '../base/limits.js';
import { type Admitted, ALL } from '../hnsw/admitted.js';
import { Engine } from '../hnsw/engine.js';
import { HNSW_OPTIONS, type HnswOptions, type IndexOptions } from '../hnsw/options.js';
import { EF_DEFAULT } from '../hnsw/plan.js';
import type { VerifyReport } from '../hnsw/verify.js';
import type { KernelBuild } from '../kernel/kernel.js';
import type { Metric, VectorLike } from '../kernel/metrics.js';
import type { Platform } from '../platform/platform.js';
import { IdMap, type VectorPair } from './id-map.js';

export interface SearchOptions {
  /** Beam width, 1 to 16,384: more recall for more time. Default 256, at least k. */
  readonly ef?: number;
  /** Admits ids to the results. Called during the walk; must not call the index. */
  filter?(id: Id): boolean;
}

/** For the builder, which is a second face of the same rows. */
export let rowsOf: (index: VectorIndex) => IdMap;

/**
 * An approximate nearest-neighbour index in memory (HNSW: Malkov & Yashunin, "Efficient and robust approximate
 * nearest neighbor search using Hierarchical Navigable Small World graphs", 2018).
 *
 * Ids are integers from 0 to 2^64 - 1, as number or bigint: 7 and 7n are one id. A vector given for an id that
 * lives already replaces it. All rows that were accepted are found by `search` at once, linked or not.
 *
 * @example
 * const index = new HnswIndex({ dimension: 3, metric: 'cosine' });
 * index.insert(1, [1, 0, 0]);
 * index.search([0.9, 0.1, 0], 1); // [[1, 0.993…]]
 */
export class VectorIndex {
  readonly #rows: IdMap;
  readonly #engine: Engine;

  static {
    rowsOf = (index) => index.#rows;
  }

  /** @throws ValidationError for an option that is missing, of the wrong type or out of range */
  constructor(platform: Platform, options: HnswOptions) {
    this.#engine = new Engine(platform, optionsOf('index', options, HNSW_OPTIONS), { owner: this });
    this.#rows = new IdMap(this.#engine);
  }

  /** The options in force, defaults filled in. */
  get options(): Readonly<IndexOptions> {
    return this.#engine.options;
  }

  get dimension(): number {
    return this.#engine.options.dimension;
  }

  get metric(): Metric {
    return this.#engine.options.metric;
  }

  /** The kernel build in use: 'relaxed', 'simd' or 'scalar'. */
  get kernel(): KernelBuild {
    return this.#engine.code.build;
  }

  /** Live ids, whether linked yet or not. */
  get size(): number {
    return this.#engine.live;
  }

  /** Bytes of memory that rows and graph occupy. */
  get memoryBytes(): number {
    return this.#engine.memoryBytes;
  }

  has(id: Id): boolean {
    return this.#slotOf(id) !== undefined;
  }

  #slotOf(id: Id): number | undefined {
    this.#engine.assertOpen();
    return this.#rows.slotOf(normalId(id));
  }

  /**
   * Adds a vector and links it before returning, on this thread (about 0.2 ms in a large index). For many, see
   * `insertBatchParallel` and `AsyncIndexBuilder`.
   *
   * @throws ValidationError for a bad id or vector, before any effect
   */
  insert(id: Id, vector: VectorLike): void {
    this.#rows.append([[id, vector]]);
    this.#engine.linkNow(this.#slotOf(id)!);
  }

  /**
   * Adds vectors and links them on all threads. They are copied, checked (all, before any effect) and findable
   * when the call returns; the promise resolves with their number once they are linked.
   */
  async insertBatchParallel(pairs: Iterable<VectorPair>): Promise<number> {
    const count = this.#rows.append(pairs);
    const { build, options } = this.#engine;
    await build.settled();
    await build.start(options.threads);
    return count;
  }

  /**
   * The k nearest live ids with their scores, best first; ties in the order of writing. Scores are what users of
   * the metric expect: similarity for cosine, dot and jaccard, distance for euclidean and hamming. Fewer than k
   * only if fewer live ids match.
   *
   * @param k 1 or more
   * @throws ValidationError for a query or option that is out of range
   */
  search(query: VectorLike, k: number, o: SearchOptions = {}): [Id, number][] {
    const { ef = EF_DEFAULT, filter } = optionsOf('search', o, ['ef', 'filter']);
    functionOf('filter', filter);
    integerIn('ef', ef, 1, EF_MAX);
    integerIn('k', k, 1, Number.MAX_SAFE_INTEGER);
    const engine = this.#engine;
    const admitted: Admitted = filter
      ? { kind: 'asked', ask: (slot) => filter(engine.keyAt(slot)) === true }
      : ALL;
    const found = engine.answerAtOnce({ vector: query, k, ef, admitted, exact: false, exactBelow: 0 });
    return this.#rows.scored(found);
  }

  /** Takes an id out: it is never returned again. False if it was not there. */
  remove(id: Id): boolean {
    this.#engine.idle();
    return this.#slotOf(id) !== undefined && this.#rows.remove(normalId(id));
  }

  /**
   * Writes the index as it is at the call to a file: under a temporary name, synced, then renamed. Writes and
   * builds may go on meanwhile.
   */
  async save(path: string): Promise<void> {
    await this.#engine.save(path);
  }

  /**
   * Checks the graph: links valid, entry point live, every linked row reachable. `repair` mends what is not.
   *
   * @throws SiltError BUILD_RUNNING while a build changes the graph
   */
  verify(o: { repair?: boolean } = {}): VerifyReport {
    this.#engine.idle();
    return this.#engine.verify(flagOf('repair', optionsOf('verify', o, ['repair']).repair, false));
  }

  /** Ends a running build after the rows at hand, and frees the memory. Any later call but `close` throws. */
  async close(): Promise<void> {
    await this.#rows.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** `HnswIndex` of the public surface: the class for a platform. */
export interface HnswIndexClass {
  /** @throws ValidationError for an option that is missing, of the wrong type or out of range */
  new (options: HnswOptions): VectorIndex;
  readonly prototype: VectorIndex;

  /**
   * Reads an index from a file that `save` wrote. Rows that were not linked then still wait.
   *
   * @param o.threads as in the constructor; default: the parallelism of this machine
   * @throws SnapshotError where the file is no snapshot, is cut short, was altered or is of another version
   */
  load(path: string, o?: { threads?: number }): Promise<VectorIndex>;
}

export function indexOn(platform: Platform): HnswIndexClass {
  return class HnswIndex extends VectorIndex {
    constructor(options: HnswOptions) {
      super(platform, options);
    }

    static async load(path: string, o: { threads?: number } = {}): Promise<VectorIndex> {
      const own = optionsOf('load', o, ['threads']);
      const threads = own.threads ?? Math.min(platform.pool.parallelism, THREADS_MAX);
      let index: VectorIndex | undefined;
      await Engine.load(platform, path, {
        threads: integerIn('threads', threads, 1, THREADS_MAX),
        searchers: 0,
        make: ({ keepVectors: _, searchers: __, ...options }) => {
          index = new HnswIndex(options);
          return rowsOf(index).engine;
        },
      });
      rowsOf(index!).adopt();
      return index!;
    }
  };
}
