/* What a write reports. */
import type { Rejection, WriteReceipt } from '../../api/writing.js';
import { showId } from '../../base/checks.js';
import { SiltError, ValidationError } from '../../base/errors.js';
import { idOfKey } from '../../base/ids.js';
import { partOf } from '../../store/entry.js';
import type { Draft, Written } from '../live-index.js';

/** What several operations came to together; `seq`: of the last of them. */
export function sumOf(receipts: readonly WriteReceipt[], seq: number): WriteReceipt {
  const sum = { seq, inserted: 0, replaced: 0, deleted: 0, updated: 0 };
  for (const receipt of receipts) {
    sum.inserted += receipt.inserted;
    sum.replaced += receipt.replaced;
    sum.deleted += receipt.deleted;
    sum.updated += receipt.updated;
  }
  return { ...sum, rejected: receipts.flatMap(({ rejected }) => rejected) };
}

export function receiptOf(draft: Draft, written: Written, rejected: readonly Rejection[]): WriteReceipt {
  const { seq, previous } = written;
  const before = previous.reduce((count, row) => count + (row !== 0 ? 1 : 0), 0);
  const none = { seq, inserted: 0, replaced: 0, deleted: 0, updated: 0, rejected };
  if (draft.kind === 'put') return { ...none, inserted: draft.count - before, replaced: before };
  if (draft.kind === 'remove') return { ...none, deleted: before };
  return { ...none, updated: before, rejected: [...rejected, ...refusedOf(draft, written)] };
}

/**
 * Where a write by filter was cut short, since the payloads that it made were more than a commit may have: the first operation
 * that was not done, and the row to go on behind. Undefined where it was not, or nothing was done.
 */
export function cutShort(
  { expected }: Draft,
  { updated, rejected }: WriteReceipt,
): { readonly index: number; readonly before: number } | undefined {
  const first = rejected.find(({ code }) => code === 'LIMIT_EXCEEDED');
  return first && updated > 0 && expected
    ? { index: first.index, before: expected[first.index]! - 1 }
    : undefined;
}

/** Patches that the store could not apply. */
function refusedOf({ ids, idEnds }: Draft, { refused }: Written): Rejection[] {
  return refused.map(({ index, code, message }) => ({
    index,
    id: idOfKey(Uint8Array.from(partOf(ids, idEnds, index))),
    code,
    message,
  }));
}

/**
 * @throws ValidationError where a patch was refused for all points that it could have changed
 * @throws SiltError ROW_UNREADABLE likewise
 */
export function expectSomeUpdated({ updated, rejected }: WriteReceipt): void {
  const [first] = rejected;
  if (!first || updated > 0) return;
  const { code, id, message } = first;
  const what = `no payload was changed. Point ${showId(id)}: its payload ${message}`;
  throw code === 'ROW_UNREADABLE' ? new SiltError(code, what) : new ValidationError(code, what);
}
