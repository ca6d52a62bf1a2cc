/*
 * Entries in the order of a key, so that a region is answered in large pieces: buckets of some thousand entries,
 * grouped in shelves of an eighth of all, each with a bitmap of its rows. A range ORs the bitmaps of the shelves
 * that lie within it, the rows of the buckets that do, and tests entries in the buckets at its edges alone.
 */
import { Bitmap } from '../bitmap.js';
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';
import { Bucket, columnsOf, type Space } from './bucket.js';
import type { Columns, Region } from './region.js';
import { lastUpTo, Shelf } from './shelf.js';

/** A shelf of fewer entries is not split: its bitmap would not be worth its while. */
const SHELF_MIN = 32_768;
const SHELVES = 8;

/** Before a bucket in a dump; after the last one. */
const OPEN = 1;
const SEALED = 2;
const END = 0;

export class Shelves {
  readonly #space: Space;
  #shelves: Shelf[] = [];
  #entries = 0;

  constructor(space: Space) {
    this.#space = space;
  }

  get entries(): number {
    return this.#entries;
  }

  get #shelfMax(): number {
    return Math.max(SHELF_MIN, this.#entries / SHELVES);
  }

  /** Adds an entry: a point, and the row it is of. */
  add(columns: Columns, at: number, slot: number): void {
    const key = this.#space.keyOf(columns, at);
    if (this.#shelves.length === 0) this.#shelves.push(new Shelf(this.#space, [new Bucket(this.#space)]));
    const place = lastUpTo(this.#shelves, key);
    const shelf = this.#shelves[place]!;
    shelf.add(columns, at, slot, key);
    this.#entries++;
    if (shelf.entries > this.#shelfMax && shelf.buckets.length > 1)
      this.#shelves.splice(place, 1, ...shelf.split());
  }

  /** Adds the rows with an entry in the region. */
  mark(region: Region, words: Uint32Array, rows: number): void {
    for (const shelf of this.#shelves) shelf.mark(region, words, rows);
  }

  *dump(out: BlockWriter): Generator<Uint8Array> {
    // A bucket that is split while blocks are taken stays here as it was.
    for (const bucket of this.#shelves.flatMap((shelf) => shelf.buckets)) {
      if (bucket.count === 0) continue;
      dumpBucket(bucket, out);
      if (out.full) yield* out.blocks();
    }
    out.uint(END);
  }

  load(from: BlockReader, rows: number): void {
    const buckets: Bucket[] = [];
    try {
      this.#loadBuckets(from, rows, buckets);
    } catch (error) {
      for (const bucket of buckets) bucket.sealed?.dispose();
      throw error;
    }
    this.#entries = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
    let some: Bucket[] = [];
    let count = 0;
    for (const bucket of buckets) {
      some.push(bucket);
      count += bucket.count;
      if (count < this.#shelfMax / 2) continue;
      this.#shelves.push(new Shelf(this.#space, some));
      some = [];
      count = 0;
    }
    if (some.length > 0) this.#shelves.push(new Shelf(this.#space, some));
  }

  #loadBuckets(from: BlockReader, rows: number, buckets: Bucket[]): void {
    for (let mark = from.uint(); mark !== END; mark = from.uint()) {
      if (mark !== OPEN && mark !== SEALED) throw malformed('an unknown kind of bucket');
      const bucket = mark === OPEN ? this.#loadOpen(from, rows) : this.#loadSealed(from, rows);
      if (bucket.count === 0) {
        bucket.sealed?.dispose();
        continue;
      }
      const last = buckets.at(-1);
      buckets.push(bucket);
      if (last && bucket.least < last.least) throw malformed('buckets out of order');
    }
  }

  #loadOpen(from: BlockReader, rows: number): Bucket {
    const count = from.uint();
    const columns = Array.from({ length: this.#space.width }, () => finite(from.floats(count)));
    const slots = from.uints(count);
    const kept = slots.reduce((sum, slot) => sum + Number(slot < rows), 0);
    const bucket = new Bucket(this.#space, kept);
    for (let i = 0; i < count; i++)
      if (slots[i]! < rows) bucket.add(columns, i, slots[i]!, this.#space.keyOf(columns, i));
    return bucket;
  }

  #loadSealed(from: BlockReader, rows: number): Bucket {
    const point = columnsOf(finite(from.floats(this.#space.width)));
    const bitmap = Bitmap.load(from.bytes(from.uint()), rows);
    const bucket = new Bucket(this.#space, 1);
    bucket.add(point, 0, 0, this.#space.keyOf(point, 0));
    bucket.seal(bitmap);
    return bucket;
  }

  dispose(): void {
    for (const shelf of this.#shelves) shelf.dispose();
    this.#shelves = [];
    this.#entries = 0;
  }
}

function dumpBucket({ sealed, low, columns, slots, count }: Bucket, out: BlockWriter): void {
  out.uint(sealed ? SEALED : OPEN);
  if (sealed) {
    const bytes = sealed.dump();
    out.numbers(low);
    out.uint(bytes.length);
    out.bytes(bytes);
    return;
  }
  out.uint(count);
  for (const column of columns) out.numbers(column.subarray(0, count));
  out.numbers(slots.subarray(0, count));
}

function finite(numbers: Float64Array): Float64Array {
  if (!numbers.every(Number.isFinite)) throw malformed('a coordinate is no number');
  return numbers;
}
