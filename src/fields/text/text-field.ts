/* A field of text: an inverted index of the words that stand at a path of the payloads, as a language has them. */

import { type Aspect, memberOf } from '../../filter/aspects.js';
import { type Path, parsePath, valuesAt } from '../../filter/path.js';
import type { KernelCode } from '../../kernel/builds.js';
import type { Payload } from '../../store/payload.js';
import type { TextSpec } from '../field.js';
import { InvertedField, type StoredValues } from '../inverted/field.js';
import { ANALYSIS_VERSION, type Analyzer, loadedAnalyzer, stringsOf } from './analysis/analyzer.js';
import { AskedIndex, type Texts } from './asked-index.js';
import { highlighting, type IsFound } from './query/highlight.js';
import type { TextAsk } from './query/plan.js';
import type { WeighedText } from './weighed.js';

/** How found words are shown. */
export type HighlightOptions = NonNullable<Parameters<typeof highlighting>[3]>;

export class TextField extends InvertedField<TextSpec, Texts, TextAsk, WeighedText> {
  readonly #path: Path;
  readonly #analyzer: Analyzer;
  /** What of points it is made of. */
  readonly aspects: ReadonlySet<Aspect>;

  /** The language must have been loaded. */
  constructor(spec: TextSpec, code: KernelCode) {
    const analyzer = loadedAnalyzer(spec.language);
    super(spec, () => new AskedIndex(code, analyzer, spec));
    this.#analyzer = analyzer;
    this.#path = parsePath(spec.path, 'path', 'INVALID_OPTION');
    this.aspects = new Set([memberOf(this.#path)]);
  }

  get madeBy(): string {
    const { path, language, k1, b, positions } = this.spec;
    return JSON.stringify(['text', ANALYSIS_VERSION, path, language, k1, b, positions]);
  }

  /** A text without words is as none. */
  protected valueOf(stored: StoredValues, row: number): Texts | undefined {
    const texts = this.textsOf(stored.point(row)?.payload);
    return texts.some((text) => this.#analyzer.hasTerm(text)) ? texts : undefined;
  }

  #findsOf(ask: TextAsk): IsFound {
    const found = (this.index as AskedIndex).wordsOf(ask);
    const asked = this.#analyzer.queryWords(ask.text);
    const units = asked.flatMap(({ word, opens }) => (opens ? [word] : []));
    const whole = new Set(asked.flatMap(({ word, opens }) => (opens ? [] : [word])));
    return (term) => {
      if (!found.has(term)) return false;
      return whole.has(term) || !units.some((unit) => term.startsWith(unit)) || 'first unit';
    };
  }

  /** The texts of a payload. */
  textsOf(payload: Payload | undefined): Texts {
    return stringsOf(valuesAt(payload, this.#path));
  }

  /** What shows the best fragments of a text, by the words that the index has now. */
  highlighter(ask: TextAsk, options: HighlightOptions): (text: string) => Generator<void, string[]> {
    const isFound = this.#findsOf(ask);
    return (text) => highlighting(text, isFound, this.#analyzer, options);
  }
}
