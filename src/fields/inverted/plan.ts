/*
 * How an inverted index is searched: a value that is made before, from the query and from what lives then. The search goes by
 * it and by nothing else, and `explain` says what it holds.
 */

import type { Places } from '../places.js';

/** A list of the index, and what it is worth in a search. */
export interface WeighedTerm<Name extends string | number = string | number> {
  /** A word, or an index of a sparse vector. */
  readonly name: Name;
  /** Its list; 0: there is none. */
  readonly term: number;
  /** Float32. */
  readonly weight: number;
  /** Live documents that have it; undefined where nobody asked and no weight depends on it. */
  readonly documents: number | undefined;
  /** How rare it counts; undefined where that does not count. */
  readonly idf: number | undefined;
}

/** What a query is worth now. */
export interface Weighed {
  readonly terms: readonly WeighedTerm[];
  /** A document must have a word of each of these. */
  readonly all?: readonly (readonly string[])[];
}

export interface InvertedPlan<W = Weighed> {
  readonly weighed: W;
  readonly k: number;
  /** By places: those below `rows` whose bit is set are searched. */
  readonly rows: number;
  /** These do not change any more. */
  readonly bits: Uint32Array;
  /** Whose places these are: of another index they mean something else. */
  readonly places: Places;
}

/** Terms that have a list. */
export function listsOf(terms: readonly WeighedTerm[]): WeighedTerm[] {
  return terms.filter(({ term }) => term !== 0);
}
