/*
 * How a filter is decided where indexes leave rows open: a pure function from the estimate of how many rows match.
 * How the matching rows are then searched is planned in hnsw/plan.ts.
 */
import type { Cardinality } from '../api/reading.js';

export interface FilterFacts extends Cardinality {
  readonly live: number;
  /** Live rows whose payload would have to be read. */
  readonly undecided: number;
  readonly k: number;
  readonly ef: number;
  /** Which rows match must be known of all: for an exact answer, a count, a scroll, a deletion. */
  readonly exact: boolean;
}

export type FilterPlan =
  /** It is known which rows match. */
  | { readonly kind: 'decided' }
  /** Payloads are read until it is. */
  | { readonly kind: 'read'; readonly why: string }
  /** The walk asks about each row that it would keep, and its payload is read then: a narrower walk than others. */
  | { readonly kind: 'ask'; readonly ef: number }
  /** Nearly everything matches: payloads of the `take` nearest are read once they are found. */
  | { readonly kind: 'afterwards'; readonly take: number };

/** So few payloads are read at once: in about 3 ms. */
export const READ_MAX = 1_000;
/** Share of the live rows, from which filtering afterwards or asking finds enough. */
export const AFTERWARDS_SHARE = 0.5;
export const ASK_SHARE = 0.05;
/** Beam width while payloads are read, at most: about 2,000 of them are. */
export const ASK_EF_MAX = 100;

export function planFilter(facts: FilterFacts): FilterPlan {
  const { live, undecided, min, expected, k, ef } = facts;
  if (undecided === 0) return { kind: 'decided' };
  if (facts.exact) return { kind: 'read', why: 'all must be known' };
  if (undecided <= READ_MAX) return { kind: 'read', why: 'few rows are open' };
  // Twice as many as are expected to do.
  const take = Math.ceil((2 * k * live) / Math.max(min, 1)) + 8;
  if (min >= AFTERWARDS_SHARE * live && take <= ef / 2) return { kind: 'afterwards', take };
  if (expected >= ASK_SHARE * live) return { kind: 'ask', ef: Math.max(k, Math.min(ef, ASK_EF_MAX)) };
  return { kind: 'read', why: 'too few rows match to come upon them' };
}
