/*
 * The index: rows in arenas, a graph over them, and one way to search both.
 *
 * Everything here runs on the calling thread. Linker threads work on the arenas' memory meanwhile; what they
 * and this thread write is said in arena.ts, link-job.ts and kernel/asm/link.ts.
 */
import { flagOf, functionOf, type Id, integerIn, normalId, optionsOf } from '../base/checks.js';
import { SiltError, SnapshotError } from '../base/errors.js';
import { EF_MAX, THREADS_MAX } from '../base/limits.js';
import { type KernelCode, kernelCode } from '../kernel/builds.js';
import { VECTOR_NOT_FINITE, VECTOR_WIDE, VECTOR_ZERO } from '../kernel/layout.js';
import { METRICS, type Metric, type VectorLike } from '../kernel/metrics.js';
import { defaultThreads, widenPool } from '../threads/pool-node.js';
import type { Arena } from './arena.js';
import type { RowHit } from './hits.js';
import { IndexBuild } from './index-build.js';
import { linkRow, SEARCHING } from './link-job.js';
import { TooLong, TURN_SCAN_MS } from './long-scan.js';
import { inOrder } from './names.js';
import { type HnswOptions, type ResolvedOptions, resolveOptions, withThreads } from './options.js';
import { EF_DEFAULT } from './plan.js';
import { type Enter, searchInTurns } from './pool-scan.js';
import { reconnect } from './reach.js';
import { type InnerOptions, Rows } from './rows.js';
import { type ArenaQuery, clearTrace, searchArena, searchWindow } from './search.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';
import { checkQuery, checkVector, rejectVector } from './vectors.js';
import { type VerifyReport, verifyArenas } from './verify.js';
import { askedOf, type Pairs, queryOf, type Wanted } from './wanted.js';

export interface SearchOptions {
  /** Beam width, 1 to 16,384: more recall for more time. Default 256, at least k. */
  readonly ef?: number;
  /** Admits ids to the results. Called during the walk; must not call the index. */
  filter?(id: Id): boolean;
}

/** A stable id, and a vector of `dimension` components. */
export type VectorPair = readonly [Id, VectorLike];

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
export class HnswIndex {
  readonly #options: ResolvedOptions;
  readonly #code: KernelCode;
  readonly #rows: Rows;
  readonly #build: IndexBuild;
  /** While a search runs: what the kernel asks about rows. */
  #asked: ((arena: Arena, row: number) => boolean) | undefined;

