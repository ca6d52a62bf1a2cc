/*
 * How writers that outrun the linkers are slowed down: in proportion to the backlog. A write of n rows waits for
 *
 *     n / drain rate  ×  backlog / limit
 *
 * so that with an empty window nobody waits, and with a full one rows come as slowly as they are linked: the
 * window settles below the limit, smoothly. There is no point at which writes stop.
 */

export interface Backlog {
  /** Rows that wait to be linked. */
  readonly pending: number;
  /** Rows linked a second, as measured lately; 0 while that is not known. */
  readonly linkedPerSecond: number;
  /** What scanning one of them costs a search, in milliseconds; 0 while that is not known. */
  readonly scanMsPerRow: number;
}

/** Rows that may wait, as a multiple of the merge threshold; and of those that a search can scan in its budget. */
const THRESHOLDS = 10;
const BUDGETS = 5;

/** Longest that one write waits, whatever the numbers say. */
export const WAIT_MS_MAX = 2_000;

/** The backlog at which rows are taken in as slowly as they are linked. */
export function backlogLimit(
  { scanMsPerRow }: Backlog,
  limits: { readonly mergeThreshold: number; readonly scanBudgetMs: number },
): number {
  const byCount = THRESHOLDS * limits.mergeThreshold;
  const byCost = scanMsPerRow > 0 ? (BUDGETS * limits.scanBudgetMs) / scanMsPerRow : Infinity;
  // Linking one threshold of rows at a time must always be possible.
  return Math.max(Math.min(byCount, byCost), limits.mergeThreshold);
}

/** Milliseconds that a write of `rows` rows waits before it is committed. */
export function waitMsFor(rows: number, backlog: Backlog, limit: number): number {
  const { pending, linkedPerSecond } = backlog;
  // Up to the threshold nothing is behind yet: that many gather before linking begins.
  const fill = (pending - limit / THRESHOLDS) / limit;
  if (fill <= 0 || linkedPerSecond <= 0) return 0;
  return Math.min(WAIT_MS_MAX, ((1000 * rows) / linkedPerSecond) * fill);
}
