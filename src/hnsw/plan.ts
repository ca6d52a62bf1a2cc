/* How a search will be answered: a pure function from the facts to a value that prints itself. */
import { LIST_MAX } from '../kernel/layout.js';

/** Beam width where the caller names none. */
export const EF_DEFAULT = 200;
/** Codes are approximate: so many of the nearest on codes are compared again in float32. */
const RESCORE_MIN = 40;

export interface SearchFacts {
  /** Live rows, and how many of them are linked. */
  readonly live: number;
  readonly linked: number;
  readonly k: number;
  readonly ef: number;
  /** The query leaves the range of float32 arithmetic. */
  readonly wide: boolean;
  readonly codesExact: boolean;
}

export type SearchPlan =
  | { readonly kind: 'scan'; readonly why: string }
  | { readonly kind: 'graph'; readonly ef: number; readonly rescore: number };

/** Exact scan of everything, or window plus graph with beam width `ef` and `rescore` float32 comparisons. */
export function planSearch(facts: SearchFacts): SearchPlan {
  const { live, linked, k, wide, codesExact } = facts;
  if (linked === 0) return { kind: 'scan', why: 'nothing is linked' };
  if (wide) return { kind: 'scan', why: 'the query needs float64' };
  const ef = Math.max(facts.ef, k);
  if (ef >= LIST_MAX || ef >= live)
    return { kind: 'scan', why: `ef ${ef} covers the collection or the beam` };
  return { kind: 'graph', ef, rescore: codesExact ? k : Math.min(ef, Math.max(RESCORE_MIN, 4 * k)) };
}
