/* How one search was answered: noted where it is asked for. */
import type { Arena } from './arena.js';
import type { SearchPlan } from './plan.js';

/** Counts add up over arenas. */
export interface SearchTrace {
  plans: SearchPlan[];
  /** Rows of the window, or of everything where that was scanned, that the scan went over. */
  rowsScanned: number;
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

/** The window was scanned, and these were found in it. */
export function noteWindow(
  arena: Arena,
  found: readonly { readonly slot: number }[],
  trace: SearchTrace,
): void {
  for (const { slot } of found) trace.windowSlots.add(slot);
  const start = arena.advanceWindow();
  trace.rowsScanned += arena.rows - start;
  trace.rowsMasked += arena.maskedFrom(start);
}

/** The graph was walked. */
export function noteVisited(arena: Arena, trace: SearchTrace): void {
  for (const row of arena.visitedRows()) {
    trace.nodesVisited++;
    if (!arena.isLive(row)) trace.rowsMasked++;
  }
}
