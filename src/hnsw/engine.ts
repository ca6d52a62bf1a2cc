/*
 * The engine: rows in arenas, a graph over them, and one way to search both. It knows rows by their slots (slots.ts). A
 * row has a key of 64 bits as well, which its owner gives it and reads back; the engine never looks for one.
 *
 * Writing: check, stage, then publish; a batch that is rejected has left nothing behind. Only the calling thread writes
 * here. Linker threads work on the arenas' memory meanwhile, and see a row when its arena's row count says so: see
 * arena.ts, build/link-job.ts and kernel/asm/link.ts.
 */
import type { VerifyReport } from '../api/upkeep.js';
import type { Id } from '../base/checks.js';
import { ClosedError, SiltError } from '../base/errors.js';
import { type KernelCode, kernelCode } from '../kernel/builds.js';
import { QUARANTINED, VECTOR_NOT_FINITE, VECTOR_WIDE, VECTOR_ZERO, WIDE } from '../kernel/layout.js';
import type { VectorLike } from '../kernel/metrics.js';
import type { Platform } from '../platform/platform.js';
import { type Admitted, admits } from './admitted.js';
import { answer, answerAtOnce, answerFromWindow } from './answer.js';
import { Arena } from './arena.js';
import { reconnect } from './build/connectivity.js';
import { IndexBuild } from './build/index-build.js';
import { linkRow, quarantine } from './build/link-job.js';
import type { VectorSource } from './codes.js';
import { Crew } from './crew.js';
import { type EngineOptions, type ResolvedOptions, resolveOptions, shapeOf } from './options.js';
import type { Match, Query } from './query.js';
import type { Searched } from './searched.js';
import { arenaOf, baseBehind, openArenas, placeAt, slotsOf } from './slots.js';
import { readSnapshot, writeSnapshot } from './snapshot.js';
import { checkIterable, checkQuery, checkVector, rejectVector } from './vectors.js';
import { verifying } from './verify.js';

interface Staged {
  readonly key: Id;
  readonly arena: Arena;
  readonly state: number;
  /** By which origin its code was made. */
  readonly epoch: number;
}

/** Rows that are written and not published: nobody sees them, and the next batch takes their places. */
export type StagedRows = readonly Staged[];

/** Keys with vectors. */
type KeyedVector = readonly [key: Id, vector: VectorLike];
export type KeyedVectors = Iterable<KeyedVector>;
type KeyOf = (row: KeyedVector, index: number) => Id;

const firstOf: KeyOf = ([key]) => key;

export class Engine implements Searched {
  readonly platform: Platform;
  readonly options: ResolvedOptions;
  readonly code: KernelCode;
  readonly build: IndexBuild;
  readonly crew: Crew;
  readonly #source: VectorSource | undefined;
  readonly #arenas: Arena[] = [];
  #closed = false;
  #appending = false;
  /** While a search runs: what the kernel asks about. */
  #asked: Admitted | undefined;

