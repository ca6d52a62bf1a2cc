/* An index of the texts of one field: it cuts texts into words, and knows the words that queries may mean. */
import type { BlockReader } from '../../filter/indexes/blocks.js';
import type { KernelCode } from '../../kernel/builds.js';
import type { SlotScore } from '../../kernel/postings-record.js';
import type { InvertedIndex } from '../inverted/intake.js';
import type { Live } from '../inverted/live.js';
import { type Analyzer, STRING_GAP } from './analysis/analyzer.js';
import { eachWord } from './analysis/words.js';
import { GAP } from './positions.js';
import { LivingWords } from './query/living-words.js';
import { NearWords } from './query/near-words.js';
import { planText, type TextAsk } from './query/plan.js';
import { SeenWords, UNKNOWN } from './seen-words.js';
import { TextIndex, type TextIndexOptions, type TextSearch } from './text-index.js';
import type { TextQuery, WeighedText } from './weighed.js';

/** The strings of a point; one of them has a word at least. */
export type Texts = readonly string[];

export class AskedIndex implements InvertedIndex<Texts, TextAsk, WeighedText> {
  readonly #index: TextIndex;
  readonly #near: NearWords;
  readonly #analyzer: Analyzer;
  readonly #seen = new SeenWords();
  /** The numbers of the words of a text by place. */
  #numbers = new Int32Array(256);
  #live: Live | undefined;

  constructor(code: KernelCode, analyzer: Analyzer, options: TextIndexOptions) {
    this.#index = new TextIndex(code, options);
    this.#near = new NearWords(this.#index.words);
    this.#analyzer = analyzer;
  }

  get bytes(): number {
    return this.#index.bytes + this.#near.bytes + this.#seen.bytes;
  }

  add(place: number, texts: Texts): void {
    const count = this.#count(texts);
    this.#index.addNumbers(place, this.#numbers, count);
  }

  has(place: number, texts: Texts): boolean {
    const count = this.#count(texts);
    return this.#index.hasNumbers(place, this.#numbers, count);
  }

  /** Fills in the numbers of the words; returns how many places there are. */
  #count(texts: Texts): number {
    let count = 0;
    const put = (number: number): void => {
      if (count === this.#numbers.length) this.#widen();
      this.#numbers[count++] = number;
    };
    const putTerm = (term: string | null): void => put(this.#numberOf(term));
    for (const [i, text] of texts.entries()) {
      if (i > 0) for (let left = STRING_GAP; left > 0; left--) put(GAP);
      eachWord(text, (start, end, isUnspaced) => {
        if (isUnspaced) this.#analyzer.eachPair(text.slice(start, end), start, putTerm);
        else put(this.#numberIn(text, start, end));
      });
    }
    return count;
  }

  #numberIn(text: string, start: number, end: number): number {
    const seen = this.#seen.find(text, start, end);
    if (seen !== UNKNOWN) return seen;
    const number = this.#numberOf(this.#analyzer.termOf(text.slice(start, end)));
    this.#seen.add(text, start, end, number);
    return number;
  }

  #numberOf(term: string | null): number {
    return term === null ? GAP : this.#index.numberOf(term);
  }

  #widen(): void {
    const wider = new Int32Array(2 * this.#numbers.length);
    wider.set(this.#numbers);
    this.#numbers = wider;
  }

  forget(place: number): void {
    this.#index.forget(place);
  }

  count(live: Live): number {
    return this.#index.count(live);
  }

  weigh(ask: TextAsk, live: Live): WeighedText {
    this.#live = live;
    return this.#index.weigh(this.#plan(ask, live), live);
  }

  #plan(ask: TextAsk, live: Live): TextQuery {
    const near = new LivingWords(this.#near, (words) => this.#index.frequencies(words, live));
    return planText(ask, this.#analyzer, near);
  }

  searching(query: WeighedText, search: TextSearch): Generator<void, SlotScore[]> {
    return this.#index.searching(query, search);
  }

  dump(): Iterable<Uint8Array> {
    return this.#index.dump();
  }

  loading(from: BlockReader, count: number): Generator<number> {
    return this.#index.loading(from, count);
  }

  /** All words that texts are found by, as of the last search. */
  wordsOf(ask: TextAsk): Set<string> {
    return new Set(this.#live && this.#plan(ask, this.#live).words.map(({ word }) => word));
  }
}
