/* What goes into a search of the engine, and what comes out. Rows are named by their slots (slots.ts). */
import type { VectorLike } from '../kernel/metrics.js';
import type { Admitted } from './admitted.js';
import type { SearchPlan } from './plan.js';

export interface Query {
  readonly vector: VectorLike;
  readonly k: number;
  readonly ef: number;
  readonly admitted: Admitted;
  /** None of the window is admitted: it is not looked at, and the graph is all there is. */
  readonly indexedOnly?: boolean | undefined;
  /** Compare all rows, whatever the graph could do; or if fewer live than so many. */
  readonly exact: boolean;
  readonly exactBelow: number;
  /** What is admitted later on, of all rows that there are then. None: the same. */
  readonly admittedNow?: (() => Admitted) | undefined;
  /**
   * The walk looks no farther than this many times beyond the k-th best: see kernel/asm/beam.ts. `ef` is the most that
   * its beam holds, as without. None: `ef` alone decides.
   */
  readonly bound?: number | undefined;
  /**
   * The slot of a row that is not to be found, and that walks take no notice of: for asking with the vector of a row.
   * Everything below `answer` looks for one row more then, since scans find it.
   */
  readonly hidden?: number | undefined;
  /** How many others wait as well: if any, another thread may answer it, and nobody changes the vector meanwhile. */
  readonly shared?: number | undefined;
  /** It leaves the searching threads to others: its scans are not divided among them. */
  readonly aside?: boolean | undefined;
  /** Filled in where it is given. */
  readonly trace?: SearchTrace | undefined;
}

/** The same query, of the rows that there are now. */
export function asOfNow(query: Query): Query {
  return query.admittedNow ? { ...query, admitted: query.admittedNow() } : query;
}

/** A row that was found, and its distance: smaller is nearer. */
export interface Match {
  readonly slot: number;
  readonly distance: number;
}

/** Nearest first, then in the order of writing. */
export function byDistance(a: Match, b: Match): number {
  return a.distance - b.distance || a.slot - b.slot;
}

/** How one search was answered: noted where it is asked for. Counts add up over arenas. */
export interface SearchTrace {
  plans: SearchPlan[];
  /** Rows of the window, or of everything where that was scanned, that the scan went over. */
  rowsScanned: number;
  /** Those of the window among them. */
  windowRows: number;
  /** Rows that the walk met. */
  nodesVisited: number;
  /** Among all of these, rows that are masked. */
  rowsMasked: number;
  /** Candidates of the walk whose vectors were compared. */
  candidatesRescored: number;
  /** Slots of rows that came from the window. */
  windowSlots: Set<number>;
  windowMs: number;
  graphMs: number;
  rescoreMs: number;
  scanMs: number;
}

export function newTrace(): SearchTrace {
  return {
    plans: [],
    rowsScanned: 0,
    windowRows: 0,
    nodesVisited: 0,
    rowsMasked: 0,
    candidatesRescored: 0,
    windowSlots: new Set(),
    windowMs: 0,
    graphMs: 0,
    rescoreMs: 0,
    scanMs: 0,
  };
}

/** Forgets what a search that begins again has noted. */
export function clearTrace(trace: SearchTrace | undefined): void {
  if (trace) Object.assign(trace, newTrace());
}
