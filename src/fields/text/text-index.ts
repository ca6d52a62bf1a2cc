/*
 * An inverted index of texts by slot, for BM25: exact best scores among live documents. It takes words, and knows nothing of
 * how a text becomes words. Number of occurrences and length are kept, not scores, so that averages and frequencies may change.
 */
import { bitsOf, clearBit, forEachBit } from '../../filter/bits.js';
import { type BlockReader, BlockWriter, malformed } from '../../filter/indexes/blocks.js';
import type { KernelCode } from '../../kernel/builds.js';
import { Postings, type Saturation } from '../../kernel/postings.js';
import { PostingsQuery, type Slots } from '../../kernel/postings-query.js';
import type { PostingsTrace, Required, SlotScore } from '../../kernel/postings-record.js';
import { DONE, dumpPresent, dumpRuns, HEAD_BYTES, inSteps, loadPresent, loadRuns } from '../inverted/dump.js';
import { grown, idfOf, type Live, LiveCounts } from '../inverted/live.js';
import { listsOf } from '../inverted/plan.js';
import { Present } from '../inverted/present.js';
import { GAP, hasPhrase, Positions } from './positions.js';
import { Vocabulary } from './vocabulary.js';
import {
  boostsOf,
  countedAs,
  groupsOf,
  phraseNumbers,
  scoreText,
  type TextQuery,
  TF_MAX,
  type Tokens,
  type WeighedText,
} from './weighed.js';

const { fround } = Math;

/** What is taken up in one step. */
const STEP_TEXTS = 64;
const STEP_WORDS = 16;

export interface TextIndexOptions {
  readonly k1?: number;
  readonly b?: number;
  /** Whether phrases can be asked for. */
  readonly positions?: boolean;
}

export interface TextSearch extends Slots {
  readonly k: number;
  readonly isOver?: (() => boolean) | undefined;
  readonly trace?: PostingsTrace | undefined;
}

export class TextIndex {
  readonly #saturation: Saturation;
  readonly #postings: Postings;
  readonly #vocabulary = new Vocabulary();
  readonly #positions: Positions | undefined;
  #present = new Present();
  readonly #counts: LiveCounts;
  /** Of the text that is added: each word once, and how often it occurs. */
  #terms = new Uint32Array(256);
  #occurrences = new Uint32Array(256);
  /** By number of a word: where it is in the two above, plus one. */
  #seen: Uint32Array<ArrayBuffer> = new Uint32Array(1024);

  constructor(code: KernelCode, { k1 = 1.2, b = 0.75, positions = false }: TextIndexOptions = {}) {
    this.#saturation = { k1, b };
    this.#postings = new Postings(code, this.#saturation);
    this.#positions = positions ? new Positions() : undefined;
    this.#counts = new LiveCounts((slot) => this.#postings.lengthOf(slot));
  }

