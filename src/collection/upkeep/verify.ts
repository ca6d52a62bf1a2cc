/*
 * Checks the graph, the bytes of the store, and that both have the same rows: all in turns of the event loop. Only the graphs are
 * looked at while no build runs and no write is under way.
 */

import type { CollectionVerifyReport, VerifyReport } from '../../api/upkeep.js';
import { lackingFields, takeUpLacking } from '../lacking.js';
import type { LiveIndex } from '../live-index.js';
import { SLICE_MS } from '../slices.js';
import type { WriteQueue } from '../write/queue.js';
import { StoreCheck } from './check-store.js';
import type { Maintenance } from './maintenance.js';

/** Damaged rows that a report lists. */
const LISTED_MAX = 100;
/** Vectors that are taken up between two looks at the clock. */
const TAKEN_ROWS = 100;

/** Rows that are not the same in the store and in memory. */
class Differences {
  missingRows = 0;
  extraRows = 0;
  /** Of the missing ones, those that lack a vector alone. */
  readonly lacking: number[] = [];
}

/**
 * In turns, in each of which memory and store are of one moment: rows that came and went since the turn before lie behind those that
 * were compared, or are not asked for any more.
 */
async function compare(live: LiveIndex, ending: AbortSignal): Promise<Differences> {
  const { time } = live.platform;
  const found = new Differences();
  for (let after: number | undefined = 0; after !== undefined; ) {
    after = compareSome(live, found, after);
    await time.breathe();
    ending.throwIfAborted();
  }
  return found;
}

/** Those behind row `after`; returns the last one, where there are more. */
function compareSome(live: LiveIndex, found: Differences, after: number): number | undefined {
  const { store, collection, platform } = live;
  const until = platform.time.now() + SLICE_MS;
  const [kept, held] = [store.rows(collection, after)[Symbol.iterator](), live.rows.live(after)];
  let [next, own] = [kept.next(), held.next()];
  while (!next.done || !own.done) {
    const row: number = Math.min(next.done ? Infinity : next.value, own.done ? Infinity : own.value);
    const isKept = !next.done && next.value === row;
    if (isKept) compareRow(live, found, row);
    else found.extraRows++;
    if (isKept) next = kept.next();
    if (!own.done && own.value === row) own = held.next();
    if (platform.time.now() > until) return row;
  }
  return undefined;
}

/** A row that the store has. */
function compareRow(live: LiveIndex, found: Differences, row: number): void {
  const slot = live.rows.slotOf(row);
  if (slot === undefined) found.missingRows += live.stored.whyOf(row) === undefined ? 1 : 0;
  // A row whose slot names another one would be found, but neither masked nor matched by filters.
  else if (live.rows.rowAt(slot) !== row) found.missingRows++;
  else if (!live.stored.plain && !isInStep(live, row, slot)) {
    found.missingRows++;
    if (lackingFields(live, row).length > 0) found.lacking.push(row);
  }
}

/** Whether each field has a vector of a row if the store has one. One that cannot be read is counted elsewhere. */
function isInStep({ stored, graphs }: LiveIndex, row: number, slot: number): boolean {
  return graphs.every(
    (field) =>
      field.hasAt(slot) === stored.hasField(row, field.spec.number) || stored.whyOf(row) !== undefined,
  );
}

/** The graphs of all fields. */
function* verifyGraphs(live: LiveIndex, repair: boolean, ending: AbortSignal): Generator<void, VerifyReport> {
  const none = { selfLinks: 0, missingLinks: 0, doubleLinks: 0, deadEntries: 0, unreachable: 0 };
  let all: VerifyReport = { ok: true, rows: 0, linked: 0, ...none, repaired: 0 };
  for (const { engine } of live.dense) {
    const steps = engine.verifying(repair);
    let step = steps.next();
    for (; !step.done; step = steps.next()) {
      yield;
      ending.throwIfAborted();
    }
    const one = step.value;
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
  const { time } = live.platform;
  const checked = new StoreCheck(live, queue, ending);
  await checked.run();
  let rows = await compare(live, ending);
  let taken = 0;
  if (queue && rows.lacking.length > 0) {
    for (let at = 0; at < rows.lacking.length; at += TAKEN_ROWS) {
      const some = rows.lacking.slice(at, at + TAKEN_ROWS);
      taken += await queue.exclusive(() => takeUpLacking(live, some));
    }
    rows = await compare(live, ending);
  }
  const graph = await maintenance.undisturbed(() =>
    time.inTurns(verifyGraphs(live, queue !== undefined, ending)),
  );
  return reportOf(live, checked, rows, { ...graph, repaired: graph.repaired + taken });
}

function reportOf(
  live: LiveIndex,
  { missingIds, extraIds, unchecked, mended }: StoreCheck,
  { missingRows, extraRows }: Differences,
  graph: VerifyReport,
): CollectionVerifyReport {
  const { unreadable } = live.stored;
  const faults = [missingRows, extraRows, unreadable, missingIds, extraIds];
  return {
    ...graph,
    missingRows,
    extraRows,
    unreadable,
    unreadableRows: live.stored.first(LISTED_MAX),
    missingIds,
    extraIds,
    unchecked,
    ok: graph.ok && faults.every((n) => n === 0),
    repaired: graph.repaired + mended,
  };
}
