/* How a search of one arena will be answered: a pure function from the facts to a value that prints itself. */
import { LIST_MAX } from '../kernel/layout.js';

/** Beam width where the caller names none: recall@10 of about .96 on GloVe (340,479 words). */
export const EF_DEFAULT = 256;

/** Up to so many matching rows are compared one by one: a walk among them costs more. */
export const SCAN_ADMITTED_MAX = 8_192;
/** Up to so many, even their codes need not be asked first. */
export const EXACT_ADMITTED_MAX = 2_048;
/** Beam width, at most, where a function must be asked about every row that might be found. */
const ASKED_EF_MAX = 100;

/** What is known of a filter. */
export type FilterFacts =
  /** Exactly these many live rows match, and it is known which. */
  | { readonly kind: 'admitted'; readonly admitted: number }
  /** A function must be asked. */
  | { readonly kind: 'asked' }
  /** Nearly everything matches: so many of the nearest rows are found, and asked about afterwards. */
  | { readonly kind: 'afterwards'; readonly take: number };

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
  readonly filter?: FilterFacts | undefined;
}

export type SearchPlan =
  /** Every row is compared, or every one that matches. */
  | { readonly kind: 'scan'; readonly why: string }
  /** The matching rows are compared on codes, the best of them exactly. */
  | { readonly kind: 'scan-codes'; readonly admitted: number }
  /** Window, then graph; the filter, if any, is a function, asked about rows that would enter the beam. */
  | { readonly kind: 'graph'; readonly ef: number; readonly asked: boolean }
  /** Window, then the graph as the matching rows see it. `share`: of live rows, those that match. */
  | { readonly kind: 'graph-among'; readonly ef: number; readonly admitted: number; readonly share: number }
  /** Window and graph without the filter; then the `take` nearest are asked about. */
  | { readonly kind: 'graph-then-filter'; readonly ef: number; readonly take: number };

/** Which of these, for one arena. */
export function planSearch(facts: SearchFacts): SearchPlan {
  const { live, linked, k, settled, filter } = facts;
  const scan = (why: string): SearchPlan => ({ kind: 'scan', why });
  const admitted = filter?.kind === 'admitted' ? filter.admitted : undefined;
  if (facts.exact) return scan('an exact answer was asked for');
  if (live < (facts.exactBelow ?? 0)) return scan(`fewer than ${facts.exactBelow} rows`);
  if (admitted !== undefined && admitted <= EXACT_ADMITTED_MAX)
    return scan(`at most ${EXACT_ADMITTED_MAX} rows match`);
  if (!settled) return scan('too few rows for codes');
  const ef = Math.max(facts.ef, k);
  if (admitted !== undefined && admitted <= SCAN_ADMITTED_MAX && 4 * k < SCAN_ADMITTED_MAX)
    return { kind: 'scan-codes', admitted };
  if (linked === 0) return scan('nothing is linked');
  if (ef >= LIST_MAX || ef >= (admitted ?? live)) return scan(`ef ${ef} covers the collection or the beam`);
  if (admitted !== undefined)
    return { kind: 'graph-among', ef, admitted, share: Math.min(1, admitted / live) };
  if (filter?.kind === 'asked')
    return { kind: 'graph', ef: Math.max(k, Math.min(ef, ASKED_EF_MAX)), asked: true };
  if (filter?.kind === 'afterwards')
    return { kind: 'graph-then-filter', ef: Math.max(ef, filter.take), take: filter.take };
  return { kind: 'graph', ef, asked: false };
}
