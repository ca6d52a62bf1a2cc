/* What a write reports. */
import type { Draft, Written } from '../live-index.js';
import type { Rejection } from './points.js';

export interface WriteReceipt {
  /** Sequence number of the last operation: give it to `waitFor`, or to a search as `minSeq`. */
  readonly seq: number;
  readonly inserted: number;
  readonly replaced: number;
  readonly deleted: number;
  /** Points that were not written, by their position in the call's list. */
  readonly rejected: readonly Rejection[];
}

export function receiptOf(
  draft: Draft,
  { seq, previous }: Written,
  rejected: readonly Rejection[],
): WriteReceipt {
  const before = previous.reduce((count, row) => count + (row !== 0 ? 1 : 0), 0);
  return draft.kind === 'put'
    ? { seq, inserted: draft.count - before, replaced: before, deleted: 0, rejected }
    : { seq, inserted: 0, replaced: 0, deleted: before, rejected };
}
