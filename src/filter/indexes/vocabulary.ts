/* Which strings occur in which rows: hundreds of thousands of strings, most of them in one row, are usual. */
import { ownCopy } from '../../base/own-copy.js';
import { beginsWith, composed } from '../words.js';
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';
import { disposePostings, dumpPostings, loadPostings, type Postings, sizeOf, withSlot } from './postings.js';

/** Beginnings that are remembered, the latest ones, and of each the most strings that begin so. */
const PREFIXES_MAX = 8;
const FOUND_MAX = 65_536;

/** What is known of a beginning: which strings have it, of those that were there when it was last asked for. */
interface Beginning {
  /** Stands behind the last string that was compared: strings that come later come behind it. Never run to its end. */
  readonly rest: Iterator<string>;
  compared: number;
  readonly found: string[];
}

export class Vocabulary {
  readonly #postings = new Map<string, Postings>();
  /** In the order in which they were last asked for. */
  readonly #beginnings = new Map<string, Beginning>();
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

  /**
   * Where strings occur that begin with a text. Compares all of them, at 0.2 µs each, and the next time only those that
   * were added since: a filter is asked again whenever rows came.
   */
  *beginningWith(text: string): Generator<Postings> {
    const prefix = composed(text);
    for (const one of this.#found(prefix)) yield this.#postings.get(one)!;
  }

  #found(prefix: string): readonly string[] {
    const known = this.#beginnings.get(prefix) ?? { rest: this.#postings.keys(), compared: 0, found: [] };
    for (; known.compared < this.#postings.size; known.compared++) {
      const one = known.rest.next().value as string;
      if (beginsWith(one, prefix)) known.found.push(one);
    }
    this.#beginnings.delete(prefix);
    if (known.found.length <= FOUND_MAX) this.#beginnings.set(prefix, known);
    if (this.#beginnings.size > PREFIXES_MAX)
      for (const oldest of this.#beginnings.keys()) {
        this.#beginnings.delete(oldest);
        break;
      }
    return known.found;
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
    this.#beginnings.clear();
    this.#entries = 0;
  }
}

/** What can stand in its place. */
export type Strings = Pick<Vocabulary, keyof Vocabulary>;
