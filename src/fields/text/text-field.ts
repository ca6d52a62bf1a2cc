/* A field of text: an inverted index of the words that stand at a path of the payloads, as a language has them. */

import type { BlockReader } from '../../filter/indexes/blocks.js';
import { type Path, parsePath, valuesAt } from '../../filter/path.js';
import type { KernelCode } from '../../kernel/builds.js';
import type { SlotScore } from '../../kernel/postings-record.js';
import type { TextSpec } from '../field.js';
import { InvertedField, type StoredValues } from '../inverted/field.js';
import type { Live } from '../inverted/live.js';
import { ANALYSIS_VERSION, type Analyzer, loadedAnalyzer } from './analysis/analyzer.js';
import { highlight } from './query/highlight.js';
import { LivingWords } from './query/living-words.js';
import { NearWords } from './query/near-words.js';
import { planText, type TextAsk } from './query/plan.js';
import { TextIndex, type TextIndexOptions, type TextSearch } from './text-index.js';
import type { TextQuery, Tokens, WeighedText } from './weighed.js';

/** An index with the words that queries may mean. */
class AskedIndex {
  readonly #index: TextIndex;
  readonly #near: NearWords;
  readonly #analyzer: Analyzer;
  #live: Live | undefined;

  constructor(code: KernelCode, analyzer: Analyzer, options: TextIndexOptions) {
    this.#index = new TextIndex(code, options);
    this.#near = new NearWords(this.#index.words);
    this.#analyzer = analyzer;
  }

  get bytes(): number {
    return this.#index.bytes + this.#near.bytes;
  }

  add(place: number, tokens: Tokens): void {
    this.#index.add(place, tokens);
  }

  has(place: number, tokens: Tokens): boolean {
    return this.#index.has(place, tokens);
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

  search(query: WeighedText, search: TextSearch): SlotScore[] {
    return this.#index.search(query, search);
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

/** How found words are shown. */
export type HighlightOptions = NonNullable<Parameters<typeof highlight>[3]>;

export class TextField extends InvertedField<TextSpec, Tokens, TextAsk, WeighedText> {
  readonly #path: Path;
  readonly #analyzer: Analyzer;

  /** The language must have been loaded. */
  constructor(spec: TextSpec, code: KernelCode) {
    const analyzer = loadedAnalyzer(spec.language);
    super(spec, () => new AskedIndex(code, analyzer, spec));
    this.#analyzer = analyzer;
    this.#path = parsePath(spec.path, 'path', 'INVALID_OPTION');
  }

  get madeBy(): string {
    const { path, language, k1, b, positions } = this.spec;
    return JSON.stringify(['text', ANALYSIS_VERSION, path, language, k1, b, positions]);
  }

  /** A text without words is as none. */
  protected valueOf(stored: StoredValues, row: number): Tokens | undefined {
    const tokens = this.#analyzer.tokensOf(valuesAt(stored.point(row)?.payload, this.#path));
    return tokens.some((token) => token !== null) ? tokens : undefined;
  }

  /** What shows the best fragments of a payload's texts. */
  highlighter(ask: TextAsk, options: HighlightOptions): (payload: object | undefined) => string[] {
    const words = (this.index as AskedIndex).wordsOf(ask);
    return (payload) =>
      valuesAt(payload as Parameters<typeof valuesAt>[0], this.#path)
        .flat(1)
        .filter((text) => typeof text === 'string')
        .flatMap((text) => highlight(text, (word) => words.has(word), this.#analyzer, options));
  }
}
