/*
 * Entries whose keys lie together: points with the rows they are of, in the order of rows, and the box around them. A
 * bucket that is full is split; one of many entries at a single point is sealed instead: it keeps their rows alone,
 * in the end as a bitmap.
 */
import { Bitmap } from '../bitmap.js';
import { countBelow, setSlots } from '../bits.js';
import { type Columns, type Entries, NONE, type Region, type Share } from './region.js';

const ROOM_MIN = 16;
/** Room to spare is kept small: entries are most of the memory of an index. */
const GROWTH = 1.125;
/** A sealed bucket of more is a bitmap. Of fewer, that takes half the memory, and a third more time to read. */
const SLOTS_MAX = 16_384;

/** The points of an index, and their order. */
export interface Space {
  /** How many coordinates a point has. */
  readonly width: number;
  /** How many entries make a bucket full: those of a bucket at the edge of a region are tested one by one. */
  readonly bucketEntries: number;
  /** The place of a point in the order of buckets. */
  keyOf(columns: Columns, at: number): number;
}

export class Bucket implements Entries {
  /** The least key of its entries. */
  least: number = Number.POSITIVE_INFINITY;
  readonly low: Float64Array;
  readonly high: Float64Array;
  count = 0;
  columns: Float64Array[];
  /** They ascend: those of one row follow each other. */
  slots: Uint32Array;
  /** Whether all entries are at one point: it has no columns, and takes no others. */
  isSealed = false;
  /** The rows of a sealed bucket of many, which has no slots. */
  #rows: Bitmap | undefined;
  /** Which of its entries the region holds that is asked for at the moment. */
  share: Share = NONE;
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
    return !this.isSealed && this.count >= this.#full;
  }

  /** Whether an entry may be added: a sealed bucket takes those at its point. */
  takes(columns: Columns, at: number): boolean {
    return !this.isSealed || this.low.every((value, c) => value === columns[c]![at]);
  }

  add(columns: Columns, at: number, slot: number, key: number): void {
    if (this.#rows) {
      this.#rows.add(slot);
      this.count++;
      return;
    }
    if (this.count === this.slots.length) this.#grow();
    for (let c = 0; c < this.columns.length; c++) this.columns[c]![this.count] = columns[c]![at]!;
    this.slots[this.count++] = slot;
    if (this.isSealed) {
      if (this.count > SLOTS_MAX) this.#compress();
      return;
    }
    if (key < this.least) this.least = key;
    extend(this.low, this.high, columns, at);
  }

  #grow(): void {
    const room = Math.max(ROOM_MIN, Math.ceil(this.count * GROWTH));
    // One that may be full soon gets no more than it takes.
    const enough = this.count < this.#full ? Math.min(room, this.#full) : room;
    this.columns = this.columns.map((column) => {
      const larger = new Float64Array(enough);
      larger.set(column);
      return larger;
    });
    const slots = new Uint32Array(enough);
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
      if (this.low.every((value, c) => value === this.high[c])) this.#seal();
      else this.#full *= 2;
      return undefined;
    }
    const lower = keys.reduce((sum, key) => sum + Number(key < pivot), 0);
    const halves: [Bucket, Bucket] = [new Bucket(this.#space, lower), new Bucket(this.#space, count - lower)];
    for (let i = 0; i < count; i++) halves[keys[i]! < pivot ? 0 : 1].add(columns, i, slots[i]!, keys[i]!);
    return halves;
  }

  #seal(): void {
    this.isSealed = true;
    this.columns = [];
  }

  #compress(): void {
    this.#rows = new Bitmap(this.slots.subarray(0, this.count));
    this.count = this.#rows.size;
    this.slots = new Uint32Array(0);
  }

  /** Becomes a sealed one with the rows of a bitmap, which is its own from now on, at the point of its one entry. */
  sealWith(rows: Bitmap): void {
    this.#seal();
    this.count = rows.size;
    this.slots = new Uint32Array(0);
    if (this.count > SLOTS_MAX) this.#rows = rows;
    else {
      this.slots = Uint32Array.from(rows.toArray());
      rows.dispose();
    }
  }

  /** The rows of a sealed one, as a bitmap writes them. */
  dumpRows(): Uint8Array {
    if (this.#rows) return this.#rows.dump();
    const rows = new Bitmap(this.slots.subarray(0, this.count));
    const bytes = rows.dump();
    rows.dispose();
    return bytes;
  }

  look(region: Region): Share {
    this.share = region.share(this.low, this.high);
    return this.share;
  }

  /** Adds all rows. */
  markAll(words: Uint32Array, rows: number): void {
    if (this.#rows) this.#rows.markInto(words, rows);
    else setSlots(words, this.slots, countBelow(this.slots, this.count, rows));
  }

  /** Adds the rows of those entries that a region holds, some of which it does. */
  markSome(region: Region, words: Uint32Array, rows: number): void {
    region.mark(this, countBelow(this.slots, this.count, rows), words);
  }

  dispose(): void {
    this.#rows?.dispose();
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
