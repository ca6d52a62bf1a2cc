/* Checks the graph, the bytes of the store, and that both have the same rows. */

import type { CollectionVerifyReport, VerifyReport } from '../../api/upkeep.js';
import type { LiveField } from '../live-field.js';
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
    if (slot === undefined) continue;
    if (live.rows.rowAt(slot) !== row) missingRows++;
    else if (!live.stored.plain && !live.graphs.every((field) => isInStep(live, field, row, slot)))
      missingRows++;
  }
  return { missingRows, extraRows: extra.length };
}

/** Whether a field has a vector of a row if the store has one. One that cannot be read is counted elsewhere. */
function isInStep({ stored }: LiveIndex, { spec, part }: LiveField, row: number, slot: number): boolean {
  const place = part.places.placeOf(slot);
  const isThere = place !== undefined && part.engine.isLiveAt(place);
  return isThere === (stored.value(row, spec) !== undefined) || stored.whyOf(row) !== undefined;
}

/** The graphs of all fields. */
function verifyGraphs(live: LiveIndex, repair: boolean): VerifyReport {
  const none = { selfLinks: 0, missingLinks: 0, doubleLinks: 0, deadEntries: 0, unreachable: 0 };
  let all: VerifyReport = { ok: true, rows: 0, linked: 0, ...none, repaired: 0 };
  for (const { engine } of live.dense) {
    const one = engine.verify(repair);
    all = {
      ok: all.ok && one.ok,
      rows: all.rows + one.rows,
      linked: all.linked + one.linked,
      selfLinks: all.selfLinks + one.selfLinks,
      missingLinks: all.missingLinks + one.missingLinks,
      doubleLinks: all.doubleLinks + one.doubleLinks,
      deadEntries: all.deadEntries + one.deadEntries,
      unreachable: all.unreachable + one.unreachable,
      repaired: all.repaired + one.repaired,
    };
  }
  return all;
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
  const graph = verifyGraphs(live, repair);
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
