/*
 * Takes up what the store has beyond the index, and masks what it has no more: after a crash, or when the outcome of a commit
 * is not known.
 */
import type { ChangedRow } from './changed-rows.js';
import { changedBehind, unrestored } from './changes-behind.js';
import { type Arenas, type NewRow, NOTHING, type Replay } from './replay.js';
import { rowsBehind } from './rows-behind.js';
import type { StoredRows } from './stored-rows.js';
import { strays } from './strays.js';

/** Rows taken up at a time: a few milliseconds. */
const SLICE_ROWS = 1_000;

interface Reconciled extends Arenas {
  readonly stored: StoredRows;
}

export async function reconcile(live: Reconciled, replay: Replay): Promise<void> {
  const { stored, rows } = live;
  const { store, collection } = stored;
  const { lastRow: known, seq } = rows;
  const { time } = live.platform;
  let patches = 0;
  for await (const some of time.inSlices(store.patched(collection, seq), SLICE_ROWS)) {
    for (const row of some) live.patch(row, seq);
    patches += some.length;
  }
  for await (const some of time.inSlices(rowsBehind(stored, store, known), SLICE_ROWS)) {
    const found = some.filter(([, newRow]) => newRow !== undefined);
    const numbers = found.map(([number]) => number);
    const newRows = (): NewRow[] => found.map(([, newRow]) => newRow!);
    replay.replay([{ ...NOTHING, seq: some.at(-1)![0], numbers, rows: newRows }]);
  }
  const { extra } = await time.inTurns(strays(stored, rows));
  for (const row of extra) live.mask(row);
  const now = store.counts(collection).seq;
  rows.advance(now, Math.min(patches, now - rows.seq)); // at least so many: some may have been patched twice
}

/** Takes up the changes of vectors that snapshots of dense fields have not; rows that these do not have came with what they have. */
export async function takeUpChanges(live: Reconciled, replay: Replay): Promise<void> {
  const { stored, rows, dense } = live;
  const { lastRow } = rows;
  const read = dense.filter(({ restored }) => restored.slots > 0);
  const from = new Map(read.map(({ spec, restored }) => [spec.number, restored.seq]));
  const changed = changedBehind(stored, stored.store, { from, lastRow });
  for await (const some of live.platform.time.inSlices(changed, SLICE_ROWS)) {
    const those = (): ChangedRow[] => some.map((one) => unrestored(live, one));
    replay.replay([{ ...NOTHING, seq: rows.seq, changed: those }]);
  }
}
