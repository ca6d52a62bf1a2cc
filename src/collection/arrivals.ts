/* When the vectors of a field came that still wait to be linked, and by which operations. */
import { Queue } from '../base/queue.js';
import type { Time } from '../platform/time.js';

/** Vectors that came together, from a place on. */
export interface Batch {
  readonly place: number;
  readonly at: number;
  /**
   * Each was written by the operation that its key says, but by none below `low`, and those from here on by none below `high`: a vector
   * that was changed has the key of its row.
   */
  readonly low: number;
  readonly high: number;
}

export class Arrivals {
  /** In the order of places. */
  readonly #batches = new Queue<Batch>();
  readonly #time: Pick<Time, 'now'>;

  constructor(time: Pick<Time, 'now'>) {
    this.#time = time;
  }

  /** Those from a place on came now. `oldest`: the first that waits, undefined for none. */
  note(batch: Omit<Batch, 'at'>, oldest: number | undefined): void {
    this.#batches.push({ ...batch, at: this.#time.now() });
    this.#forgetBelow(oldest); // nobody may ask for long: linking may be paused
  }

  #forgetBelow(oldest: number | undefined): void {
    const batches = this.#batches;
    while (batches.first && (oldest === undefined || (batches.second?.place ?? Infinity) <= oldest))
      batches.shift();
  }

  /** All that wait came so many milliseconds ago, by whatever operations below `high`, and by those from there on. */
  inherit(waitedMs: number, high: number): void {
    while (this.#batches.shift());
    this.#batches.push({ place: 0, at: this.#time.now() - waitedMs, low: 0, high });
  }

  /** What the vector came with that waits before all others, by its place; undefined where none waits. */
  of(oldest: number | undefined): Batch | undefined {
    this.#forgetBelow(oldest);
    return this.#batches.first;
  }

  /** How long that has waited. */
  waitedMs(oldest: number | undefined): number {
    const batch = this.of(oldest);
    return batch ? this.#time.now() - batch.at : 0;
  }
}
