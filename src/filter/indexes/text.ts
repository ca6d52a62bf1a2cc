/*
 * The rows of every word of the strings. All words of a query must be in one string, so the first strings of all
 * rows have a vocabulary of their own, and the second ones, and so on.
 */
import { andInto, meet, newBits, orInto } from '../bits.js';
import type { Test } from '../condition.js';
import { wordsOf } from '../words.js';
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';
import { markPostings, type Postings, SlotSet, sizeOf } from './postings.js';
import type { Contents, Told } from './value-index.js';
import { Vocabulary } from './vocabulary.js';

/** Most vocabularies; the last one has all further strings of a row. */
const LAYERS_MAX = 16;

export class TextContents implements Contents {
  readonly #layers: Vocabulary[] = [];
  /** Rows of which the last vocabulary has more than one string. */
  readonly #crowded = new SlotSet();

  get entries(): number {
    return this.#layers.reduce((sum, layer) => sum + layer.entries, 0);
  }

  #layer(at: number): Vocabulary {
    return (this.#layers[at] ??= new Vocabulary());
  }

  add(slot: number, elements: readonly unknown[]): void {
    const texts = elements.filter((element) => typeof element === 'string');
    const single = texts.length > LAYERS_MAX ? LAYERS_MAX - 1 : texts.length;
    for (let i = 0; i < single; i++) this.#addWords(i, new Set(wordsOf(texts[i]!)), slot);
    if (single === texts.length) return;
    this.#addWords(single, new Set(texts.slice(single).flatMap(wordsOf)), slot);
    this.#crowded.add(slot);
  }

  #addWords(at: number, words: Iterable<string>, slot: number): void {
    const layer = this.#layer(at);
    for (const word of words) layer.add(word, slot);
  }

  mark(test: Test, words: Uint32Array, rows: number): Told {
    if (test.kind !== 'text' && test.kind !== 'text_any' && test.kind !== 'phrase') return 'nothing';
    const sequence = wordsOf(test.text);
    const wanted = new Set(sequence);
    // A query without words finds nothing.
    if (wanted.size === 0) return 'exact';
    if (test.kind === 'text_any') {
      for (const layer of this.#layers) for (const word of wanted) markPostings(layer.get(word), words, rows);
      return 'exact';
    }
    const told = this.#markAll([...wanted], words, rows);
    // Which words a string has is kept, but not where.
    return sequence.length > 1 && test.kind === 'phrase' ? 'candidates' : told;
  }

  /** Rows with all the words in one string, and some more among the crowded ones. */
  #markAll(wanted: readonly string[], words: Uint32Array, rows: number): Told {
    let exact = true;
    for (const [i, layer] of this.#layers.entries()) {
      const postings = wanted.map((word) => layer.get(word));
      if (!postings.every((of) => of !== undefined)) continue;
      const all = intersection(postings, rows);
      if (i === LAYERS_MAX - 1 && wanted.length > 1) exact &&= !this.#meetsCrowded(all, rows);
      orInto(words, all);
    }
    return exact ? 'exact' : 'candidates';
  }

  #meetsCrowded(found: Uint32Array, rows: number): boolean {
    const crowded = newBits(rows);
    this.#crowded.mark(crowded, rows);
    return meet(found, crowded);
  }

  *dump(out: BlockWriter): Generator<Uint8Array> {
    this.#crowded.dump(out);
    // Not by an iterator: rows that are added meanwhile may add vocabularies.
    for (let i = 0; i < this.#layers.length; i++) {
      out.uint(1);
      yield* this.#layers[i]!.dump(out);
    }
    out.uint(0);
  }

  load(from: BlockReader, rows: number): void {
    this.#crowded.load(from, rows);
    while (from.uint() !== 0) {
      if (this.#layers.length === LAYERS_MAX) throw malformed('too many vocabularies');
      this.#layer(this.#layers.length).load(from, rows);
    }
  }

  dispose(): void {
    for (const layer of this.#layers) layer.dispose();
    this.#layers.length = 0;
    this.#crowded.dispose();
  }
}

/** The slots that are in all of them. */
function intersection(postings: readonly Postings[], rows: number): Uint32Array {
  const [first, ...others] = postings.toSorted((a, b) => sizeOf(a) - sizeOf(b));
  const all = newBits(rows);
  markPostings(first, all, rows);
  for (const other of others) {
    const of = newBits(rows);
    markPostings(other, of, rows);
    andInto(all, of);
  }
  return all;
}
