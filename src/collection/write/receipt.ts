/* What a write reports. */
import type { Rejection, WriteReceipt } from '../../api/writing.js';
import type { Draft, Written } from '../live-index.js';

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
