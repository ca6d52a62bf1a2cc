/* Buckets that are next to each other, with one bitmap of all their rows: what is asked of all is answered by it. */
import { Bitmap } from '../bitmap.js';
import { Bucket, extend, type Space } from './bucket.js';
import { ALL, type Columns, NONE, type Region } from './region.js';

/** The last of a list in the order of keys that begins at or before `key`; the first if none does. */
export function lastUpTo(list: readonly { readonly least: number }[], key: number): number {
  let low = 0;
  let high = list.length;
  while (high - low > 1) {
    const middle = (low + high) >>> 1;
    if (list[middle]!.least <= key) low = middle;
    else high = middle;
  }
  return low;
}

/** The rows of all entries, as a bitmap of its own. */
function rowsOf(buckets: readonly Bucket[]): Bitmap {
  const open = buckets.filter((bucket) => !bucket.sealed);
  const slots = new Uint32Array(open.reduce((sum, bucket) => sum + bucket.count, 0));
  let at = 0;
  for (const bucket of open) {
    slots.set(bucket.slots.subarray(0, bucket.count), at);
    at += bucket.count;
  }
  const rows = new Bitmap(slots.sort());
  for (const { sealed } of buckets) if (sealed) rows.addAll(sealed);
  return rows;
}

export class Shelf {
  readonly buckets: Bucket[];
  readonly #space: Space;
  readonly #rows: Bitmap;
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  entries = 0;

  /** At least one bucket; two shelves never have the same one. */
  constructor(space: Space, buckets: Bucket[]) {
    this.#space = space;
    this.#rows = rowsOf(buckets);
    this.buckets = buckets;
    this.#low = buckets[0]!.low.slice();
    this.#high = buckets[0]!.high.slice();
    for (const bucket of buckets) {
      this.entries += bucket.count;
      for (let c = 0; c < this.#low.length; c++) {
        this.#low[c] = Math.min(this.#low[c]!, bucket.low[c]!);
        this.#high[c] = Math.max(this.#high[c]!, bucket.high[c]!);
      }
    }
  }

  get least(): number {
    return this.buckets[0]!.least;
  }

  add(columns: Columns, at: number, slot: number, key: number): void {
    const place = this.#placeOf(columns, at, key);
    const bucket = this.buckets[place]!;
    bucket.add(columns, at, slot, key);
    this.#rows.add(slot);
    this.entries++;
    extend(this.#low, this.#high, columns, at);
    if (!bucket.isFull) return;
    const halves = bucket.split();
    if (halves) this.buckets.splice(place, 1, ...halves);
  }

  /** Where the bucket is that an entry goes to: a new one where the right one is sealed at another point. */
  #placeOf(columns: Columns, at: number, key: number): number {
    const last = lastUpTo(this.buckets, key);
    // Different points may have one key: then several buckets begin there.
    for (let i = last; i >= 0 && (i === last || this.buckets[i]!.least === key); i--)
      if (this.buckets[i]!.takes(columns, at)) return i;
    const place = key < this.buckets[last]!.least ? last : last + 1;
    this.buckets.splice(place, 0, new Bucket(this.#space));
    return place;
  }

  mark(region: Region, words: Uint32Array, rows: number): void {
    const share = region.share(this.#low, this.#high);
    if (share === ALL) this.#rows.markInto(words, rows);
    else if (share !== NONE) for (const bucket of this.buckets) bucket.mark(region, words, rows);
  }

  /** Two shelves with about half of the entries each, of at least two buckets. This one is gone. */
  split(): [Shelf, Shelf] {
    let at = 1;
    let before = this.buckets[0]!.count;
    while (at < this.buckets.length - 1 && before < this.entries / 2) before += this.buckets[at++]!.count;
    this.#rows.dispose();
    return [
      new Shelf(this.#space, this.buckets.slice(0, at)),
      new Shelf(this.#space, this.buckets.slice(at)),
    ];
  }

  dispose(): void {
    this.#rows.dispose();
    for (const bucket of this.buckets) bucket.sealed?.dispose();
  }
}
