/* Checks the graph, the bytes of the store, and that both have the same rows. */

import type { CollectionVerifyReport } from '../../api/upkeep.js';
import type { LiveIndex } from '../live-index.js';
import { straysOf } from '../strays.js';
import type { WriteQueue } from '../write/queue.js';
import { StoreCheck } from './check-store.js';
import type { Maintenance } from './maintenance.js';

/** Damaged rows that a report lists. */
const LISTED_MAX = 100;

function compare(live: LiveIndex): { missingRows: number; extraRows: number } {
  const { missing, extra } = straysOf(live.stored, live.rows);
  let missingRows = missing.filter((row) => live.stored.whyOf(row) === undefined).length;
  for (const row of live.store.rows(live.collection, 0)) {
    // A row whose slot names another one would be found, but neither masked nor matched by filters.
    const slot = live.rows.slotOf(row);
    if (slot !== undefined && live.rows.rowAt(slot) !== row) missingRows++;
  }
  return { missingRows, extraRows: extra.length };
}

/** Checks a collection; with a queue, mends what can be mended. */
export async function verifyCollection(
  live: LiveIndex,
  queue: WriteQueue | undefined,
  maintenance: Pick<Maintenance, 'undisturbed'>,
  ending: AbortSignal,
): Promise<CollectionVerifyReport> {
  const checked = new StoreCheck(live, queue, ending);
  await checked.run();
  return maintenance.undisturbed(() => reportOf(live, checked, queue !== undefined));
}

/** No build may run, and no write be under way. */
function reportOf(
  live: LiveIndex,
  { missingIds, extraIds, unchecked, mended }: StoreCheck,
  repair: boolean,
): CollectionVerifyReport {
  const graph = live.engine.verify(repair);
  const rows = compare(live);
  const { unreadable } = live.stored;
  const faults = [rows.missingRows, rows.extraRows, unreadable, missingIds, extraIds];
  return {
    ...graph,
    ...rows,
    unreadable,
    unreadableRows: live.stored.first(LISTED_MAX),
    missingIds,
    extraIds,
    unchecked,
    ok: graph.ok && faults.every((n) => n === 0),
    repaired: graph.repaired + mended,
  };
}
