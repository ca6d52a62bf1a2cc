/*
 * Rows of a collection in the arenas of its engine: row number ↔ slot, which of them live, how far the sequence has
 * come, and how long the oldest row has waited to be linked. Row numbers are the keys of the rows, each greater than all
 * before it, so they are found in the arenas themselves, by halving.
 */

import { bitsOf } from '../filter/bits.js';
import type { Arena } from '../hnsw/arena.js';
import type { Engine } from '../hnsw/engine.js';
import { beginsWord } from '../hnsw/slots.js';
import { Arrivals } from './arrivals.js';
import { PatchesMade } from './patches-made.js';

/** Changed by replaying (replay.ts), by a row that is found to be lost, and by compaction, which brings another engine. */
export class Rows {
  #engine: Engine;
  #seq: number;
  readonly #patches = new PatchesMade();
  readonly #arrivals: Arrivals;

  /** `seq`: up to which sequence number the engine has the rows. */
  constructor(engine: Engine, seq: number) {
    this.#engine = engine;
    this.#seq = seq;
    this.#arrivals = new Arrivals(engine.platform.time);
  }

  get engine(): Engine {
    return this.#engine;
  }

  /** The same rows as far as they live, in other slots. */
  moveTo(engine: Engine): void {
    this.#engine = engine;
  }

  /** Sequence number of the last operation that searches see. */
  get seq(): number {
    return this.#seq;
  }

  /** Operations up to `seq` are seen from here on, of which so many were patches of payloads. */
  advance(seq: number, patches = 0): void {
    this.#patches.note(this.#seq, seq, patches);
    this.#seq = Math.max(this.#seq, seq);
  }

  /** How many operations behind a sequence number wrote or deleted rows; the rest patched payloads. */
  changedSince(seq: number): number {
    return this.#seq - seq - this.#patches.since(seq);
  }

  /** Rows that were ever published here: their slots are below. */
  get slots(): number {
    return this.#engine.slots;
  }

  /** Number of the last row that was published; 0 if none was. */
  get lastRow(): number {
    return lastRow(this.#engine);
  }

  /** The row number of a slot. */
  rowAt(slot: number): number {
    return Number(this.#engine.keyAt(slot));
  }

  /** The slot of a row that lives. */
  slotOf(row: number): number | undefined {
    return slotOf(this.#engine, row);
  }

  /** Whether a row lives in the arenas. */
  has(row: number): boolean {
    return this.slotOf(row) !== undefined;
  }

  /** Numbers of the live rows, ascending. */
  *live(): Generator<number> {
    for (const slot of liveSlots(this.#engine)) yield this.rowAt(slot);
  }

  /** Row numbers of the live rows that have a bit by their slots, ascending: the first `most` behind row `after`. */
  of(bits: Uint32Array, after: number = 0, most: number = Infinity): number[] {
    const found: number[] = [];
    for (const slot of bitsOf(bits, slotBehind(this.#engine, after))) {
      if (found.length === most) break;
      if (this.#engine.isLiveAt(slot)) found.push(this.rowAt(slot));
    }
    return found;
  }

  /** The lowest row number that waits to be linked; 0 if none does. */
  get oldestPending(): number {
    return oldestPending(this.#engine);
  }

  /** Rows from number `row` on came now. */
  arrived(row: number): void {
    this.#arrivals.note(row, this.oldestPending);
  }

  /** All rows that wait have done so for `waitedMs`. */
  inherit(waitedMs: number): void {
    this.#arrivals.inherit(waitedMs);
  }

  /** How long the row that waits longest has waited. */
  get oldestPendingMs(): number {
    return this.#arrivals.waitedMs(this.oldestPending);
  }

  /** How many rows lie between the first that waits and row number `row`. */
  waitingBelow(row: number): number {
    return waitingBelow(this.#engine, row);
  }

  /** Up to which sequence number everything is linked, masked or in quarantine. */
  get indexedSeq(): number {
    const oldest = this.oldestPending;
    return oldest === 0 ? this.#seq : oldest - 1;
  }
}

/** The row number of a slot. */
export function rowAt(engine: Engine, slot: number): number {
  return Number(engine.keyAt(slot));
}

/** The slot of a row that lives. */
export function slotOf(engine: Engine, row: number): number | undefined {
  const { arenas } = engine;
  for (let i = arenas.length - 1; i >= 0; i--) {
    const arena = arenas[i]!;
    if (arena.rows === 0 || arena.keyOf(0) > row) continue;
    const at = lastUpTo(arena, row);
    return arena.keyOf(at) === row && arena.isLive(at) ? arena.base + at : undefined;
  }
  return undefined;
}

/** The slot of the first row whose number is above `row`; that behind the last where none is. */
function slotBehind(engine: Engine, row: number): number {
  const arena = engine.arenas.find((one) => one.rows > 0 && one.keyOf(one.rows - 1) > row);
  if (!arena) return engine.slots;
  return arena.base + (arena.keyOf(0) > row ? 0 : lastUpTo(arena, row) + 1);
}

/** The last row of an arena whose number is at most `row`; its first is. */
function lastUpTo(arena: Arena, row: number): number {
  let low = 0;
  let high = arena.rows;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (arena.keyOf(middle) <= row) low = middle;
    else high = middle;
  }
  return low;
}

/** Number of the last row, 0 if there is none. */
export function lastRow(engine: Engine): number {
  const { slots } = engine;
  return slots === 0 ? 0 : rowAt(engine, slots - 1);
}

/** Slots of the rows that live, ascending, as they are when they are asked for: those behind row number `after`. */
export function* liveSlots(engine: Engine, after = 0): Generator<number> {
  for (const arena of engine.arenas) {
    const first = arena.rows === 0 || arena.keyOf(0) > after ? 0 : lastUpTo(arena, after) + 1;
    for (let row = first; row < arena.rows; row++) if (arena.isLive(row)) yield arena.base + row;
  }
}

/** The lowest row number that waits to be linked; 0 if none does. */
function oldestPending(engine: Engine): number {
  for (const arena of engine.arenas) {
    const row = arena.advanceWindow();
    if (row < arena.rows) return Number(arena.keyOf(row));
  }
  return 0;
}

/** How many rows lie between the first that waits and row number `row`. */
function waitingBelow(engine: Engine, row: number): number {
  let rows = 0;
  for (const arena of engine.arenas) {
    for (let at = arena.advanceWindow(); at < arena.rows && arena.keyOf(at) < row; at++) rows++;
  }
  return rows;
}

/** Whether row numbers ascend from arena to arena, and each begins with a word of bits by slots, as filters need it. */
export function inOrder(engine: Engine): boolean {
  let last = -1;
  for (const arena of engine.arenas) {
    if (arena.rows === 0) continue;
    if (arena.keyOf(0) <= last || !beginsWord(arena.base)) return false;
    last = Number(arena.keyOf(arena.rows - 1));
  }
  return true;
}
