/*
 * A text query with what its words are worth among the documents of a moment, and the score of one document by it. Okapi BM25
 * in float32, summed over the words of the query in their order: the same number bit for bit as from the index.
 */
import type { Saturation } from '../../kernel/postings.js';
import type { WeighedTerm } from '../inverted/plan.js';
import { GAP, hasPhrase } from './positions.js';

const { fround } = Math;

/** Most occurrences that count. */
export const TF_MAX = 65_535;

/** Words of a text in their order; null: a word was left out there. */
export type Tokens = readonly (string | null)[];

interface QueryTerm {
  readonly word: string;
  readonly boost?: number;
  /** Words of one group stand for one word of the query: each counts as frequent as the most frequent of them. */
  readonly group?: number;
}

export interface TextQuery {
  /** What scores. A word that stands here twice counts once, with its greatest boost, which is 1 and above 0. */
  readonly words: readonly QueryTerm[];
  /** A document must have a word of each group. */
  readonly all?: readonly (readonly string[])[] | undefined;
  /** And each of these, word behind word; null: any word. */
  readonly phrases?: readonly Tokens[] | undefined;
}

export interface WeighedText {
  /** Each word once. Weights are boost × idf × (k1 + 1). */
  readonly terms: readonly WeighedTerm<string>[];
  readonly all: readonly (readonly string[])[];
  readonly phrases: readonly Tokens[];
  /** Of live documents. */
  readonly average: number;
}

/** Words once each, with their greatest boost. */
export function boostsOf({ words }: TextQuery): Map<string, number> {
  const boosts = new Map<string, number>();
  for (const { word, boost = 1 } of words) boosts.set(word, Math.max(boost, boosts.get(word) ?? 0));
  return boosts;
}

/** In how many documents each word counts to be, from how many it is in. */
export function countedAs(
  { words }: TextQuery,
  frequencies: ReadonlyMap<string, number>,
): Map<string, number> {
  const most = new Map<number, number>();
  for (const { word, group } of words)
    if (group !== undefined) most.set(group, Math.max(most.get(group) ?? 0, frequencies.get(word)!));
  const counted = new Map(frequencies);
  for (const { word, group } of words)
    if (group !== undefined) counted.set(word, Math.max(counted.get(word)!, most.get(group)!));
  return counted;
}

/** What documents must have: words of phrases as well. */
export function groupsOf({ all = [], phrases = [] }: TextQuery): string[][] {
  const words = new Set(phrases.flat().filter((word) => word !== null));
  return [...all.map((group) => [...group]), ...[...words].map((word) => [word])];
}

/** Of a document that need not be in the index; undefined: it does not match. */
export function scoreText(
  { terms, all, phrases, average }: WeighedText,
  tokens: Tokens,
  { k1, b }: Saturation,
): number | undefined {
  const counts = new Map<string, number>();
  for (const token of tokens) if (token !== null) counts.set(token, (counts.get(token) ?? 0) + 1);
  if (!all.every((group) => group.some((word) => counts.has(word)))) return undefined;
  if (!phrases.every((phrase) => hasPhrase(tokens, phrase, null))) return undefined;
  let length = 0;
  for (const count of counts.values()) length += count;
  const norm = fround(fround(k1 * b) / fround(average));
  const lengthened = fround(fround(k1 * (1 - b)) + fround(norm * fround(length)));
  let sum = 0;
  let isFound = false;
  for (const { name, weight } of terms) {
    const count = counts.get(name);
    if (count === undefined) continue;
    const tf = Math.min(count, TF_MAX);
    sum = fround(sum + fround(fround(weight * tf) / fround(tf + lengthened)));
    isFound = true;
  }
  return isFound ? sum : undefined;
}

/** A phrase as numbers of a vocabulary; undefined: it has a word that no text has. */
export function phraseNumbers(
  phrase: Tokens,
  numberOf: (word: string) => number | undefined,
): number[] | undefined {
  const numbers = phrase.map((word) => (word === null ? GAP : numberOf(word)));
  return numbers.every((number) => number !== undefined) ? numbers : undefined;
}
