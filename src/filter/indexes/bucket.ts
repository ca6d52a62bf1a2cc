/*
 * Entries whose keys lie together: points with the rows they are of, in no order, and the box around them. A bucket
 * that is full is split; one of many entries at a single point is sealed instead, and keeps them as a bitmap.
 */
import { Bitmap } from '../bitmap.js';
import { setBit } from '../bits.js';
import { ALL, type Columns, NONE, type Region } from './region.js';

const ROOM_MIN = 16;

/** The points of an index, and their order. */
export interface Space {
  /** How many coordinates a point has. */
  readonly width: number;
  /** How many entries make a bucket full: those of a bucket at the edge of a region are tested one by one. */
  readonly bucketEntries: number;
  /** The place of a point in the order of buckets. */
  keyOf(columns: Columns, at: number): number;
}

export class Bucket {
  /** The least key of its entries. */
  least: number = Number.POSITIVE_INFINITY;
  readonly low: Float64Array;
  readonly high: Float64Array;
  count = 0;
  columns: Float64Array[];
  slots: Uint32Array;
  /** The rows of a sealed bucket, which has neither columns nor slots. */
  sealed: Bitmap | undefined;
  readonly #space: Space;
  #full: number;

  constructor(space: Space, room: number = ROOM_MIN) {
    const { width } = space;
    this.#space = space;
    this.#full = space.bucketEntries;
    this.low = new Float64Array(width).fill(Number.POSITIVE_INFINITY);
    this.high = new Float64Array(width).fill(Number.NEGATIVE_INFINITY);
    this.columns = Array.from({ length: width }, () => new Float64Array(room));
    this.slots = new Uint32Array(room);
  }

  get isFull(): boolean {
    return this.sealed === undefined && this.count >= this.#full;
  }

  /** Whether an entry may be added: a sealed bucket takes those at its point. */
  takes(columns: Columns, at: number): boolean {
    return this.sealed === undefined || this.low.every((value, c) => value === columns[c]![at]);
  }

  add(columns: Columns, at: number, slot: number, key: number): void {
    if (this.sealed) {
      this.sealed.add(slot);
      this.count++;
      return;
    }
    if (this.count === this.slots.length) this.#grow();
    for (let c = 0; c < columns.length; c++) this.columns[c]![this.count] = columns[c]![at]!;
    this.slots[this.count++] = slot;
    if (key < this.least) this.least = key;
    extend(this.low, this.high, columns, at);
  }

  #grow(): void {
    const room = Math.max(ROOM_MIN, Math.ceil(this.count * 1.5));
    this.columns = this.columns.map((column) => {
      const larger = new Float64Array(room);
      larger.set(column);
      return larger;
    });
    const slots = new Uint32Array(room);
    slots.set(this.slots);
    this.slots = slots;
  }

  /**
   * Two buckets with the entries of this one, which stays as it is: a dump may be about to read it. Undefined where
   * all keys are equal: then it is sealed, or may grow further if only its keys are.
   */
  split(): [Bucket, Bucket] | undefined {
    const { columns, count, slots } = this;
    const keys = Float64Array.from({ length: count }, (_, i) => this.#space.keyOf(columns, i));
    const sorted = keys.slice().sort();
    const median = sorted[count >>> 1]!;
    const pivot = median > sorted[0]! ? median : sorted.find((key) => key > median);
    if (pivot === undefined) {
      if (this.low.every((value, c) => value === this.high[c]))
        this.seal(new Bitmap(slots.subarray(0, count)));
      else this.#full *= 2;
      return undefined;
    }
    const lower = keys.reduce((sum, key) => sum + Number(key < pivot), 0);
    const halves: [Bucket, Bucket] = [new Bucket(this.#space, lower), new Bucket(this.#space, count - lower)];
    for (let i = 0; i < count; i++) halves[keys[i]! < pivot ? 0 : 1].add(columns, i, slots[i]!, keys[i]!);
    return halves;
  }

  /** Keeps the rows of its one point, which are these, as a bitmap. */
  seal(rows: Bitmap): void {
    this.sealed = rows;
    this.count = rows.size;
    this.columns = [];
    this.slots = new Uint32Array(0);
  }

  mark(region: Region, words: Uint32Array, rows: number): void {
    const share = region.share(this.low, this.high);
    if (share === NONE) return;
    if (this.sealed) {
      if (share === ALL || region.has(columnsOf(this.low), 0)) this.sealed.markInto(words, rows);
      return;
    }
    const { columns, count, slots } = this;
    if (share === ALL) markSlots(slots, count, words, rows);
    else
      for (let i = 0; i < count; i++)
        if (slots[i]! < rows && region.has(columns, i)) setBit(words, slots[i]!);
  }
}

function markSlots(slots: Uint32Array, count: number, words: Uint32Array, rows: number): void {
  for (let i = 0; i < count; i++) {
    const slot = slots[i]!;
    if (slot < rows) words[slot >>> 5]! |= 1 << slot;
  }
}

/** A point as columns of one entry. */
export function columnsOf(point: Float64Array): Float64Array[] {
  return Array.from(point, (_, c) => point.subarray(c, c + 1));
}

/** Makes a box large enough for an entry. */
export function extend(low: Float64Array, high: Float64Array, columns: Columns, at: number): void {
  for (let c = 0; c < low.length; c++) {
    const value = columns[c]![at]!;
    if (value < low[c]!) low[c] = value;
    if (value > high[c]!) high[c] = value;
  }
}
