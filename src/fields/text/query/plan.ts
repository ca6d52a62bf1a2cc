/*
 * From a query of text to what the index answers: a pure function. Each word of the query becomes a group of words that
 * texts may have in its place: the word itself, longer ones if it is a beginning, and those that are a few edits away.
 * A group counts as one word: as frequent as the most frequent of it, as Lucene counts them; and what is less like the
 * word of the query counts by its share: the letters given of all letters, or those that are right of the shorter word.
 */
import type { Analyzer, QueryWord } from '../analysis/analyzer.js';
import type { TextQuery, Tokens } from '../weighed.js';
import type { Near } from './near-words.js';

/** A query of text as a caller writes it, checked. */
export interface TextAsk {
  readonly text: string;
  /** Whether a text must have any word, all words, or all in a row. Default 'any'. */
  readonly match?: 'any' | 'all' | 'phrase';
  /** Whether the last word is a beginning. Not for phrases. */
  readonly prefix?: boolean;
  /** Most edits: 1 from 4 letters on, 2 from 8. Not for phrases. */
  readonly fuzzy?: 0 | 1 | 2;
  readonly boost?: number;
}

/** Words that stand for one word of a query, at most: the most alike. */
export const EXPANSIONS_MAX = 128;

const FUZZY_FROM = 4;
const FUZZY_TWO_FROM = 8;

type Alternatives = Map<string, number>;

function add(into: Alternatives, word: string, share: number): void {
  if (into.size < EXPANSIONS_MAX || into.has(word)) into.set(word, Math.max(share, into.get(word) ?? 0));
}

function alternativesOf(query: QueryWord, isBeginning: boolean, fuzzy: number, near: Near): Alternatives {
  const { word, term } = query;
  const found: Alternatives = new Map();
  if (term !== null) add(found, term, 1);
  if (query.opens) for (const one of near.beginningWith(word)) add(found, one, 1);
  const limit =
    term === null || word.length < FUZZY_FROM ? 0 : Math.min(fuzzy, word.length < FUZZY_TWO_FROM ? 1 : 2);
  if (limit > 0)
    for (const { word: one, edits } of near.within(term!, limit))
      add(found, one, 1 - edits / Math.min(term!.length, one.length));
  if (isBeginning && word !== '')
    for (const one of near.beginningWith(word)) add(found, one, word.length / one.length);
  return found;
}

/** The words of a phrase by their places; of single letters that open a term, any that there is. */
function phraseOf(words: readonly QueryWord[]): Tokens {
  const tokens = words.map(({ term, opens }) => (opens ? null : term));
  const first = tokens.findIndex((token) => token !== null);
  return first < 0 ? [] : tokens.slice(first, tokens.findLastIndex((token) => token !== null) + 1);
}

/** What the index is asked. A query without words finds nothing: then there are none in the result. */
export function planText(ask: TextAsk, analyzer: Analyzer, near: Near): TextQuery {
  const { match = 'any', prefix = false, fuzzy = 0, boost = 1 } = ask;
  const query = analyzer.queryWords(ask.text);
  const isPhrase = match === 'phrase';
  const groups = query
    .map((one, i) =>
      isPhrase
        ? alternativesOf(one, false, 0, near)
        : alternativesOf(one, prefix && i === query.length - 1, fuzzy, near),
    )
    .filter(({ size }) => size > 0);
  const words = groups.flatMap((of, group) =>
    Array.from(of, ([word, share]) => ({ word, boost: boost * share, group })),
  );
  if (match === 'any') return { words };
  const all = groups.map((of) => [...of.keys()]);
  const phrase = isPhrase ? phraseOf(query) : [];
  return phrase.length > 1 ? { words, all, phrases: [phrase] } : { words, all };
}
