/* How a search will be answered: a pure function from the facts to a value that prints itself. */
import { LIST_MAX } from '../kernel/layout.js';

/** Beam width where the caller names none. */
export const EF_DEFAULT = 200;

export interface SearchFacts {
  /** Live rows, and how many of them are linked. */
  readonly live: number;
  readonly linked: number;
  readonly k: number;
  readonly ef: number;
  /** The origin of the codes is settled, or there are no codes: the walk can tell rows apart. */
  readonly settled: boolean;
  /** The caller wants an exact answer. */
  readonly exact?: boolean;
  /** The caller wants an exact answer from fewer rows than this. */
  readonly exactBelow?: number;
}

export type SearchPlan =
  | { readonly kind: 'scan'; readonly why: string }
  | { readonly kind: 'graph'; readonly ef: number };

/** Exact scan of everything, or window plus graph with beam width `ef`. */
export function planSearch(facts: SearchFacts): SearchPlan {
  const { live, linked, k, settled } = facts;
  if (facts.exact) return { kind: 'scan', why: 'an exact answer was asked for' };
  if (live < (facts.exactBelow ?? 0)) return { kind: 'scan', why: `fewer than ${facts.exactBelow} rows` };
  if (linked === 0) return { kind: 'scan', why: 'nothing is linked' };
  if (!settled) return { kind: 'scan', why: 'too few rows for codes' };
  const ef = Math.max(facts.ef, k);
  if (ef >= LIST_MAX || ef >= live)
    return { kind: 'scan', why: `ef ${ef} covers the collection or the beam` };
  return { kind: 'graph', ef };
}
