/* When the rows came that still wait to be linked. */
import { Queue } from '../base/queue.js';
import type { Time } from '../platform/time.js';

export class Arrivals {
  /** In the order of row numbers: the first row of each batch, and when that came. */
  readonly #batches = new Queue<{ readonly row: number; readonly at: number }>();
  readonly #time: Pick<Time, 'now'>;

  constructor(time: Pick<Time, 'now'>) {
    this.#time = time;
  }

  /** Rows from `row` on came now; `oldest` is the lowest that waits, 0 for none. */
  note(row: number, oldest: number): void {
    this.#batches.push({ row, at: this.#time.now() });
    this.#forgetBelow(oldest); // nobody may ask for long: linking may be paused
  }

  #forgetBelow(oldest: number): void {
    const batches = this.#batches;
    while (batches.first && (oldest === 0 || (batches.second?.row ?? Infinity) <= oldest)) batches.shift();
  }

  /** None of those so far waits any more. */
  forget(): void {
    while (this.#batches.shift());
  }

  /** All rows that wait came so many milliseconds ago. */
  inherit(waitedMs: number): void {
    this.forget();
    this.#batches.push({ row: 0, at: this.#time.now() - waitedMs });
  }

  /** How long row number `oldest` has waited, the lowest that still does; 0 for none. */
  waitedMs(oldest: number): number {
    this.#forgetBelow(oldest);
    const { first } = this.#batches;
    return oldest === 0 || !first ? 0 : this.#time.now() - first.at;
  }
}
