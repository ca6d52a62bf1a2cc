/*
 * The queries that were asked lately, to be asked again when recall is measured: a fair sample of them, in which new ones
 * take the places of old ones at random.
 */
import { randomFrom } from '../../base/random.js';

/** Queries that are kept, and bytes that they may take; but so many at least. */
const KEPT = 256;
const KEPT_BYTES = 1 << 22;
const KEPT_MIN = 16;
/** Of queries that come when all places are taken, one in so many is kept: what was asked long ago fades. */
const ONE_IN = 8;

export class RecentQueries {
  readonly #queries: Float32Array[] = [];
  /** Places of those that nobody has taken yet. */
  readonly #fresh = new Set<number>();
  readonly #random = randomFrom(1);
  #left = 0;
  /** Called when one is kept. */
  onKept: (() => void) | undefined;

  note(query: ArrayLike<number>): void {
    if (this.#left-- > 0) return;
    const most = Math.max(KEPT_MIN, Math.min(KEPT, Math.floor(KEPT_BYTES / (4 * query.length))));
    const full = this.#queries.length >= most;
    const place = full ? Math.floor(this.#random() * most) : this.#queries.length;
    if (full) this.#left = Math.floor(2 * ONE_IN * this.#random());
    const kept = (this.#queries[place] ??= new Float32Array(query.length));
    kept.set(query);
    this.#fresh.add(place);
    this.onKept?.();
  }

  /** How many of those that are kept nobody has taken yet. */
  get fresh(): number {
    return this.#fresh.size;
  }

  /** A copy of one that nobody has taken yet. */
  take(): Float32Array | undefined {
    for (const place of this.#fresh) {
      this.#fresh.delete(place);
      return this.#queries[place]!.slice();
    }
    return undefined;
  }

  /** All of them may be taken again. */
  refresh(): void {
    for (const place of this.#queries.keys()) this.#fresh.add(place);
  }

  /** Copies of `most` of them, spread over all: those kept are written over. */
  copies(most: number): Float32Array[] {
    const { length } = this.#queries;
    const some = Math.min(most, length);
    return Array.from({ length: some }, (_, i) => this.#queries[Math.floor((i * length) / some)]!.slice());
  }
}
