/*
 * From texts to terms: what a text field keeps and looks for. A word is folded, left out if it is a stop word of the
 * language, and reduced to its stem; words that came before are remembered with what became of them.
 */
import { ownCopy } from '../../../base/own-copy.js';
import { formOf } from './fold.js';
import { type Language, loadLanguage } from './languages.js';
import { unitsOf } from './units.js';
import { eachWord } from './words.js';

/** Raised whenever a text may be cut into other terms than before: indexes of texts are rebuilt then. */
export const ANALYSIS_VERSION = 3;

/** Terms of a text by their places; null where a word was left out. */
export type Tokens = (string | null)[];

/** What a place of a text has: a term, null for a stop word, and which characters of the text it is. True: no more words are wanted. */
type VisitToken = (term: string | null, start: number, end: number) => unknown;

/** Places between two strings of an array, so that no phrase goes across; unless it has as many stop words in a row. */
export const STRING_GAP = 16;

/** A word of a query. */
export interface QueryWord {
  /** Folded. */
  readonly word: string;
  /** What it is in texts; null for a stop word. */
  readonly term: string | null;
  /** Whether all terms that begin so are meant: a single unit of a script without spaces. */
  readonly opens: boolean;
}

/** Words that are remembered at most, and how long they are: what is longer seldom comes again. */
const KNOWN_MAX = 65_536;
const KNOWN_LENGTH_MAX = 40;

/** What became of a word: its form, and its term or null. */
interface Known {
  readonly word: string;
  readonly term: string | null;
}

export class Analyzer {
  readonly #language: Language;
  readonly #known = new Map<string, Known>();
  /** Likewise, of scripts without spaces. */
  readonly #units = new Map<string, string>();

  constructor(language: Language) {
    this.#language = language;
  }

  get language(): string {
    return this.#language.name;
  }

  /** Visits the places of a text in their order, from one where no word is cut. Gives the place at which it ended. */
  each(text: string, visit: VisitToken, from = 0): number {
    const visitWord = (start: number, end: number, isUnspaced: boolean): unknown =>
      isUnspaced
        ? this.eachPair(text.slice(start, end), start, visit)
        : visit(this.termOf(text.slice(start, end)), start, end);
    return eachWord(text, visitWord, from);
  }

  /** The term of a word; null for a stop word. */
  termOf(word: string): string | null {
    return this.#wordOf(word).term;
  }

  /** Whether a text has a term. */
  hasTerm(text: string): boolean {
    let isFound = false;
    eachWord(text, (start, end, isUnspaced) => {
      isFound = isUnspaced || this.termOf(text.slice(start, end)) !== null;
      return isFound;
    });
    return isFound;
  }

  /** Visits the places of a run of a script without spaces, which begins at `from` of its text: all. What the last visit gave. */
  eachPair(run: string, from: number, visit: VisitToken): unknown {
    const starts = unitsOf(run);
    const last = starts.length - 2;
    let unit = this.#unitOf(run.slice(0, starts[1]));
    let given: unknown;
    for (let i = 0; i <= last; i++) {
      const end = starts[Math.min(i + 2, last + 1)]!;
      const next = i < last ? this.#unitOf(run.slice(starts[i + 1], end)) : '';
      given = visit(unit + next, from + starts[i]!, from + end);
      unit = next;
    }
    return given;
  }

  #unitOf(raw: string): string {
    const known = this.#units.get(raw);
    if (known !== undefined) return known;
    const own = ownCopy(raw);
    const unit = formOf(own, this.#language.lower);
    if (this.#units.size === KNOWN_MAX) this.#units.clear();
    this.#units.set(own, unit);
    return unit;
  }

  /** The places of the strings among the values at a path of a payload. */
  tokensOf(values: readonly unknown[]): Tokens {
    const tokens: Tokens = [];
    for (const [i, text] of stringsOf(values).entries()) {
      if (i > 0) for (let left = STRING_GAP; left > 0; left--) tokens.push(null);
      this.each(text, (term) => tokens.push(term));
    }
    return tokens;
  }

  /** The words of a query, by place. The last unit of a longer run is in the pair before. */
  queryWords(text: string): QueryWord[] {
    const words: QueryWord[] = [];
    eachWord(text, (start, end, isUnspaced) => {
      const raw = text.slice(start, end);
      if (!isUnspaced) {
        words.push({ ...this.#wordOf(raw), opens: false });
        return;
      }
      const terms: string[] = [];
      this.eachPair(raw, 0, (term) => terms.push(term!));
      const opens = terms.length === 1;
      if (!opens) terms.pop();
      for (const term of terms) words.push({ word: term, term, opens });
    });
    return words;
  }

  #wordOf(raw: string): Known {
    const known = this.#known.get(raw);
    if (known) return known;
    const { lower, stopWords, stem } = this.#language;
    const own = ownCopy(raw);
    const word = formOf(own, lower);
    const isLeftOut = word === '' || stopWords.has(word);
    const found = { word, term: isLeftOut ? null : stem(word) || word };
    if (raw.length > KNOWN_LENGTH_MAX) return found;
    if (this.#known.size === KNOWN_MAX) this.#known.clear();
    this.#known.set(own, found);
    return found;
  }
}

/** The strings among the values at a path of a payload, and among those of arrays there; others have no words. */
export function stringsOf(values: readonly unknown[]): string[] {
  const strings: string[] = [];
  const add = (value: unknown): void => {
    if (typeof value === 'string') strings.push(value);
  };
  for (const value of values) {
    if (Array.isArray(value)) for (const element of value) add(element);
    else add(value);
  }
  return strings;
}

/** All fields of one language have one analyzer: what it remembers of words is of use to all. */
const analyzers = new Map<string, Analyzer>();

/** The analyzer of a language, which is loaded first. The name is one of LANGUAGE_NAMES. */
export async function analyzerOf(name: string): Promise<Analyzer> {
  const language = await loadLanguage(name);
  let analyzer = analyzers.get(name);
  if (!analyzer) analyzers.set(name, (analyzer = new Analyzer(language)));
  return analyzer;
}

/** The same of one that was loaded before. */
export function loadedAnalyzer(name: string): Analyzer {
  const analyzer = analyzers.get(name);
  if (!analyzer) throw new Error(`the language ${name} was not loaded`);
  return analyzer;
}
