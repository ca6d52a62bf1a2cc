/* The rows of every string, as it stands: `match`, `except` and `prefix`, for tags, names, codes. */
import { andInto, andNotInto, forEachBit, hasBit, meet, newBits, orDifference, setBit } from '../bits.js';
import type { Scalar, Test } from '../condition.js';
import { type BlockReader, type BlockWriter, malformed } from './blocks.js';
import { fewOf, markPostings, SlotSet, sizeOf } from './postings.js';
import type { Presence } from './presence.js';
import type { Contents, Told } from './value-index.js';
import type { Strings } from './vocabulary.js';

/** More than this part of all is told by what is left. */
const MOST = 0.6;

function areStrings(values: ReadonlySet<Scalar>): values is ReadonlySet<string> {
  for (const value of values) if (typeof value !== 'string') return false;
  return true;
}

export class KeywordContents implements Contents {
  readonly #vocabulary: Strings;
  /** Rows with an element that is neither a string nor null. */
  readonly #others = new SlotSet();
  /** Rows of several different strings, by how many: whether all of them are excepted cannot be told from one. */
  readonly #several = new Map<number, SlotSet>();

  constructor(vocabulary: Strings) {
    this.#vocabulary = vocabulary;
  }

  get entries(): number {
    return this.#vocabulary.entries;
  }

  add(slot: number, elements: readonly unknown[]): void {
    if (elements.some((element) => element !== null && typeof element !== 'string')) this.#others.add(slot);
    if (elements.length === 1) {
      if (typeof elements[0] === 'string') this.#vocabulary.add(elements[0], slot);
      return;
    }
    const different = new Set<string>();
    for (const element of elements) if (typeof element === 'string') different.add(element);
    for (const text of different) this.#vocabulary.add(text, slot);
    if (different.size > 1) this.#rowsOf(different.size).add(slot);
  }

  #rowsOf(count: number): SlotSet {
    let rows = this.#several.get(count);
    if (!rows) this.#several.set(count, (rows = new SlotSet()));
    return rows;
  }

  mark(test: Test, words: Uint32Array, rows: number, presence: Presence): Told {
    if (test.kind === 'prefix') {
      for (const postings of this.#vocabulary.beginningWith(test.text)) markPostings(postings, words, rows);
      return 'exact';
    }
    if ((test.kind !== 'match' && test.kind !== 'except') || !areStrings(test.values)) return 'nothing';
    if (test.kind === 'match') this.#markAny(test.values, words, rows, presence);
    else this.#markExcept(test.values, words, rows, presence);
    return 'exact';
  }

  #markAny(texts: ReadonlySet<string>, words: Uint32Array, rows: number, presence: Presence): void {
    if (this.#areMost(texts) && this.#isSingle(presence)) this.#markAllBut(texts, words, rows, presence);
    else for (const text of texts) markPostings(this.#vocabulary.get(text), words, rows);
  }

  /** Whether so many strings and entries are those of `texts` that the others are marked in less time. */
  #areMost(texts: ReadonlySet<string>): boolean {
    if (texts.size < MOST * this.#vocabulary.size) return false;
    let entries = 0;
    for (const text of texts) entries += sizeOf(this.#vocabulary.get(text) ?? []);
    return entries > MOST * this.entries;
  }

  /** Whether no row with a string has another element: else there would be more entries. */
  #isSingle(presence: Presence): boolean {
    return this.entries === presence.filled - this.#others.size;
  }

  #markAllBut(texts: ReadonlySet<string>, words: Uint32Array, rows: number, presence: Presence): void {
    const filled = newBits(rows);
    presence.markFilled(filled, rows);
    const without = newBits(rows);
    this.#others.mark(without, rows);
    for (const [text, postings] of this.#vocabulary.all)
      if (!texts.has(text)) markPostings(postings, without, rows);
    orDifference(words, filled, without, rows);
  }

  /** Rows that have a value, without those whose every element is one of these. */
  #markExcept(texts: ReadonlySet<string>, words: Uint32Array, rows: number, presence: Presence): void {
    const filled = newBits(rows);
    presence.markFilled(filled, rows);
    const excepted = newBits(rows);
    this.#markAny(texts, excepted, rows, presence);
    orDifference(words, filled, excepted, rows);
    this.#others.mark(words, rows);
    for (const [count, of] of this.#several) if (count > texts.size) of.mark(words, rows);
    this.#markPartly(texts, excepted, words, rows);
  }

  /** Rows that have one of `texts` and another string, of so few that their number alone does not tell. */
  #markPartly(texts: ReadonlySet<string>, excepted: Uint32Array, words: Uint32Array, rows: number): void {
    const told = [...this.#several].filter(([count]) => count <= texts.size);
    if (told.length === 0) return;
    const candidates = newBits(rows);
    for (const [, of] of told) of.mark(candidates, rows);
    andInto(candidates, excepted);
    andNotInto(candidates, words);
    if (!meet(candidates, candidates)) return;
    const hits = this.#countHits(texts, candidates, rows);
    for (const [count, of] of told) {
      const some = newBits(rows);
      of.mark(some, rows);
      andInto(some, candidates);
      forEachBit(some, (slot) => {
        if (hits[slot]! < count) setBit(words, slot);
      });
    }
  }

  /** How many of `texts` each candidate has. */
  #countHits(texts: Iterable<string>, candidates: Uint32Array, rows: number): Uint32Array {
    const hits = new Uint32Array(rows);
    const found = newBits(rows);
    for (const text of texts) {
      const postings = this.#vocabulary.get(text);
      if (postings === undefined) continue;
      const few = fewOf(postings);
      if (few) {
        for (const slot of few) if (slot < rows && hasBit(candidates, slot)) hits[slot]!++;
        continue;
      }
      found.fill(0);
      markPostings(postings, found, rows);
      andInto(found, candidates);
      forEachBit(found, (slot) => hits[slot]!++);
    }
    return hits;
  }

  *dump(out: BlockWriter): Generator<Uint8Array> {
    yield* this.#vocabulary.dump(out);
    this.#others.dump(out);
    for (const [count, rows] of this.#several) {
      out.uint(count);
      rows.dump(out);
      if (out.full) yield* out.blocks();
    }
    out.uint(0);
  }

  load(from: BlockReader, rows: number): void {
    this.#vocabulary.load(from, rows);
    this.#others.load(from, rows);
    for (let count = from.uint(); count !== 0; count = from.uint()) {
      if (count < 2 || this.#several.has(count)) throw malformed('rows of several strings');
      this.#rowsOf(count).load(from, rows);
    }
  }

  dispose(): void {
    this.#vocabulary.dispose();
    this.#others.dispose();
    for (const rows of this.#several.values()) rows.dispose();
    this.#several.clear();
  }
}
