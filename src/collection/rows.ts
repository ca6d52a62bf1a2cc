/*
 * Rows of a collection in memory: row number ↔ slot, which of them live, and how far the sequence has come.
 */
import { bitsOf } from '../filter/bits.js';
import { PatchesMade } from './patches-made.js';
import type { Slots } from './slots.js';

/** Changed by replaying (replay.ts), by a row that is found to be lost, and by compaction, which gives other slots. */
export class Rows {
  #slots: Slots;
  #seq: number;
  readonly #patches = new PatchesMade();

  /** `seq`: up to which sequence number the rows are there. */
  constructor(slots: Slots, seq: number) {
    this.#slots = slots;
    this.#seq = seq;
  }

  /** The same rows as far as they live, in other slots. */
  moveTo(slots: Slots): void {
    this.#slots = slots;
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
    return this.#slots.count;
  }

  /** Rows that live. */
  get count(): number {
    return this.#slots.live;
  }

  /** Number of the last row that was published; 0 if none was. */
  get lastRow(): number {
    return this.#slots.lastRow;
  }

  /** The row number of a slot. */
  rowAt(slot: number): number {
    return this.#slots.rowAt(slot);
  }

  isLiveAt(slot: number): boolean {
    return this.#slots.isLiveAt(slot);
  }

  /** How many live rows have a bit by their slots. */
  countLive(bits: Uint32Array): number {
    return this.#slots.countLive(bits);
  }

  /** The slot of a row that lives. */
  slotOf(row: number): number | undefined {
    return this.#slots.slotOf(row);
  }

  /** Whether a row lives. */
  has(row: number): boolean {
    return this.slotOf(row) !== undefined;
  }

  /** Numbers of the live rows behind row `after`, ascending. */
  *live(after: number = 0): Generator<number> {
    for (const slot of this.#slots.alive(this.#slots.slotBehind(after))) yield this.rowAt(slot);
  }

  /** Row numbers of the live rows that have a bit by their slots, ascending: the first `most` behind row `after`. */
  of(bits: Uint32Array, after: number = 0, most: number = Infinity): number[] {
    const found: number[] = [];
    for (const slot of bitsOf(bits, this.#slots.slotBehind(after))) {
      if (found.length === most) break;
      if (this.isLiveAt(slot)) found.push(this.rowAt(slot));
    }
    return found;
  }
}
