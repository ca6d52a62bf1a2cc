/* Which strings occur in which rows: hundreds of thousands of strings, most of them in one row, are usual. */
import { ownCopy } from '../../base/own-copy.js';
import { beginsWith, composed } from '../words.js';
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';
import { disposePostings, dumpPostings, loadPostings, type Postings, sizeOf, withSlot } from './postings.js';

export class Vocabulary {
  readonly #postings = new Map<string, Postings>();
  #entries = 0;

  /** How many pairs of a string and a row there are. */
  get entries(): number {
    return this.#entries;
  }

  /** Takes in that a string occurs in a row, which comes behind all it has occurred in. */
  add(text: string, slot: number): void {
    this.#entries++;
    const before = this.#postings.get(text);
    if (before === undefined) {
      this.#postings.set(ownCopy(text), slot);
      return;
    }
    const after = withSlot(before, slot);
    if (after !== before) this.#postings.set(text, after);
  }

  get(text: string): Postings | undefined {
    return this.#postings.get(text);
  }

  /** How many strings there are. */
  get size(): number {
    return this.#postings.size;
  }

  /** All strings and where they occur. */
  get all(): Iterable<readonly [string, Postings]> {
    return this.#postings;
  }

  /** Where strings occur that begin with a text. Goes through all of them, at 0.2 µs each. */
  *beginningWith(text: string): Generator<Postings> {
    const prefix = composed(text);
    for (const [one, postings] of this.#postings) if (beginsWith(one, prefix)) yield postings;
  }

  *dump(out: BlockWriter): Generator<Uint8Array> {
    for (const [text, postings] of this.#postings) {
      out.uint(1);
      out.text(text);
      dumpPostings(postings, out);
      if (out.full) yield* out.blocks();
    }
    out.uint(0);
  }

  load(from: BlockReader, rows: number): void {
    while (from.uint() !== 0) {
      const text = from.text();
      const postings = loadPostings(from, rows);
      if (postings === undefined) continue;
      if (this.#postings.has(text)) {
        disposePostings(postings);
        throw malformed('a string occurs twice');
      }
      this.#postings.set(text, postings);
      this.#entries += sizeOf(postings);
    }
  }

  dispose(): void {
    for (const postings of this.#postings.values()) disposePostings(postings);
    this.#postings.clear();
    this.#entries = 0;
  }
}

/** What can stand in its place. */
export type Strings = Pick<Vocabulary, keyof Vocabulary>;