  /**
   * @param platform where it runs
   * @param o.source where vectors are that the arenas do not keep, by their keys
   * @param o.owner whom events of builds name
   * @throws ValidationError for an option that is missing, of the wrong type or out of range
   */
  constructor(
    platform: Platform,
    options: EngineOptions,
    o: { readonly source?: VectorSource | undefined; readonly owner?: object | undefined } = {},
  ) {
    this.platform = platform;
    this.options = resolveOptions(options, platform.pool.parallelism);
    this.code = kernelCode(platform.kernel);
    this.crew = new Crew(platform, this.#arenas, this.code);
    this.#source = o.source;
    this.build = new IndexBuild(platform, o.owner ?? this, () => this.arenas, this.code);
    platform.pool.widen(this.options.threads);
  }

  assertOpen(): void {
    if (this.#closed) throw new ClosedError();
  }

  get arenas(): readonly Arena[] {
    this.assertOpen();
    return this.#arenas;
  }

  /** Rows that were ever published, masked ones among them: their slots are below. */
  get slots(): number {
    return slotsOf(this.arenas);
  }

  /** Rows that live, linked or not. */
  get live(): number {
    return this.sum((arena) => arena.live);
  }

  /** Bytes of memory that rows and graph occupy. */
  get memoryBytes(): number {
    return this.sum((arena) => arena.usedBytes);
  }

  sum(of: (arena: Arena) => number): number {
    let total = 0;
    for (const arena of this.arenas) total += of(arena);
    return total;
  }

  /* Rows by their slots. */

  keyAt(slot: number): Id {
    const arena = arenaOf(this.arenas, slot);
    return arena.keyOf(slot - arena.base);
  }

  isLiveAt(slot: number): boolean {
    const arena = arenaOf(this.arenas, slot);
    return arena.isLive(slot - arena.base);
  }

  /** The vector of a row that lives; a view where the arena keeps it: valid until that grows. */
  vectorAt(slot: number): Float32Array {
    const { arena, row } = placeAt(this.arenas, slot);
    return arena.vectorOf(row);
  }

  /** How many live rows have a bit by their slots. */
  countLive(bits: Uint32Array): number {
    return this.sum((arena) => arena.countLive(bits));
  }

  /** Masks a row: it is never returned again. False if it was. */
  mask(slot: number): boolean {
    const { arena, row } = placeAt(this.arenas, slot);
    return arena.mask(row);
  }

  /** Takes a row out of linking for good: it is still found, by the exact scan. */
  quarantine(slot: number): void {
    const { arena, row } = placeAt(this.arenas, slot);
    quarantine(arena.kernel, arena.control, row);
  }

  /* Writing. */

  /** Copies, checks and publishes rows, all or none, in the next slots; they wait in the window from then on. */
  append(rows: KeyedVectors): number {
    return this.publish(this.stage(rows));
  }

  /**
   * Copies and checks rows, all or none, behind the last one that is published and `behind` more. `keyOf` may check a
   * row, and give it another form of its key.
   */
  stage(rows: KeyedVectors, behind = 0, keyOf: KeyOf = firstOf): StagedRows {
    this.idle();
    // The places behind the last row are taken by the batch at hand: its source must not write as well.
    if (this.#appending)
      throw new SiltError(
        'NESTED_CALL',
        'the iterable that an index is filled from must not write to that index: collect its rows first',
      );
    checkIterable(rows);
    const begun = this.arenas.length;
    let { arena, next } = this.#placeBehind(behind);
    const staged: Staged[] = [];
    this.#appending = true;
    try {
      for (const row of rows) {
        const index = staged.length;
        const key = keyOf(row, index);
        const vector = row[1];
        checkVector(vector, this.options.dimension, index, key);
        if (next === arena.capacity) {
          arena = this.#arenas[this.#arenas.indexOf(arena) + 1] ?? this.#begin();
          next = 0;
        }
        const state = this.#stage(arena, next++, vector, index, key);
        staged.push({ key, arena, state, epoch: arena.codes.epoch });
      }
      return staged;
    } catch (error) {
      this.#leaveArenas(begun);
      throw error;
    } finally {
      this.#appending = false;
    }
  }

  #stage(arena: Arena, row: number, vector: VectorLike, index: number, key: Id): number {
    const verdict = arena.stage(row, vector);
    if (verdict === VECTOR_NOT_FINITE || (verdict === VECTOR_ZERO && this.options.metric === 'cosine')) {
      throw rejectVector(vector, this.options.metric, index, key);
    }
    return verdict === VECTOR_WIDE ? WIDE | QUARANTINED : 0;
  }

  /** Makes staged rows findable. Returns how many they are. `keys`: where they have other ones than they were staged with. */
  publish(staged: StagedRows, keys?: ArrayLike<Id>): number {
    for (const [i, { key, arena, state, epoch }] of staged.entries())
      arena.publish(BigInt(keys ? keys[i]! : key), state, epoch);
    for (const arena of new Set(staged.map((row) => row.arena))) arena.settleOrigin();
    return staged.length;
  }

  /**
   * Gets the memory for so many rows more, so that staging them cannot fail for want of it.
   *
   * @throws SiltError OUT_OF_MEMORY
   */
  reserve(count: number): void {
    let left = count;
    for (const arena of openArenas(this.arenas)) left -= reserveIn(arena, left);
    while (left > 0) left -= reserveIn(this.#begin(), left);
  }

  /** Where the next row goes when `staged` are written and not published. Arenas fill up in their order (slots.ts). */
  #placeBehind(staged: number): { arena: Arena; next: number } {
    let left = staged;
    for (const arena of openArenas(this.#arenas)) {
      const room = arena.capacity - arena.rows;
      if (left < room) return { arena, next: arena.rows + left };
      left -= room;
    }
    return { arena: this.#begin(), next: 0 };
  }

  /** Begins an arena behind those that are there. `restored`: for rows that are read from a file. */
  #begin(restored?: { readonly rows: number; readonly base: number }): Arena {
    const base = restored ? restored.base : baseBehind(this.#arenas);
    const accept = (row: number): number => (admits(this.#asked!, base + row) ? 1 : 0);
    const shape = shapeOf(this.options, restored?.rows);
    const arena = new Arena(this.platform, shape, this.code, base, accept, this.#source);
    this.#arenas.push(arena);
    return arena;
  }

  /** Takes out the rows that wait to be linked, and returns them in the order they came. */
  drain(): [key: Id, vector: Float32Array][] {
    this.idle();
    const taken: [Id, Float32Array][] = [];
    for (const arena of this.arenas) {
      for (const row of arena.waitingRows()) {
        if (arena.mask(row, true)) taken.push([arena.keyOf(row), arena.vectorOf(row).slice()]);
      }
    }
    return taken;
  }

  /** Links a row on this thread. */
  linkNow(slot: number): void {
    const { arena, row } = placeAt(this.arenas, slot);
    const { kernel, control, scratch } = arena;
    linkRow({ kernel, control, thread: 0, scratch, faults: this.platform.faults }, row);
    arena.unswept++;
    // A list that is chosen anew can drop the last link to a row. A sixty-fourth more rows, and all are looked at.
    if (arena.unswept * 64 > arena.rows && !this.build.running) sweep(arena);
  }

  /* Reading: see answer.ts. */

  /** The k nearest that live, best first. A promise where that takes more than one turn: see answer.ts. */
  answer(query: Query): Match[] | Promise<Match[]> {
    this.#check(query.vector);
    return answer(this, query);
  }

  /** The same in one turn, however long that takes. */
  answerAtOnce(query: Query): Match[] {
    this.#check(query.vector);
    return answerAtOnce(this, query);
  }

  /** The k nearest of those that are not linked. */
  answerFromWindow(query: Query): Match[] {
    this.#check(query.vector);
    return answerFromWindow(this, query);
  }

  #check(vector: VectorLike): void {
    checkVector(vector, this.options.dimension);
    if (this.arenas.length === 0) checkQuery(vector, this.options.metric);
  }

  enter(admitted: Admitted): void {
    this.idle();
    this.#asked = admitted;
  }

  leave(): void {
    this.#asked = undefined;
  }

  /** A filter runs inside a search and must not start another call: both would use one scratch. */
  idle(): void {
    if (this.#asked)
      throw new SiltError(
        'NESTED_CALL',
        'a filter must not call the index that is calling it: collect what it needs before the search',
      );
  }

  /* Files, checks, end. */

  /** Writes a snapshot of what is there at the call, with a tag; returns its bytes. `signal` gives it up. */
  save(path: string, o: { tag?: unknown; signal?: AbortSignal | undefined } = {}): Promise<number> {
    return writeSnapshot(this.platform, path, this.options, this.arenas, o);
  }

  /**
   * Reads a snapshot into an engine that `make` makes for its options, which sees its tag as well.
   *
   * @throws SnapshotError if the file is not a snapshot, is cut short, was altered or is of another version
   */
  static async load(
    platform: Platform,
    path: string,
    o: {
      readonly threads: number;
      readonly searchers: number;
      make(options: ResolvedOptions, tag: unknown): Engine;
    },
  ): Promise<{ engine: Engine; tag: unknown }> {
    let engine: Engine | undefined;
    try {
      const tag = await readSnapshot(
        platform,
        path,
        (options, found) => {
          engine = o.make({ ...options, threads: o.threads, searchers: o.searchers }, found);
        },
        (restored) => engine!.#begin(restored),
      );
      return { engine: engine!, tag };
    } catch (error) {
      await engine?.close();
      throw error;
    }
  }

  /**
   * Checks the graph: links valid, entry point live, every linked row reachable. `repair` mends what is not. In steps, between
   * which no build may begin.
   *
   * @throws SiltError BUILD_RUNNING while a build changes the graph
   */
  verifying(repair: boolean): Generator<void, VerifyReport> {
    this.idle();
    if (this.build.running)
      throw new SiltError('BUILD_RUNNING', 'verify needs the graph to itself: await the build first');
    return verifying(this.arenas, repair);
  }

  /** Ends a running build after the rows at hand, and frees the memory. Any later call but `close` throws. */
  async close(): Promise<void> {
    await this.build.close();
    await this.crew.rest(); // for good
    this.#closed = true;
    this.#leaveArenas(0);
  }

  /** Gives up the arenas from the one at `from` on. */
  #leaveArenas(from: number): void {
    for (const arena of this.#arenas.splice(from)) arena.close();
  }
}

/** Reserves up to `count` rows; returns how many fit. */
function reserveIn(arena: Arena, count: number): number {
  const some = Math.min(count, arena.capacity - arena.rows);
  arena.reserve(arena.rows + some);
  return some;
}

/** Attaches rows that lost their last link. */
function sweep(arena: Arena): void {
  reconnect(arena.kernel, arena.scratch, 1);
  arena.unswept = 0;
}
