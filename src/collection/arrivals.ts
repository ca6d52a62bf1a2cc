/* When the rows came that still wait to be linked. */
import { Queue } from '../base/queue.js';

export class Arrivals {
  /** In the order of row numbers: the first row of each batch, and when that came. */
  readonly #batches = new Queue<{ readonly row: number; readonly at: number }>();

  /** Rows from `row` on came now. */
  note(row: number): void {
    this.#batches.push({ row, at: performance.now() });
  }

  /** All rows that wait came so many milliseconds ago. */
  inherit(waitedMs: number): void {
    while (this.#batches.shift());
    this.#batches.push({ row: 0, at: performance.now() - waitedMs });
  }

  /** How long row number `oldest` has waited, the lowest that still does; 0 for none. */
  waitedMs(oldest: number): number {
    const batches = this.#batches;
    while (batches.first && (oldest === 0 || (batches.second?.row ?? Infinity) <= oldest)) batches.shift();
    return oldest === 0 || !batches.first ? 0 : performance.now() - batches.first.at;
  }
}
