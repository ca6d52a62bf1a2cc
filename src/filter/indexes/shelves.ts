/*
 * Entries in the order of a key, so that a region is answered in large pieces: buckets of some hundred entries,
 * grouped in shelves of a thirty-second of all, which have dense sets of their rows. Whole shelves of a region are
 * taken from these sets; in the shelves at its edges, the rows of whole buckets are added one by one, and entries
 * are tested in the buckets at its edges alone.
 */
import { countOnes } from '../../base/ones.js';
import { newBits } from '../bits.js';
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';
import { Bucket, type Space } from './bucket.js';
import { dumpBuckets, loadBuckets } from './bucket-dump.js';
import { ALL, type Columns, NONE, type Region, type Share, SOME } from './region.js';
import { lastUpTo, Shelf } from './shelf.js';
import { ShelfRows } from './shelf-rows.js';

/** Shelves of rows with one entry; of others, where each set of a run is gone through. */
const SHELVES = 32;
const SHELVES_APART = 16;
/** A shelf of fewer entries is not split; nor is one of fewer than this part of all rows: a set is of all rows. */
const SHELF_MIN = 8_192;
const SHELF_MIN_PART = 1 / 64;
/** Two shelves are joined for another one to be split if they have so much less than it. */
const JOIN_BELOW = 0.75;

/** A region of more than this part of all entries is told by what is not in it. */
const MOST = 0.6;

export class Shelves {
  readonly #space: Space;
  #shelves: Shelf[] = [];
  #entries = 0;
  /** Slots are below. */
  #end = 0;
  readonly #rows: ShelfRows;
  /** Most shelves. */
  readonly #most: number;

  /** If `single`, a row has one entry at most. */
  constructor(space: Space, single: boolean) {
    this.#space = space;
    this.#rows = new ShelfRows(single);
    this.#most = single ? SHELVES : SHELVES_APART;
  }

  get entries(): number {
    return this.#entries;
  }

  get #shelfMax(): number {
    return Math.max(SHELF_MIN, this.#entries / this.#most, this.#end * SHELF_MIN_PART);
  }

  /** Adds an entry: a point, and the row it is of, which does not come before the row of the last entry. */
  add(columns: Columns, at: number, slot: number): void {
    const key = this.#space.keyOf(columns, at);
    if (this.#shelves.length === 0) this.#shelves.push(new Shelf(this.#space, [new Bucket(this.#space)]));
    const place = lastUpTo(this.#shelves, key);
    const shelf = this.#shelves[place]!;
    shelf.add(columns, at, slot, key);
    this.#rows.add(place, slot);
    this.#entries++;
    this.#end = slot + 1;
    if (shelf.entries > this.#shelfMax && shelf.buckets.length > 1) this.#split(shelf);
  }

  #split(shelf: Shelf): void {
    if (this.#shelves.length >= this.#most && !this.#joinSmallest(shelf.entries)) return;
    const place = this.#shelves.indexOf(shelf);
    const [left, right] = shelf.split();
    this.#shelves.splice(place, 1, left, right);
    if (this.#shelves.length === 2) this.#rows.build(this.#shelves, this.#end);
    else this.#rows.split(place, left, right);
  }

  /** Makes two shelves one, which are next to each other and together well below `entries`, if there are such. */
  #joinSmallest(entries: number): boolean {
    let place = -1;
    let least = JOIN_BELOW * entries;
    for (let i = 0; i + 1 < this.#shelves.length; i++) {
      const sum = this.#shelves[i]!.entries + this.#shelves[i + 1]!.entries;
      if (sum >= least) continue;
      place = i;
      least = sum;
    }
    if (place < 0) return false;
    this.#shelves.splice(place, 2, this.#shelves[place]!.join(this.#shelves[place + 1]!));
    this.#rows.join(place);
    return true;
  }

  /** Adds the rows with an entry in the region. */
  mark(region: Region, words: Uint32Array, rows: number): void {
    let held = 0;
    for (const shelf of this.#shelves) held += shelf.look(region);
    const { opposite } = region;
    if (opposite && this.#rows.single && this.#shelves.length > 1 && held > MOST * this.#entries) {
      const others = newBits(rows);
      this.#mark(NONE, opposite, others, rows);
      this.#rows.markBut(others, words, rows);
    } else this.#mark(ALL, region, words, rows);
  }

  /** Adds the rows of shelves and buckets with the share `whole`, and of entries in the region where it is SOME. */
  #mark(whole: Share, region: Region, words: Uint32Array, rows: number): void {
    const shelves = this.#shelves;
    for (let i = 0; i < shelves.length; i++) {
      const first = i;
      let entries = 0;
      for (; i < shelves.length && shelves[i]!.share === whole; i++) entries += shelves[i]!.entries;
      if (i > first) this.#markWhole(first, i, entries, words, rows);
      if (i < shelves.length && shelves[i]!.share === SOME) shelves[i]!.markSome(whole, region, words, rows);
    }
  }

  #markWhole(first: number, end: number, entries: number, words: Uint32Array, rows: number): void {
    if (this.#shelves.length > 1 && entries >= this.#rows.cost(first, end - 1))
      this.#rows.mark(first, end - 1, words, rows);
    else for (let i = first; i < end; i++) this.#shelves[i]!.markAll(words, rows);
  }

  dump(out: BlockWriter): Iterable<Uint8Array> {
    return dumpBuckets(
      this.#shelves.flatMap((shelf) => shelf.buckets),
      out,
    );
  }

  load(from: BlockReader, rows: number): void {
    const buckets: Bucket[] = [];
    try {
      loadBuckets(from, this.#space, rows, buckets);
      this.#entries = buckets.reduce((sum, bucket) => sum + bucket.count, 0);
      this.#end = rows;
      if (this.#rows.single) this.#checkSingle(buckets);
    } catch (error) {
      for (const bucket of buckets) bucket.dispose();
      throw error;
    }
    this.#fill(buckets);
  }

  #checkSingle(buckets: readonly Bucket[]): void {
    const all = newBits(this.#end);
    for (const bucket of buckets) bucket.markAll(all, this.#end);
    if (countOnes(all) !== this.#entries) throw malformed('a row has several entries');
  }

  #fill(buckets: readonly Bucket[]): void {
    let some: Bucket[] = [];
    let count = 0;
    for (const bucket of buckets) {
      some.push(bucket);
      count += bucket.count;
      if (count < this.#shelfMax && bucket !== buckets.at(-1)) continue;
      this.#shelves.push(new Shelf(this.#space, some));
      some = [];
      count = 0;
    }
    if (this.#shelves.length > 1) this.#rows.build(this.#shelves, this.#end);
  }

  dispose(): void {
    for (const shelf of this.#shelves) shelf.dispose();
    this.#rows.dispose();
    this.#shelves = [];
    this.#entries = 0;
  }
}
