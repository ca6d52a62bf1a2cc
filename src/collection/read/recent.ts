/*
 * The queries that were asked lately, to be asked again when recall is measured: the newest as they are, by which a change is
 * noticed, and a fair sample of those before, in which new ones take the places of old ones at random.
 *
 * Each is in one of the two: the sample is fed by what new queries displace. Calls neither overlap nor wait.
 */
import { randomFrom } from '../../base/random.js';

/** The newest. */
const NEWEST = 64;
/** The sample: queries, and bytes that they may take; but so many at least. */
const KEPT = 512;
const KEPT_BYTES = 1 << 22;
const KEPT_MIN = 16;
/** Of queries that come when all places are taken, one in so many is kept: what was asked long ago fades. */
const ONE_IN = 8;

/** A copy of one that was asked; `isNew`: nobody has taken it before. */
export interface RecentQuery {
  readonly vector: Float32Array;
  readonly isNew: boolean;
}

export class RecentQueries {
  /** A ring: `#next` is the place of the next one; the last `#fresh` that came are those that nobody has taken yet. */
  readonly #newest: Float32Array[] = [];
  #next = 0;
  #fresh = 0;
  readonly #older: Float32Array[] = [];
  /** Places among the older of those that nobody has taken yet. */
  readonly #olderFresh = new Set<number>();
  readonly #random = randomFrom(1);
  #left = 0;
  /** Called for each query. */
  onKept: (() => void) | undefined;

  note(query: ArrayLike<number>): void {
    const leaving = this.#newest[this.#next];
    const kept = (leaving && this.#keep(leaving)) ?? new Float32Array(query.length);
    kept.set(query);
    this.#newest[this.#next] = kept;
    this.#next = (this.#next + 1) % NEWEST;
    this.#fresh = Math.min(NEWEST, this.#fresh + 1);
    this.onKept?.();
  }

  /** One that is no longer among the newest. Returns what may be written over, if anything. */
  #keep(query: Float32Array): Float32Array | undefined {
    if (this.#left-- > 0) return query;
    const most = Math.max(KEPT_MIN, Math.min(KEPT, Math.floor(KEPT_BYTES / query.byteLength)));
    const full = this.#older.length >= most;
    const place = full ? Math.floor(this.#random() * most) : this.#older.length;
    if (full) this.#left = Math.floor(2 * ONE_IN * this.#random());
    const replaced = this.#older[place];
    this.#older[place] = query;
    if (this.#fresh === NEWEST) this.#olderFresh.add(place);
    else this.#olderFresh.delete(place);
    return replaced;
  }

  /** How many of the newest nobody has taken yet. */
  get fresh(): number {
    return this.#fresh;
  }

  /** Takes all of the newest, the last one first. */
  takeNewest(): RecentQuery[] {
    const { length } = this.#newest;
    const fresh = this.#fresh;
    this.#fresh = 0;
    return Array.from({ length }, (_, i) => ({
      vector: this.#newest[(this.#next - 1 - i + NEWEST) % NEWEST]!.slice(),
      isNew: i < fresh,
    }));
  }

  /** How many of those before nobody has taken yet. */
  get olderFresh(): number {
    return this.#olderFresh.size;
  }

  /** One of those before that nobody has taken yet. */
  takeOlder(): Float32Array | undefined {
    for (const place of this.#olderFresh) {
      this.#olderFresh.delete(place);
      return this.#older[place]!.slice();
    }
    return undefined;
  }

  /** All of them may be taken again. */
  refresh(): void {
    this.#fresh = this.#newest.length;
    for (const place of this.#older.keys()) this.#olderFresh.add(place);
  }

  /** Copies of `most` of them, spread over all: those kept are written over. */
  copies(most: number): Float32Array[] {
    const all = [...this.#newest, ...this.#older];
    const some = Math.min(most, all.length);
    return Array.from({ length: some }, (_, i) => all[Math.floor((i * all.length) / some)]!.slice());
  }
}
