/* Buckets that are next to each other, which a region is asked of together first. */
import { Bucket, extend, type Space } from './bucket.js';
import { ALL, type Columns, NONE, type Region, type Share, SOME } from './region.js';

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

export class Shelf {
  readonly buckets: Bucket[];
  readonly #space: Space;
  readonly #low: Float64Array;
  readonly #high: Float64Array;
  entries = 0;
  /** As of a bucket. */
  share: Share = NONE;

  /** At least one bucket; two shelves never have the same one. */
  constructor(space: Space, buckets: Bucket[]) {
    this.#space = space;
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

  /** Takes note of what a region holds of it and of its buckets. How many entries it surely holds. */
  look(region: Region): number {
    this.share = region.share(this.#low, this.#high);
    if (this.share !== SOME) return this.share === ALL ? this.entries : 0;
    let held = 0;
    let same = true;
    for (const bucket of this.buckets) {
      if (bucket.look(region) === ALL) held += bucket.count;
      same &&= bucket.share === this.buckets[0]!.share;
    }
    if (same) this.share = this.buckets[0]!.share;
    return held;
  }

  /** Adds all rows. */
  markAll(words: Uint32Array, rows: number): void {
    for (const bucket of this.buckets) bucket.markAll(words, rows);
  }

  /** Adds the rows of buckets that have the share `whole` of what was looked at, and those of entries in `region`. */
  markSome(whole: Share, region: Region, words: Uint32Array, rows: number): void {
    for (const bucket of this.buckets) {
      if (bucket.share === whole) bucket.markAll(words, rows);
      else if (bucket.share === SOME) bucket.markSome(region, words, rows);
    }
  }

  /** Two shelves with about half of the entries each, of at least two buckets. */
  split(): [Shelf, Shelf] {
    let at = 1;
    let before = this.buckets[0]!.count;
    while (at < this.buckets.length - 1 && before < this.entries / 2) before += this.buckets[at++]!.count;
    return [
      new Shelf(this.#space, this.buckets.slice(0, at)),
      new Shelf(this.#space, this.buckets.slice(at)),
    ];
  }

  /** One shelf with the entries of this one and the next. */
  join(next: Shelf): Shelf {
    return new Shelf(this.#space, [...this.buckets, ...next.buckets]);
  }

  dispose(): void {
    for (const bucket of this.buckets) bucket.dispose();
  }
}
