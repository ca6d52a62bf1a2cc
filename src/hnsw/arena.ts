/*
 * One arena: a shared memory, the kernel bound to it, and the rows in it.
 *
 * Shared state: the rows below `rows`. Only the calling thread appends; it writes a row whole (vector, code,
 * level, empty links, state) and stores the row count last, so whoever reads the count sees finished rows.
 * State bits are set by atomic or, by any thread, and never taken back while the arena is in use.
 */

import type { Id } from '../base/checks.js';
import { ORIGIN_FROM } from '../base/limits.js';
import { type ArenaHandle, ArenaMemory } from '../kernel/arena-memory.js';
import { bindKernel, type KernelCode } from '../kernel/builds.js';
import { Contents } from '../kernel/contents.js';
import { type ArenaShape, type Geometry, geometryOf } from '../kernel/geometry.js';
import type { Kernel } from '../kernel/kernel.js';
import * as L from '../kernel/layout.js';
import { METRIC_NAMES, METRICS, type Metric, type VectorLike } from '../kernel/metrics.js';
import { RowParts } from '../kernel/row-parts.js';
import { Scratch } from '../kernel/scratch.js';
import type { Platform } from '../platform/platform.js';
import { LINKED_LIVE, newControl, QUARANTINED_LIVE } from './build/link-job.js';
import { Codes, type VectorSource } from './codes.js';
import { Copies } from './copies.js';
import { type BitsOfRows, copyBits, MaskedRows } from './masked.js';
import { firstWord } from './slots.js';

export class Arena {
  readonly platform: Platform;
  readonly geometry: Geometry;
  readonly kernel: Kernel;
  readonly codes: Codes;
  /** What rows contain, and which of them, wide ones left out, contain the same. */
  readonly contents: Contents;
  readonly copies: Copies;
  readonly #in: ArenaMemory;
  readonly parts: RowParts;
  /** Of the calling thread. */
  readonly #scratch: Scratch;
  /** What other threads are told. */
  readonly handle: ArenaHandle;
  /** Shared with the threads that link this arena: see build/link-job.ts. */
  readonly control: Int32Array;
  /** What scanning a row of the window took lately, in milliseconds. */
  scanMsPerRow = 0;
  /** Set by the calling thread while others may read codes and links: see build/arena-build.ts. */
  building = false;
  /** Rows linked by `insert` since all were last known to be reachable. */
  unswept = 0;
  readonly dimension: number;
  readonly metric: Metric;
  /** Slot of its first row: see slots.ts. */
  readonly base: number;
  /** Linkers, and scanning threads behind them, for which there is scratch. */
  readonly threads: number;
  readonly searchers: number;
  /** Rows that the kernel cannot compare: see scan.ts. */
  readonly wideRows: number[] = [];
  #rows = 0;
  #windowStart = 0;
  readonly #quarantined: number[] = [];
  /** Rows masked, by where they were at that moment. */
  readonly #masked = { waiting: 0, quarantined: 0, linked: 0 };
  readonly #maskedRows = new MaskedRows();

