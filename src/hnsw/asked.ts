/*
 * What queries promise that were asked: once there are enough of them, they are the truth, and stored rows and the newest queries
 * say only whether it still holds.
 *
 * Of the newest there are so few that a standard error less than what they find would cost everyone else. So they count by how unlikely
 * it is that they are queries like those before.
 */
import { below, ONE_IN, QUERIES_MIN, type RecallTable } from './recall-table.js';

/** So many are enough, where all are measured. */
const ENOUGH = 256;

/** Standard errors that are promised less, of so many queries. */
const CAUTION = 0.5;
/** By so many standard errors the newest find less where they count in full; by fewer, in proportion. */
const SURE = 2;

/**
 * As much less may rows find than what is asked for, and no more than a target leaves to be missed: a row that is hidden while it is asked
 * leaves holes in the lists of its neighbours. Queries like the rows then get what they ask for less .02 at most.
 */
const HOLES = 0.025;

/** Whether so many were asked that they decide. */
export function decides(asked: RecallTable, level: number): boolean {
  return asked.count(level) >= ENOUGH / ONE_IN[level]!;
}

/** What rows promise then. */
export function forgiven(promised: readonly number[], target: number): number[] {
  const holes = Math.min(HOLES, 1 - target);
  return promised.map((recall) => Math.min(1, recall + holes));
}

/** What queries promise then, by effort; it rises. */
export function promisedBy(asked: RecallTable, lately: RecallTable, level: number): number[] {
  const means = asked.means(level);
  const errors = asked.errors(level);
  const promised = means.map((mean, i) => mean - CAUTION * errors[i]!);
  if (lately.count(level) < QUERIES_MIN) return below(promised);
  const newest = lately.means(level);
  const newestErrors = lately.errors(level);
  return below(
    promised.map((recall, i) => {
      const less = (means[i]! - newest[i]!) / Math.hypot(errors[i]!, newestErrors[i]!);
      const weight = Math.max(0, Math.min(1, less / SURE));
      return recall + weight * Math.min(0, newest[i]! - newestErrors[i]! - recall);
    }),
  );
}
