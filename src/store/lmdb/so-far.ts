/* What the entries of a transaction have done so far. */

import type { ChangedFields } from '../changed-fields.js';
import type { PointsEntry } from '../entry.js';
import { LatestRows } from '../latest-rows.js';
import type { Appended, Counts } from '../store.js';
import type { ChangesSoFar } from './changes.js';
import { COLLECTION_BYTES } from './keys.js';
import { PayloadsSoFar, type StoredPayloads } from './payloads.js';

/** What the entries of a transaction have made of ids, counts, payloads and values so far. LMDB tells it when it is committed. */
export class SoFar {
  readonly ids: LatestRows;
  readonly counts: Map<number, Counts> = new Map();
  readonly payloads: PayloadsSoFar;
  readonly changes: ChangesSoFar;

  constructor(entries: readonly PointsEntry[], payloads: StoredPayloads, changes: ChangesSoFar) {
    this.payloads = new PayloadsSoFar(payloads);
    this.changes = changes;
    let count = 0;
    let bytes = 0;
    for (const entry of entries) {
      count += entry.count;
      bytes += entry.ids.length + entry.count * COLLECTION_BYTES;
    }
    this.ids = new LatestRows(count, bytes);
  }
}

/** What an entry has done, and how many points, points with a patch, and changed values there are from there on. */
export interface Done {
  readonly appended: Appended;
  readonly points: number;
  readonly patched: number;
  readonly changed: ChangedFields;
}

/** What a collection has given out and holds behind an entry. */
export function countsBehind(
  { kind, count }: PointsEntry,
  first: number,
  before: Counts,
  { appended, points, patched, changed }: Done,
): Counts {
  const seq = first + count - 1;
  const any = appended.previous.some((row) => row !== 0);
  const patchedAt = kind === 'patch' && any ? seq : before.patchedAt;
  return {
    seq,
    points,
    ...(patched > 0 && { patched, ...(patchedAt !== undefined && { patchedAt }) }),
    ...changed.counts,
  };
}