  get bytes(): number {
    return (
      this.#postings.bytes +
      this.#vocabulary.bytes +
      (this.#positions?.bytes ?? 0) +
      this.#present.bits.byteLength
    );
  }

  /** All words, in the order in which they came; some may be in no text any more. */
  get words(): readonly string[] {
    return this.#vocabulary.words;
  }

  /**
   * Adds a slot behind all that were added.
   *
   * @throws SiltError OUT_OF_MEMORY: then the slot may be there in part, and is to be forgotten
   */
  add(slot: number, tokens: Tokens): void {
    const numbers = Int32Array.from(tokens, (token) => (token === null ? GAP : this.numberOf(token)));
    this.addNumbers(slot, numbers, numbers.length);
  }

  /** The same by the numbers of its words; GAP: one was left out there. */
  addNumbers(slot: number, numbers: Int32Array, n: number): void {
    this.#present.add(slot);
    if (this.#terms.length < n) this.#makeRoom(2 * n);
    let words = 0;
    let length = 0;
    for (let i = 0; i < n; i++) {
      const number = numbers[i]!;
      if (number === GAP) continue;
      length++;
      const at = this.#seen[number]!;
      if (at > 0) this.#occurrences[at - 1]!++;
      else {
        this.#terms[words] = this.#vocabulary.termOf(number);
        this.#occurrences[words] = 1;
        this.#seen[number] = ++words;
      }
    }
    for (let i = 0; i < n; i++) if (numbers[i] !== GAP) this.#seen[numbers[i]!] = 0;
    for (let i = 0; i < words; i++) if (this.#occurrences[i]! > TF_MAX) this.#occurrences[i] = TF_MAX;
    this.#postings.add(slot, this.#terms, this.#occurrences, words, length);
    this.#positions?.add(slot, numbers, n);
  }

  #makeRoom(count: number): void {
    this.#terms = new Uint32Array(count);
    this.#occurrences = new Uint32Array(count);
  }

  /** The number of a word, which may be new. */
  numberOf(word: string): number {
    const known = this.#vocabulary.numberOf(word);
    if (known !== undefined) return known;
    const number = this.#vocabulary.add(word, this.#postings.newTerm());
    if (number >= this.#seen.length) this.#seen = grown(this.#seen, number + 1);
    return number;
  }

  /** Slots from one on were never added. */
  forget(slot: number): void {
    if (slot >= this.#present.end) return;
    this.#seen.fill(0); // marks of a text whose adding threw
    for (const term of this.#vocabulary.terms) this.#postings.truncate(term, slot);
    this.#postings.truncateLengths(slot, this.#present.end);
    this.#positions?.truncate(slot);
    this.#present.truncate(slot);
    this.#counts.reset();
  }

  /** How many live documents there are. */
  count(live: Live): number {
    this.#counts.follow(live, this.#present.bits);
    return this.#counts.count;
  }

  /** Whether a slot has exactly these words; false where places are not kept, by which that is known. */
  hasNumbers(slot: number, numbers: Int32Array, n: number): boolean {
    if (!this.#positions || !this.#present.has(slot)) return false;
    const text = this.#positions.read(slot, []);
    return text.length === n && text.every((number, i) => number === numbers[i]);
  }

  /** In how many live documents a word occurs. */
  documentFrequency(word: string, live: Live): number {
    return this.frequencies([word], live)[0]!;
  }

  /** The same of each word. */
  frequencies(words: readonly string[], live: Live): number[] {
    this.#counts.follow(live, this.#present.bits);
    const numbers = words.map((word) => this.#vocabulary.numberOf(word) ?? -1);
    return this.#counts.frequenciesOf(numbers, (unknown) => {
      const known = unknown.filter((number) => number >= 0);
      const lists = known.map((number) => ({ term: this.#vocabulary.termOf(number), weight: 0 }));
      const counts = new PostingsQuery(this.#postings, lists).count(live);
      const byNumber = new Map(known.map((number, i) => [number, counts[i]!]));
      return unknown.map((number) => byNumber.get(number) ?? 0);
    });
  }

  /** What the words of a query are worth now. */
  weigh(query: TextQuery, live: Live): WeighedText {
    const boosts = boostsOf(query);
    const words = [...boosts.keys()];
    const found = this.frequencies(words, live);
    const frequencies = countedAs(query, new Map(words.map((word, i) => [word, found[i]!])));
    const { count, averageLength } = this.#counts;
    const terms = words.map((name, i) => {
      const idf = idfOf(count, frequencies.get(name)!);
      const weight = fround(boosts.get(name)! * idf * (this.#saturation.k1 + 1));
      const number = this.#vocabulary.numberOf(name);
      const term = number === undefined ? 0 : this.#vocabulary.termOf(number);
      return { name, term, weight, documents: found[i]!, idf };
    });
    return {
      terms,
      all: groupsOf(query),
      phrases: query.phrases ?? [],
      average: averageLength || 1,
    };
  }

  /**
   * The best slots, best first, ties by slot: `k`, or all that have a word of the query. In slices: yields whenever `isOver` says so.
   * Slots may be added meanwhile.
   */
  *searching(query: WeighedText, { k, rows, bits, isOver, trace }: TextSearch): Generator<void, SlotScore[]> {
    const required = this.#required(query.all);
    const phrases = query.phrases.map((phrase) =>
      phraseNumbers(phrase, (word) => this.#vocabulary.numberOf(word)),
    );
    if (!required || !phrases.every((phrase) => phrase !== undefined)) return [];
    return yield* new PostingsQuery(this.#postings, listsOf(query.terms)).search({
      trace,
      k,
      rows: Math.min(rows, this.#present.end),
      bits,
      average: query.average,
      required: required.length > 0 ? required : undefined,
      ...(isOver && { isOver }),
      ...(phrases.length > 0 && { sift: (words, first) => this.#sift(phrases, words, first) }),
    });
  }

  /** Undefined: there is a group of which no text has a word. */
  #required(groups: readonly (readonly string[])[]): Required[] | undefined {
    const required = groups.map((words, group) =>
      words.flatMap((word) => {
        const number = this.#vocabulary.numberOf(word);
        return number === undefined ? [] : { term: this.#vocabulary.termOf(number), group };
      }),
    );
    return required.every((lists) => lists.length > 0) ? required.flat() : undefined;
  }

  /** Takes out the slots of a window without one of the phrases. */
  #sift(phrases: readonly (readonly number[])[], bits: Uint32Array, first: number): void {
    const positions = this.#positions;
    if (!positions) throw new TypeError('this text index was made without positions');
    const text: number[] = [];
    forEachBit(bits, (offset) => {
      positions.read(first + offset, text);
      if (!phrases.every((phrase) => hasPhrase(text, phrase, GAP))) clearBit(bits, offset);
    });
  }

  /** Of a document that need not be in the index; undefined: it does not match. */
  score(query: WeighedText, tokens: Tokens): number | undefined {
    return scoreText(query, tokens, this.#saturation);
  }

  /**
   * Everything, in blocks of bytes: lengths and places by slot, then words with their lists. Slots may be added meanwhile:
   * what is dumped is what was there when it began.
   */
  *dump(): Generator<Uint8Array> {
    const out = new BlockWriter();
    dumpPresent(this.#present, out);
    const { bits, end } = this.#present;
    const words = this.#vocabulary.size;
    out.uint(words);
    for (const slot of bitsOf(bits)) {
      if (slot >= end) break;
      out.uint(this.#postings.lengthOf(slot));
      if (this.#positions) {
        const text = this.#positions.bytesOf(slot);
        out.uint(text.length);
        out.bytes(text);
      }
      if (out.full) yield* out.blocks();
    }
    for (let number = 0; number < words; number++) {
      out.text(this.#vocabulary.wordOf(number));
      dumpRuns(this.#postings, this.#vocabulary.termOf(number), out);
      if (out.full) yield* out.blocks();
    }
    yield* out.rest();
  }

  /**
   * Takes up what was dumped, without slots from `rows` on, in small steps; see inverted/dump.ts for what it yields. For an index
   * that is empty and has the same options.
   *
   * @throws SnapshotError for malformed bytes: then the index is of no use
   */
  *loading(from: BlockReader, rows: number): Generator<number> {
    this.#present = yield* loadPresent(from);
    if (!from.holds(HEAD_BYTES)) yield HEAD_BYTES;
    const words = from.uint();
    yield* inSteps(this.#textsFrom(from, words, rows));
    this.#present.truncate(rows);
    yield* inSteps(this.#wordsFrom(from, words));
    if (!from.holds(1)) yield 1;
    from.end();
  }

  #textsFrom(from: BlockReader, words: number, rows: number): () => number {
    const slots = bitsOf(this.#present.bits);
    /** Of a text that has not arrived. */
    let head: { readonly slot: number; readonly length: number; readonly bytes: number } | undefined;
    return () => {
      for (let i = 0; i < STEP_TEXTS; i++) {
        if (!head) {
          if (!from.holds(HEAD_BYTES)) return HEAD_BYTES;
          const next = slots.next();
          if (next.done) return DONE;
          head = { slot: next.value, length: from.uint(), bytes: this.#positions ? from.uint() : 0 };
        }
        const { slot, length, bytes } = head;
        if (!from.holds(bytes)) return bytes;
        head = undefined;
        const text = from.bytes(bytes);
        if (slot >= rows) continue;
        this.#postings.setLength(slot, length);
        if (this.#positions?.addBytes(slot, text, words) === false) throw malformed('the words of a text');
      }
      return 0;
    };
  }

  #wordsFrom(from: BlockReader, words: number): () => number {
    let number = 0;
    /** Of a word that has not arrived. */
    let head: number | undefined;
    /** Whose runs have not. */
    let term: number | undefined;
    return () => {
      for (let i = 0; i < STEP_WORDS; i++) {
        if (term === undefined) {
          if (number === words) return DONE;
          if (head === undefined && !from.holds(HEAD_BYTES)) return HEAD_BYTES;
          head ??= from.uint();
          if (!from.holds(head >>> 1)) return head >>> 1;
          if (this.numberOf(from.textOf(head)) !== number) throw malformed('a word occurs twice');
          head = undefined;
          term = this.#vocabulary.termOf(number++);
        }
        const needed = loadRuns(this.#postings, term, from, this.#present);
        if (needed !== DONE) return needed;
        term = undefined;
      }
      return 0;
    };
  }
}