  /** @throws ValidationError for an option that is missing, of the wrong type or out of range */
  constructor(options: HnswOptions, inner: InnerOptions = {}) {
    this.#options = resolveOptions(options);
    this.#code = kernelCode();
    const accept = (arena: Arena, row: number): boolean => this.#asked!(arena, row);
    this.#rows = new Rows(this.#options, this.#code, accept, inner);
    this.#build = new IndexBuild(this, () => this.#rows.arenas, this.#code);
    widenPool(this.#options.threads);
  }

  /** The options in force, defaults filled in. */
  get options(): Readonly<ResolvedOptions> {
    return this.#options;
  }

  get dimension(): number {
    return this.#options.dimension;
  }

  get metric(): Metric {
    return this.#options.metric;
  }

  /** The kernel build in use: 'relaxed', 'simd' or 'scalar'. */
  get kernel(): KernelCode['build'] {
    return this.#code.build;
  }

  /** Live ids, whether linked yet or not. */
  get size(): number {
    return this.#rows.size;
  }

  /** Bytes of memory that rows and graph occupy. */
  get memoryBytes(): number {
    return this.#rows.arenas.reduce((sum, arena) => sum + arena.usedBytes, 0);
  }

  has(id: Id): boolean {
    return this.#rows.has(normalId(id));
  }

  /**
   * Adds a vector and links it before returning, on this thread (about 0.2 ms in a large index). For many, see
   * `insertBatchParallel` and `AsyncIndexBuilder`.
   *
   * @throws ValidationError for a bad id or vector, before any effect
   */
  insert(id: Id, vector: VectorLike): void {
    this.#idle();
    this.#rows.append([[id, vector]]);
    const { arena, row } = this.#rows.find(normalId(id))!;
    linkRow({ kernel: arena.kernel, control: arena.control, thread: 0, scratch: arena.scratch }, row);
    arena.unswept++;
    // A list that is chosen anew can drop the last link to a row. A sixty-fourth more rows, and all are looked at.
    if (arena.unswept * 64 > arena.rows && !this.#build.running) sweep(arena);
  }

  /**
   * Adds vectors and links them on all threads. They are copied, checked (all, before any effect) and findable
   * when the call returns; the promise resolves with their number once they are linked.
   */
  async insertBatchParallel(pairs: Iterable<VectorPair>): Promise<number> {
    this.#idle();
    const count = this.#rows.append(pairs);
    await this.#build.settled();
    await this.#build.start(this.#options.threads);
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
    const { ef, filter } = optionsOf('search', o, ['ef', 'filter']);
    functionOf('filter', filter);
    const wanted = { k, ef: integerIn('ef', ef ?? EF_DEFAULT, 1, EF_MAX) };
    return this.#find(query, filter ? { ...wanted, filter } : wanted);
  }

  #find(vector: VectorLike, wanted: Wanted): [Id, number][] {
    return this.#answer(vector, wanted, (arena, arenaQuery) => {
      Atomics.store(arena.control, SEARCHING, 1);
      try {
        return searchArena(arena, arenaQuery);
      } finally {
        Atomics.store(arena.control, SEARCHING, 0);
        Atomics.notify(arena.control, SEARCHING);
      }
    });
  }

  #answer(
    vector: VectorLike,
    wanted: Wanted,
    search: (arena: Arena, query: ArenaQuery) => RowHit[],
  ): [Id, number][] {
    const { metric } = this;
    this.#check(vector, wanted.k);
    const asked = (this.#asked = askedOf(wanted));
    try {
      const parts = this.#rows.arenas.map((arena) => {
        const accepts = (row: number): boolean => asked(arena, row);
        const wide = this.#setQuery(arena, vector);
        return foundIn(arena, search(arena, { ...queryOf(wanted), wide, vector, metric, accepts }));
      });
      return this.#merge(parts, wanted.k);
    } finally {
      this.#asked = undefined;
    }
  }

  #check(vector: VectorLike, k: number): void {
    this.#idle();
    integerIn('k', k, 1, Number.MAX_SAFE_INTEGER);
    checkVector(vector, this.#options.dimension);
    if (this.#rows.arenas.length === 0) checkQuery(vector, this.metric);
  }

  #merge(parts: Found[][], k: number): [Id, number][] {
    // Each part is sorted; the sort is stable, so that rows of an earlier arena win ties.
    const found = parts.length === 1 ? parts[0]! : parts.flat().sort((a, b) => a.distance - b.distance);
    const { score } = METRICS[this.metric];
    return found.slice(0, k).map(({ id, distance }) => [id, score(distance)]);
  }

  /** As `#find`; a promise where a scan would hold the calling thread up, which is then done in several turns. */
  #findInTurns(vector: VectorLike, wanted: Wanted): Pairs | Promise<Pairs> {
    try {
      return this.#find(vector, { ...wanted, turnMs: TURN_SCAN_MS });
    } catch (error) {
      if (!(error instanceof TooLong)) throw error;
      if (wanted.trace) clearTrace(wanted.trace);
      return this.#findLong(Float32Array.from(vector), wanted);
    }
  }

  async #findLong(vector: Float32Array, wanted: Wanted): Promise<Pairs> {
    const { metric } = this;
    const asked = askedOf(wanted);
    const parts = this.#rows.arenas.map(async (arena) => {
      const accepts = (row: number): boolean => asked(arena, row);
      const enter: Enter = (work) => {
        this.#idle();
        this.#asked = asked;
        try {
          this.#setQuery(arena, vector);
          return work();
        } finally {
          this.#asked = undefined;
        }
      };
      const wide = this.#setQuery(arena, vector);
      const query: ArenaQuery = { ...queryOf(wanted), wide, vector, metric, accepts };
      return foundIn(arena, await searchInTurns(arena, this.#code, query, enter));
    });
    return this.#merge(await Promise.all(parts), wanted.k);
  }

  /** Puts the query into the arena's scratch; returns whether it needs float64. */
  #setQuery(arena: Arena, query: VectorLike): boolean {
    const verdict = arena.setQuery(query);
    if (verdict === VECTOR_NOT_FINITE || (verdict === VECTOR_ZERO && this.metric === 'cosine')) {
      throw rejectVector(query, this.metric);
    }
    return verdict === VECTOR_WIDE;
  }

  /** A filter runs inside a search and must not start another call: both would use one scratch. */
  #idle(): void {
    if (this.#asked)
      throw new SiltError('NESTED_CALL', 'a filter must not call the index that is calling it');
  }

  /** Takes an id out: it is never returned again. False if it was not there. */
  remove(id: Id): boolean {
    this.#idle();
    return this.#rows.mask(normalId(id));
  }

  /**
   * Writes the index as it is at the call to a file: under a temporary name, synced, then renamed. Writes and
   * builds may go on meanwhile.
   */
  async save(path: string): Promise<void> {
    await writeSnapshot(path, this.#options, this.#rows.arenas);
  }

  /**
   * Reads an index from a file that `save` wrote. Rows that were not linked then still wait.
   *
   * @param o.threads as in the constructor; default: the parallelism of this machine
   * @throws SnapshotError where the file is no snapshot, is cut short, was altered or is of another version
   */
  static async load(path: string, o: { threads?: number } = {}): Promise<HnswIndex> {
    const { threads } = optionsOf('load', o, ['threads']);
    const most = Math.min(defaultThreads(), THREADS_MAX);
    return (await HnswIndex._load(path, { threads: integerIn('threads', threads ?? most, 1, THREADS_MAX) }))
      .index;
  }

  /** @internal Reads an index for a collection. `check` sees the options and the tag before the rows are read. */
  static async _load(
    path: string,
    o: InnerOptions & { threads: number; check?(options: ResolvedOptions, tag: unknown): void },
  ): Promise<{ index: HnswIndex; tag: unknown }> {
    let index: HnswIndex | undefined;
    try {
      const tag = await readSnapshot(
        path,
        (options, found) => {
          o.check?.(options, found);
          index = new HnswIndex(withThreads(options, o.threads), o);
        },
        (restored) => index!.#rows.begin(restored),
      );
      if (o.ascending && !inOrder(index!.#rows.arenas))
        throw new SnapshotError(`${path}: its rows are not in the order in which they were written`);
      index!.#rows.adopt();
      return { index: index!, tag };
    } catch (error) {
      await index?.close();
      throw error;
    }
  }

  /**
   * Checks the graph: links valid, entry point live, every linked row reachable. `repair` mends what is not.
   *
   * @throws SiltError BUILD_RUNNING while a build changes the graph
   */
  verify(o: { repair?: boolean } = {}): VerifyReport {
    this.#idle();
    const repair = flagOf('repair', optionsOf('verify', o, ['repair']).repair, false);
    if (this.#build.running)
      throw new SiltError('BUILD_RUNNING', 'verify needs the graph to itself: await the build first');
    for (const arena of this.#rows.arenas) if (arena.unswept > 0) sweep(arena);
    return verifyArenas(this.#rows.arenas, repair);
  }

  /** Ends a running build after the rows at hand, and frees the memory. Any later call but `close` throws. */
  async close(): Promise<void> {
    await this.#build.close();
    this.#rows.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  /** @internal For the streaming builder, which is a second face of the same rows. */
  _internals(): IndexInternals {
    return {
      rows: this.#rows,
      build: this.#build,
      idle: () => this.#idle(),
      append: (pairs) => {
        this.#idle();
        return this.#rows.append(pairs);
      },
      save: (path, o) => writeSnapshot(path, this.#options, this.#rows.arenas, o),
      find: (query, wanted) => this.#find(query, wanted),
      findInTurns: (query, wanted) => this.#findInTurns(query, wanted),
      searchWindow: (query, k) => this.#answer(query, { k, ef: EF_DEFAULT }, searchWindow),
    };
  }
}

/** What the builder and the collection need of an index. */
export interface IndexInternals {
  readonly rows: Rows;
  readonly build: IndexBuild;
  /** Throws NESTED_CALL while a filter runs. */
  idle(): void;
  append(pairs: Iterable<VectorPair>): number;
  /** Writes a snapshot that carries a tag; returns its bytes. */
  save(path: string, o: { tag?: unknown; signal?: AbortSignal }): Promise<number>;
  find(query: VectorLike, wanted: Wanted): [Id, number][];
  /** The same; a promise where that takes more than one turn: rows may be masked before it resolves. */
  findInTurns(query: VectorLike, wanted: Wanted): Pairs | Promise<Pairs>;
  searchWindow(query: VectorLike, k: number): [Id, number][];
}

/** Attaches rows that lost their last link. */
function sweep(arena: Arena): void {
  reconnect(arena.kernel, arena.scratch, 1);
  arena.unswept = 0;
}

interface Found {
  readonly id: Id;
  readonly distance: number;
}

function foundIn(arena: Arena, hits: readonly RowHit[]): Found[] {
  return hits.map(({ row, distance }) => ({ id: arena.idOf(row), distance }));
}
