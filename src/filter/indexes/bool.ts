/* The rows where an element is true, and those where one is false. */
import type { Test } from '../condition.js';
import type { BlockReader, BlockWriter } from './blocks.js';
import { SlotSet } from './postings.js';
import type { Contents, Told } from './value-index.js';

export class BoolContents implements Contents {
  readonly #true = new SlotSet();
  readonly #false = new SlotSet();

  get entries(): number {
    return this.#true.size + this.#false.size;
  }

  add(slot: number, elements: readonly unknown[]): void {
    if (elements.includes(true)) this.#true.add(slot);
    if (elements.includes(false)) this.#false.add(slot);
  }

  mark(test: Test, words: Uint32Array, rows: number): Told {
    if (test.kind !== 'match') return 'nothing';
    for (const value of test.values) if (typeof value !== 'boolean') return 'nothing';
    if (test.values.has(true)) this.#true.mark(words, rows);
    if (test.values.has(false)) this.#false.mark(words, rows);
    return 'exact';
  }

  *dump(out: BlockWriter): Generator<Uint8Array> {
    this.#true.dump(out);
    this.#false.dump(out);
    if (out.full) yield* out.blocks();
  }

  load(from: BlockReader, rows: number): void {
    this.#true.load(from, rows);
    this.#false.load(from, rows);
  }

  dispose(): void {
    this.#true.dispose();
    this.#false.dispose();
  }
}
