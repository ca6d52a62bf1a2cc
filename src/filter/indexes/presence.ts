/* Which rows have a value at a path at all, and in which it is null. Every kind of index keeps this. */

import { invert, newBits, orInto } from '../bits.js';
import type { Test } from '../condition.js';
import type { BlockReader, BlockWriter } from './blocks.js';
import { SlotSet } from './postings.js';

const holdsNull = (value: unknown): boolean =>
  value === null || (Array.isArray(value) && value.includes(null));

export class Presence {
  /** Rows with an element that is not null. */
  readonly #filled = new SlotSet();
  /** Rows whose only elements are nulls, some of them in an array: not empty, and not filled. */
  readonly #hollow = new SlotSet();
  /** Rows with a value that is null or holds one. */
  readonly #nulls = new SlotSet();

  get #sets(): readonly SlotSet[] {
    return [this.#filled, this.#hollow, this.#nulls];
  }

  add(slot: number, values: readonly unknown[], elements: readonly unknown[]): void {
    if (elements.some((element) => element !== null)) this.#filled.add(slot);
    else if (values.some((value) => Array.isArray(value) && value.length > 0)) this.#hollow.add(slot);
    if (values.some(holdsNull)) this.#nulls.add(slot);
  }

  /** How many rows have an element that is not null. */
  get filled(): number {
    return this.#filled.size;
  }

  /** Adds these rows. */
  markFilled(words: Uint32Array, rows: number): void {
    this.#filled.mark(words, rows);
  }

  mark(test: Test & { readonly kind: 'empty' | 'null' }, words: Uint32Array, rows: number): void {
    const sets = test.kind === 'empty' ? [this.#filled, this.#hollow] : [this.#nulls];
    const opposite = test.is === (test.kind === 'empty');
    const found = opposite ? newBits(rows) : words;
    for (const set of sets) set.mark(found, rows);
    if (!opposite) return;
    invert(found, rows);
    orInto(words, found);
  }

  dump(out: BlockWriter): void {
    for (const set of this.#sets) set.dump(out);
  }

  load(from: BlockReader, rows: number): void {
    for (const set of this.#sets) set.load(from, rows);
  }

  dispose(): void {
    for (const set of this.#sets) set.dispose();
  }
}
