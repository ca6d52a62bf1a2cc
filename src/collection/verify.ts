/* Checks the graph, the bytes of the store, and that both have the same rows. */

import { breathe } from '../base/slices.js';
import type { VerifyReport } from '../hnsw/verify.js';
import type { LiveIndex } from './live-index.js';
import type { UnreadableRow } from './stored-rows.js';
import { straysOf } from './strays.js';

/** Rows are read for so long at a stretch. */
const SLICE_MS = 2;
/** Damaged rows that a report lists. */
const LISTED_MAX = 100;

export interface CollectionVerifyReport extends VerifyReport {
  /** Rows that the store has and searches would not find. */
  readonly missingRows: number;
  /** Rows that searches would find and the store has not. */
  readonly extraRows: number;
  /** Points whose stored bytes are damaged, as a whole or in part. Not among the missing rows. */
  readonly unreadable: number;
  /** The first 100 of them. */
  readonly unreadableRows: readonly UnreadableRow[];
  /** Points of an older release that are not rewritten yet: their bytes have no checksum. */
  readonly unchecked: number;
}

/** Reads all rows, whole, some at a time; notes those that are damaged. Returns how many have no checksum. */
export async function checkRows(live: LiveIndex, ending: AbortSignal): Promise<number> {
  const { stored, store, collection } = live;
  let unchecked = 0;
  for (let after = 0; ; ) {
    const until = performance.now() + SLICE_MS;
    let more = false;
    for (const row of store.rows(collection, after)) {
      if (performance.now() > until) {
        more = true;
        break;
      }
      if (!stored.check(row)) unchecked++;
      after = row;
    }
    if (!more) return unchecked;
    await breathe();
    ending.throwIfAborted();
  }
}

function compare(live: LiveIndex): { missingRows: number; extraRows: number } {
  const { missing, extra } = straysOf(live);
  let missingRows = missing.filter((row) => live.stored.whyOf(row) === undefined).length;
  for (const row of live.store.rows(live.collection, 0)) {
    // A row whose slot names another one would be found, but neither masked nor matched by filters.
    const slot = live.slotOf(row);
    if (slot !== undefined && live.rowAt(slot) !== row) missingRows++;
  }
  return { missingRows, extraRows: extra.length };
}

/** No build may run, and no write be under way. `unchecked` is what `checkRows` says. */
export function verifyCollection(
  live: LiveIndex,
  repair: boolean,
  unchecked: number,
): CollectionVerifyReport {
  const graph = live.index.verify({ repair });
  const rows = compare(live);
  const { unreadable } = live.stored;
  const ok = graph.ok && rows.missingRows === 0 && rows.extraRows === 0 && unreadable === 0;
  return { ...graph, ...rows, unreadable, unreadableRows: live.stored.first(LISTED_MAX), unchecked, ok };
}
