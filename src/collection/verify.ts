/* Whether graph and store are sound, and of one mind. */
import type { VerifyReport } from '../hnsw/verify.js';
import { type LiveIndex, liveRows } from './live-index.js';

export interface CollectionVerifyReport extends VerifyReport {
  /** Rows that the store has and searches would not find. */
  readonly missingRows: number;
  /** Rows that searches would find and the store has not. */
  readonly extraRows: number;
}

function compare(live: LiveIndex): { missingRows: number; extraRows: number } {
  const stored = new Set(live.store.rows(live.collection, 0));
  let extraRows = 0;
  let missingRows = 0;
  for (const row of liveRows(live.index)) if (!stored.has(row)) extraRows++;
  for (const row of stored) {
    // A row whose slot names another one would be found, but neither masked nor matched by filters.
    const slot = live.slotOf(row);
    if (slot === undefined || live.rowAt(slot) !== row) missingRows++;
  }
  return { missingRows, extraRows };
}

/** No build may run, and no write be under way. */
export function verifyCollection(live: LiveIndex, repair: boolean): CollectionVerifyReport {
  const graph = live.index.verify({ repair });
  const rows = compare(live);
  return { ...graph, ...rows, ok: graph.ok && rows.missingRows === 0 && rows.extraRows === 0 };
}
