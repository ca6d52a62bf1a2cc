/* How a search of one arena will be answered: a pure function from the facts to a value that prints itself. */
import { LIST_MAX } from '../kernel/layout.js';
import type { Admitted } from './admitted.js';

/** The narrowest beam where the caller names none and nothing was learned: recall@10 of about .96 on GloVe (340,479 words). */
export const EF_DEFAULT = 256;

/** Up to so many matching rows are compared one by one: a walk among them costs more. */
export const SCAN_ADMITTED_MAX = 8_192;
/** Up to so many where they are less than this share of all rows, masked ones too: such a walk finds its way slowly. */
export const SCAN_SPARSE_MAX = 32_768;
export const SPARSE_SHARE = 0.05;
/** Up to so many bytes of codes where there is a graph: 32,768 rows of 100 dimensions, about 5,000 of 784. */
export const SCAN_BYTES_MAX: number = 1 << 21;
/** From this share of the live rows on, the filter is asked about the nearest rows afterwards. */
export const NEARLY_ALL_SHARE = 0.95;
/** Up to so many, even their codes need not be asked first. */
export const EXACT_ADMITTED_MAX = 2_048;

export interface SearchFacts {
  /** Rows, masked ones too. */
  readonly rows: number;
  /** Live rows, and how many of them are linked. */
  readonly live: number;
  readonly linked: number;
  readonly k: number;
  readonly ef: number;
  /** Of the code of one row. */
  readonly codeBytes: number;
  /** The origin of the codes is settled, or there are no codes: the walk can tell rows apart. */
  readonly settled: boolean;
  /** The caller wants an exact answer; or one from fewer live rows than this. */
  readonly exact: boolean;
  readonly exactBelow: number;
  readonly admitted: Admitted;
  /** Live rows that have a bit, where exactly these match. */
  readonly matching: number;
}

/**
 * What a filtered walk became by what matches around the query (kernel/asm/admitted.ts): over all rows, of which those that match
 * count; among those that match; a scan of their codes.
 */
export type WalkWay = 'all' | 'among' | 'codes';

export type SearchPlan =
  /** Every row is compared, or every one that matches. */
  | { readonly kind: 'scan'; readonly why: string }
  /** The matching rows are compared on codes, the best of them exactly. */
  | { readonly kind: 'scan-codes'; readonly admitted: number }
  /** Window, then graph; the filter, if any, is a function, asked about rows that would enter the beam. */
  | { readonly kind: 'graph'; readonly ef: number; readonly asked: boolean }
  /** Window, then the graph, for the matching rows alone: `way` says how, in the trace of a search that did. */
  | {
      readonly kind: 'graph-among';
      readonly ef: number;
      readonly admitted: number;
      readonly way?: WalkWay | undefined;
    }
  /** Window and graph without the filter; then the `take` nearest are asked about. Of `admitted`: NaN if not known. */
  | {
      readonly kind: 'graph-then-filter';
      readonly ef: number;
      readonly admitted: number;
      readonly take: number;
    };

/** Of how many of the nearest rows `k` match for certain enough, where this share of the rows does not: where all do, of so many. */
function takeOf(k: number, missing: number): number {
  const spare = Math.ceil(0.5 * k) + 16;
  return k + Math.ceil(spare * (missing / (1 - NEARLY_ALL_SHARE)));
}

/** Of one arena with a filter of which all is known. */
function planAdmitted(facts: SearchFacts, admitted: number): SearchPlan {
  const { rows, live, linked, k, settled } = facts;
  const ef = Math.max(facts.ef, k);
  const most = admitted < SPARSE_SHARE * rows ? SCAN_SPARSE_MAX : SCAN_ADMITTED_MAX;
  const few = linked === 0 ? most : Math.min(most, SCAN_BYTES_MAX / facts.codeBytes);
  if (admitted <= EXACT_ADMITTED_MAX)
    return { kind: 'scan', why: `at most ${EXACT_ADMITTED_MAX} rows match` };
  if (!settled) return { kind: 'scan', why: 'too few rows for codes' };
  if (admitted <= few && 4 * k < EXACT_ADMITTED_MAX) return { kind: 'scan-codes', admitted };
  if (linked === 0) return { kind: 'scan', why: 'nothing is linked' };
  if (ef >= LIST_MAX || ef >= admitted)
    return { kind: 'scan', why: `ef ${ef} covers the matching rows or the beam` };
  if (admitted >= NEARLY_ALL_SHARE * live) {
    const take = takeOf(k, Math.max(0, 1 - admitted / live));
    if (take <= ef) return { kind: 'graph-then-filter', ef, admitted, take };
  }
  return { kind: 'graph-among', ef, admitted };
}

/** Which of these, for one arena. */
export function planSearch(facts: SearchFacts): SearchPlan {
  const { live, linked, k, settled, admitted } = facts;
  if (facts.exact) return { kind: 'scan', why: 'an exact answer was asked for' };
  if (live < facts.exactBelow) return { kind: 'scan', why: `fewer than ${facts.exactBelow} rows` };
  if (admitted.kind === 'bits') return planAdmitted(facts, facts.matching);
  if (linked === 0) return { kind: 'scan', why: 'nothing is linked' };
  if (!settled) return { kind: 'scan', why: 'too few rows for codes' };
  const asked = admitted.kind === 'asked';
  const ef = Math.max((asked ? admitted.ef : undefined) ?? facts.ef, k);
  if (ef >= LIST_MAX || ef >= live)
    return { kind: 'scan', why: `ef ${ef} covers the collection or the beam` };
  if (asked && admitted.take !== undefined) {
    const { take } = admitted;
    return { kind: 'graph-then-filter', ef: Math.max(ef, take), admitted: Number.NaN, take };
  }
  return { kind: 'graph', ef, asked };
}

/** What is done where too few of the nearest match. */
export function planOtherwise({ ef, admitted }: SearchPlan & { kind: 'graph-then-filter' }): SearchPlan {
  return Number.isNaN(admitted) ? { kind: 'graph', ef, asked: true } : { kind: 'graph-among', ef, admitted };
}

/** What is done where a walk met too few rows to stand for all. */
export const SCAN_INSTEAD: SearchPlan = { kind: 'scan', why: 'the walk found too few' };
