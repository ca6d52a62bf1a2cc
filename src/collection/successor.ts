/*
 * The parts that compaction fills, beside those at hand: what is written meanwhile to rows that were copied is done there as well.
 * It must fail no write, which is committed by then, and is in the parts at hand.
 */
import { type ChangedRow, changeIn } from './changed-rows.js';
import { maskIn, type Parts } from './parts.js';

export class Successor {
  readonly parts: Parts;
  /** Sequence number of the last operation before it was begun. */
  readonly #since: number;
  /** Fields of which vectors were changed since. */
  readonly #changed = new Set<number>();
  readonly #onLost: (error: unknown) => void;
  #lost = false;

  /** `onLost` is told when it cannot follow any more. */
  constructor(parts: Parts, since: number, onLost: (error: unknown) => void) {
    this.parts = parts;
    this.#since = since;
    this.#onLost = onLost;
  }

  mask(row: number): void {
    maskIn(this.parts, row);
  }

  change(changed: ChangedRow): void {
    const slot = this.parts.slots.slotOf(changed.row);
    if (slot === undefined || this.#lost) return; // it is copied with what it has by then
    try {
      changeIn(this.parts, slot, changed);
      for (const field of changed.fields) this.#changed.add(field);
    } catch (error) {
      this.#lost = true;
      this.#onLost(error);
    }
  }

  /** The first operation that may have changed a vector of a field in it. */
  changedFrom(field: number): number {
    return this.#changed.has(field) ? this.#since + 1 : Infinity;
  }
}
