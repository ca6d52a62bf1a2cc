/*
 * How writers are slowed down that outrun the linkers: in proportion to the backlog. A write of n rows waits for
 *
 *     n / drain rate  ×  fill
 *
 * so that with an empty window nobody waits, and with a full one (fill 1) rows come as slowly as they are linked: the
 * window settles below the limit, smoothly. There is no point at which writes stop.
 *
 * Rows that were replaced or deleted fill as well, whether they were ever linked or not: compaction takes them out, and
 * to do so it links every live row once. A writer that replaces rows at the rate of linking would let it never catch
 * up; from a fill above 1 on each of its rounds has fewer rows than the one before. A fill of 3 is enough, so that who
 * has deleted most of a collection does not wait for more than that. They fill from half of what is borne on: a
 * compaction is under way by then (upkeep/compactor.ts), so that nobody waits for what nobody works at.
 */
import type { BackpressureError } from '../../base/errors.js';
import { MASKED_ROWS_BORNE } from '../../base/limits.js';

export interface Backlog {
  /** Rows that wait to be linked, or for a compaction to catch up with them. */
  readonly pending: number;
  /** Rows that were replaced or deleted, and still take memory. */
  readonly masked: number;
  readonly live: number;
  /** Rows linked a second, as measured lately; 0 while that is not known. */
  readonly linkedPerSecond: number;
  /** What scanning a waiting row costs a search, in milliseconds; 0 while that is not known. */
  readonly scanMsPerRow: number;
}

/** Who knows the backlog. */
export interface Slowdown {
  /**
   * How long a write has to wait: of so many rows, and of so many points that stay where they are, whose texts and sparse
   * vectors are taken in again, and which are not linked.
   */
  waitMsFor(rows: number, changed?: number): number;
  /** For a write that is not to wait so long. */
  refusal(waitMs: number): BackpressureError;
}

export interface BacklogLimits {
  readonly mergeThreshold: number;
  readonly scanBudgetMs: number;
}

/** Rows that may wait, as a multiple of the merge threshold; and of those that a search can scan in its budget. */
const THRESHOLDS = 10;
const BUDGETS = 5;
/** How much masked rows fill at most. */
const MASKED_FILL_MAX = 3;

/** Longest that one write waits, whatever the numbers say. */
export const WAIT_MS_MAX = 2_000;

/** The backlog at which rows are taken in as slowly as they are linked. */
export function backlogLimit({ scanMsPerRow }: Pick<Backlog, 'scanMsPerRow'>, limits: BacklogLimits): number {
  const byCount = THRESHOLDS * limits.mergeThreshold;
  const byCost = scanMsPerRow > 0 ? (BUDGETS * limits.scanBudgetMs) / scanMsPerRow : Infinity;
  // Linking one threshold of rows at a time must always be possible.
  return Math.max(Math.min(byCount, byCost), limits.mergeThreshold);
}

/**
 * The masked rows from which on writes wait; with twice as many, rows are taken in as slowly as they are linked. Borne
 * are as many as live, or as gather before linking begins.
 */
export function maskedOnset(
  { live }: Pick<Backlog, 'live'>,
  { mergeThreshold }: Pick<BacklogLimits, 'mergeThreshold'>,
): number {
  return Math.max(live, mergeThreshold, MASKED_ROWS_BORNE) / 2;
}

/** Milliseconds that a write of `rows` rows waits before it is committed. */
export function waitMsFor(rows: number, backlog: Backlog, limits: BacklogLimits): number {
  const { pending, masked, linkedPerSecond } = backlog;
  const limit = backlogLimit(backlog, limits);
  // Up to the threshold nothing is behind yet: that many gather before linking begins.
  const byPending = (pending - limit / THRESHOLDS) / limit;
  const onset = maskedOnset(backlog, limits);
  const fill = Math.max(byPending, Math.min(MASKED_FILL_MAX, (masked - onset) / onset));
  if (fill <= 0 || linkedPerSecond <= 0) return 0;
  return Math.min(WAIT_MS_MAX, ((1000 * rows) / linkedPerSecond) * fill);
}
