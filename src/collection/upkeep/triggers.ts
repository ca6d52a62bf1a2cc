/*
 * When linking starts: enough rows wait, one has waited for long, or scanning them costs too much. Pure functions
 * of what is known, so that each border can be tested.
 */

export interface WindowFacts {
  /** Rows that wait to be linked. */
  readonly pending: number;
  /** How long the one that waits longest has waited. */
  readonly oldestMs: number;
  /** What a scan of all of them costs, as measured. */
  readonly scanMs: number;
}

export interface Thresholds {
  readonly mergeThreshold: number;
  readonly maxBufferAgeMs: number;
  readonly scanBudgetMs: number;
}

export type Trigger = 'count' | 'age' | 'cost';

/** Why linking should start now; undefined if it need not. */
export function dueFor(facts: WindowFacts, limits: Thresholds): Trigger | undefined {
  if (facts.pending === 0) return undefined;
  if (facts.pending >= limits.mergeThreshold) return 'count';
  if (facts.scanMs > limits.scanBudgetMs) return 'cost';
  return facts.oldestMs >= limits.maxBufferAgeMs ? 'age' : undefined;
}

/** Milliseconds until age alone is a reason. */
export function dueInMs(facts: WindowFacts, limits: Thresholds): number {
  return Math.max(0, limits.maxBufferAgeMs - facts.oldestMs);
}