  constructor(
    platform: Platform,
    shape: ArenaShape,
    code: KernelCode,
    base: number,
    accept: (row: number) => number,
    source?: VectorSource,
  ) {
    const geometry = geometryOf(shape);
    this.platform = platform;
    this.geometry = geometry;
    this.dimension = shape.dimension;
    this.metric = METRIC_NAMES.find((name) => METRICS[name].kind === shape.metric)!;
    this.base = base;
    this.threads = shape.threads;
    this.searchers = shape.searchers ?? 0;
    this.#in = new ArenaMemory(platform.pool, geometry, shape.maxBytes);
    this.kernel = bindKernel(code, this.#in.memory, accept);
    this.parts = new RowParts(geometry, this.#in, this.kernel);
    this.#scratch = new Scratch(this.memory, geometry.scratch, 0);
    const { kernel } = this;
    this.codes = new Codes(
      { geometry, memory: this.#in, kernel, parts: this.parts, scratch: this.#scratch },
      source,
    );
    this.contents = new Contents(geometry, this.#in, kernel, this.#scratch);
    this.copies = new Copies(this.contents, kernel);
    this.control = newControl(shape.threads);
    const { memory, number } = this.#in;
    const { dimension, threads, searchers } = this;
    this.handle = { memory, number, scratch: geometry.scratch, dimension, threads, searchers };
  }

  /** Address of the calling thread's scratch. */
  get scratch(): number {
    return this.#scratch.at;
  }

  get memory(): WebAssembly.Memory {
    return this.#in.memory;
  }

  /** Gives the memory back. Nothing of the arena may be used afterwards. */
  close(): void {
    this.#in.close();
  }

  /** Rows published. */
  get rows(): number {
    return this.#rows;
  }

  get capacity(): number {
    return this.geometry.capacity;
  }

  /** Of the code of one row, with its numbers. */
  get codeBytes(): number {
    return this.geometry.codeBytes;
  }

  /** Bytes in use: descriptor, blocks, the table of copies; the scratch that threads touch comes on top. */
  get usedBytes(): number {
    const blocks = Math.ceil(this.#rows / this.geometry.blockRows) * this.geometry.blockBytes;
    return blocks + L.DESC_BYTES + this.copies.bytes;
  }

  /** Gets the memory for so many rows. */
  reserve(rows: number): void {
    this.#in.reserve(rows);
    this.copies.reserve(rows);
  }

  /** Copies a vector to the place of row `row`, not published yet, and codes it. Returns the kernel's verdict. */
  stage(row: number, vector: VectorLike): number {
    this.reserve(row + 1);
    return this.codes.encode(row, vector);
  }

  /**
   * Settles the origin of the codes, once there are enough rows to tell. Where that changes codes, rows linked by
   * the rougher ones are linked again. Not while a build runs, since its threads read codes.
   */
  settleOrigin(): void {
    const { kernel, scratch } = this;
    if (!this.codes.unsettled || this.building || this.#rows < ORIGIN_FROM) return;
    if (!this.codes.settle(this.#rows, (row) => this.keyOf(row))) return;
    for (let row = 0; row < this.#rows; row++)
      if (kernel.stateGet(row) & L.LINKED) kernel.link(row, scratch, 1);
    if (this.contents.coded) this.copies.takeUp(this.#rows);
  }

  /** Sets the query in the calling thread's scratch. Returns the kernel's verdict on it. */
  setQuery(query: VectorLike): number {
    this.#scratch.setQuery(query);
    return this.kernel.prepareQuery(this.scratch);
  }

  /** Publishes the next row, staged before. `epoch`: of the origin by which it was coded. */
  publish(key: bigint, state: number, epoch: number = this.codes.epoch): number {
    const row = this.#rows;
    this.kernel.place(row, state);
    this.parts.setKey(row, key);
    // A build may have settled the origin since the row was staged.
    if (epoch !== this.codes.epoch) this.codes.encodeAgain(row, this.keyOf(row));
    this.#rows = row + 1;
    if (state & L.WIDE) this.wideRows.push(row);
    else this.copies.add(row);
    if (state & L.QUARANTINED) Atomics.add(this.control, QUARANTINED_LIVE, 1);
    this.#in.setRows(this.#rows);
    return row;
  }

  /** Masks a row for good: it still routes, and is never returned. `onlyWaiting` leaves linked rows alone. */
  mask(row: number, onlyWaiting = false): boolean {
    const { kernel } = this;
    if (onlyWaiting && (kernel.stateGet(row) & L.QUARANTINED) === 0) {
      if (kernel.stateSwap(row, 0, L.MASKED) !== 0) return false;
      this.#maskedRows.add(row);
      this.#masked.waiting++;
      return true;
    }
    const before = kernel.stateSet(row, L.MASKED);
    if (before & L.MASKED) return false;
    this.#maskedRows.add(row);
    if (before & L.QUARANTINED) this.#masked.quarantined++;
    else if (before & L.LINKED) this.#masked.linked++;
    else this.#masked.waiting++;
    return true;
  }

  /** Words that a bit for each row takes. */
  get #bitWords(): number {
    return Math.ceil(this.#rows / 32);
  }

  /**
   * Admits the live rows whose slots have a bit: filtered scans find them alone. Returns how
   * many they are. The bits must not change afterwards: they are remembered.
   */
  admit(bits: Uint32Array): number {
    const { words, count } = this.liveOf(bits);
    this.#scratch.admitted.set(words);
    return count;
  }

  /** Of bits by slots, those of live rows of this arena, and how many they are. Likewise. */
  liveOf(bits: Uint32Array): BitsOfRows {
    const first = firstWord(this.base);
    return this.#maskedRows.liveOf(bits, first, first + this.#bitWords);
  }

  /** The same of all its rows, masked ones as well. */
  allOf(bits: Uint32Array): BitsOfRows {
    const first = firstWord(this.base);
    return this.#maskedRows.allOf(bits, first, first + this.#bitWords);
  }

  /** Admits live rows to the scans of another thread, which has scratch number `thread`. */
  admitFor(thread: number, bits: Uint32Array): void {
    const { words } = this.liveOf(bits);
    new Scratch(this.memory, this.geometry.scratch, thread).admitted.set(words);
  }

  /** Admits rows to the next walk, masked ones as well: those route. Returns how many. */
  admitToWalk(bits: Uint32Array): number {
    return copyBits(bits, firstWord(this.base), this.#scratch.admitted.subarray(0, this.#bitWords));
  }

  /** How many live rows have a bit, likewise. */
  countLive(bits: Uint32Array): number {
    const first = firstWord(this.base);
    return this.#maskedRows.countLive(bits, first, first + this.#bitWords);
  }

  /** Live rows in the graph. */
  get linked(): number {
    return Atomics.load(this.control, LINKED_LIVE) - this.#masked.linked;
  }

  /** Rows linked while they were live, deleted later or not. */
  get linkedEver(): number {
    return Atomics.load(this.control, LINKED_LIVE);
  }

  /** Entry point; -1 while the graph is empty. Its level is that of the row, which never changes. */
  get entryRow(): number {
    return this.#in.entryRow;
  }

  /** Rows that wait to be linked, lowest first, quarantined ones included. */
  *waitingRows(): Generator<number> {
    const { kernel } = this;
    const start = this.advanceWindow();
    yield* this.#quarantined.filter((row) => (kernel.stateGet(row) & (L.LINKED | L.MASKED)) === 0);
    for (let row = start; row < this.#rows; row++) {
      if ((kernel.stateGet(row) & (L.LINKED | L.MASKED)) === 0) yield row;
    }
  }

  /** Live rows that cannot be linked: found by the exact scan alone. */
  get quarantined(): number {
    return Atomics.load(this.control, QUARANTINED_LIVE) - this.#masked.quarantined;
  }

  /** Live rows that wait to be linked. */
  get pending(): number {
    const { control } = this;
    const left = Atomics.load(control, LINKED_LIVE) + Atomics.load(control, QUARANTINED_LIVE);
    return this.#rows - this.#masked.waiting - left;
  }

  get masked(): number {
    const { waiting, quarantined, linked } = this.#masked;
    return waiting + quarantined + linked;
  }

  /** How many of the rows from `row` on are masked. */
  maskedFrom(row: number): number {
    return this.#maskedRows.countFrom(row);
  }

  get live(): number {
    return this.#rows - this.masked;
  }

  /** The key of a row: a number where that is exact, else a bigint. */
  keyOf(row: number): Id {
    return this.parts.keyOf(row);
  }

  /** The float32 vector of a live row; a view where the arena keeps it: valid until that grows. */
  vectorOf(row: number, into?: Float32Array): Float32Array {
    return this.codes.fetch(this.keyOf(row), into) ?? this.parts.vectorOf(row);
  }

  /** Vectors that this thread compared exactly since the last call. */
  takeCompared(): number {
    return this.#scratch.takeCompared();
  }

  /** By what a distance on codes to the query that was set may be off: see Scratch. */
  get queryErrors(): { perRow: number; own: number } {
    return this.#scratch.queryErrors;
  }

  /** What the last filtered walk became: WAY_*. */
  get way(): number {
    return this.#scratch.way;
  }

  /** Rows that the last walk of this thread met; `filtered`: it was one of those that have a way of their own. */
  visitedRows(filtered: boolean): Generator<number> {
    return this.#scratch.visitedRows(this.#rows, filtered && this.way === L.WAY_AMONG);
  }

  /** Words of the result list: see Scratch. */
  get results(): Uint32Array {
    return this.#scratch.results;
  }

  /** Words of the beam, likewise. */
  get beam(): Uint32Array {
    return this.#scratch.beam;
  }

  /**
   * Moves the start of the window up to the first row that still waits, and returns it. Rows only ever leave
   * the window; quarantined rows that are passed are remembered, because they are scanned for good.
   */
  advanceWindow(): number {
    let at = this.#windowStart;
    for (; at < this.#rows; at++) {
      const state = this.kernel.stateGet(at);
      if ((state & (L.LINKED | L.MASKED | L.QUARANTINED)) === 0) break;
      if ((state & (L.LINKED | L.MASKED)) === 0) this.#quarantined.push(at);
    }
    this.#windowStart = at;
    return at;
  }

  /** Quarantined rows below the window. */
  get quarantinedBelow(): readonly number[] {
    return this.#quarantined;
  }

  /** A copy of all row states. */
  copyStates(): Uint8Array {
    return this.parts.copyStates(this.#rows);
  }

  /** A copy of `bytes` bytes of blocks, from offset `at`. */
  copyBlocks(at: number, bytes: number): Uint8Array {
    return this.#in.copyBlocks(at, bytes);
  }

  pasteBlocks(at: number, bytes: Uint8Array): void {
    this.#in.pasteBlocks(at, bytes);
  }

  /** Takes up rows whose blocks were pasted, with the states they had; cleans their links. */
  restore(rows: number, entryRow: number, states: Uint8Array): void {
    const { kernel, control } = this;
    this.#rows = rows;
    this.#in.setRows(rows);
    for (let row = 0; row < rows; row++) {
      const state = states[row]!;
      this.parts.setState(row, state);
      if (state & L.WIDE) this.wideRows.push(row);
      if (state & L.LINKED) {
        Atomics.add(control, LINKED_LIVE, 1);
        if (state & L.MASKED) this.#masked.linked++;
      } else if (state & L.QUARANTINED) {
        Atomics.add(control, QUARANTINED_LIVE, 1);
        if (state & L.MASKED) this.#masked.quarantined++;
      } else if (state & L.MASKED) this.#masked.waiting++;
      if (state & L.MASKED) this.#maskedRows.add(row);
    }
    for (let row = 0; row < rows; row++) kernel.clean(row);
    // Codes without an origin may have been copied while it was being settled: few rows, coded anew.
    this.codes.restored(rows, (row) => this.keyOf(row));
    this.copies.takeUp(rows);
    this.parts.restoreEntry(entryRow, rows);
  }

  isLive(row: number): boolean {
    return (this.kernel.stateGet(row) & L.MASKED) === 0;
  }

  *liveRows(): Generator<number> {
    for (let row = 0; row < this.#rows; row++) if (this.isLive(row)) yield row;
  }
}
