/*
 * Slots: the places of points, in the order in which their rows were written, whatever fields they have. Row numbers ascend with
 * them, so that a row is found by halving. A slot is given once, until compaction gives all of them anew.
 *
 * Only the thread that has the collection open reads and writes it. Rows are published here last, behind their fields.
 */
import { MaskedRows } from '../hnsw/masked.js';

/** Slots of a chunk. */
const CHUNK_BITS = 13;
const CHUNK = 1 << CHUNK_BITS;
/** The first chunk begins with so many: there may be thousands of small collections. */
const LEAST = 32;

export class Slots {
  readonly #numbers: Float64Array[] = [];
  readonly #masked = new MaskedRows();
  /** Slots that there is memory for. */
  #room = 0;
  #count = 0;
  #dead = 0;
  #live: { readonly version: number; readonly bits: Uint32Array } | undefined;

  /** Slots given, of rows that live or not: all are below. */
  get count(): number {
    return this.#count;
  }

  /** Rows that live. */
  get live(): number {
    return this.#count - this.#dead;
  }

  /** Rows that were replaced or deleted. */
  get dead(): number {
    return this.#dead;
  }

  get bytes(): number {
    return 8 * this.#room + this.#masked.bytes;
  }

  /** Number of the last row; 0 if there is none. */
  get lastRow(): number {
    return this.#count === 0 ? 0 : this.rowAt(this.#count - 1);
  }

  /** Another number whenever rows came or went. */
  get version(): number {
    return this.#count + this.#dead; // both only grow
  }

  /** A bit for each slot whose row lives; not to be changed. */
  get liveBits(): Uint32Array {
    const { version } = this;
    if (this.#live?.version !== version) {
      const bits = new Uint32Array((this.#count + 31) >>> 5).fill(0xffff_ffff);
      if (this.#count % 32 !== 0) bits[bits.length - 1] = 2 ** (this.#count % 32) - 1;
      this.#live = { version, bits: this.#masked.liveOf(bits, 0, bits.length).words };
    }
    return this.#live.bits;
  }

  /** Gives a row the next slot. */
  add(row: number): void {
    const slot = this.#count;
    if (slot === this.#room) this.#grow(slot + 1);
    this.#numbers[slot >>> CHUNK_BITS]![slot & (CHUNK - 1)] = row;
    this.#count = slot + 1;
  }

  /** Gets the memory for so many more. */
  reserve(count: number): void {
    if (this.#count + count > this.#room) this.#grow(this.#count + count);
  }

  #grow(least: number): void {
    const [first] = this.#numbers;
    if (!first || first.length < CHUNK) {
      let length = Math.max(LEAST, 2 * this.#room);
      while (length < Math.min(least, CHUNK)) length *= 2;
      this.#numbers[0] = new Float64Array(length);
      if (first) this.#numbers[0].set(first);
      this.#room = length;
    }
    for (; this.#room < least; this.#room += CHUNK) this.#numbers.push(new Float64Array(CHUNK));
  }

  /** The same slots, to which others may be added. */
  copy(): Slots {
    const copy = new Slots();
    copy.reserve(this.#count);
    for (let slot = 0; slot < this.#count; slot++) {
      copy.add(this.rowAt(slot));
      if (!this.isLiveAt(slot)) copy.mask(slot);
    }
    return copy;
  }

  /** The row of a slot; 0 of one that was not given. */
  rowAt(slot: number): number {
    return this.#numbers[slot >>> CHUNK_BITS]?.[slot & (CHUNK - 1)] ?? 0;
  }

  isLiveAt(slot: number): boolean {
    return slot < this.#count && !this.#masked.has(slot);
  }

  /** The slot of a row that lives. */
  slotOf(row: number): number | undefined {
    const slot = this.slotBehind(row) - 1;
    return slot >= 0 && this.rowAt(slot) === row && this.isLiveAt(slot) ? slot : undefined;
  }

  /** The slot of the first row whose number is above `row`; that behind the last where there is none. */
  slotBehind(row: number): number {
    let low = 0;
    let high = this.#count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.rowAt(middle) <= row) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** The row of a slot lives no more. False if it did not. */
  mask(slot: number): boolean {
    if (this.#masked.has(slot)) return false;
    this.#masked.add(slot);
    this.#dead++;
    return true;
  }

  /** Those of rows that live, ascending, as they are when they are asked for: from slot `from` on. */
  *alive(from = 0): Generator<number> {
    for (let slot = from; slot < this.#count; slot++) if (this.isLiveAt(slot)) yield slot;
  }

  /** How many bits are set of rows that live. */
  countLive(bits: Uint32Array): number {
    return this.#masked.countLive(bits, 0, (this.#count + 31) >>> 5);
  }
}
