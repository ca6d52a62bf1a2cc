/* Values that were changed behind some operation, by a state of the store: at opening, and from a store that another process writes. */
import { RowFault } from '../store/row.js';
import type { StoreView } from '../store/store.js';
import type { ChangedRow } from './changed-rows.js';
import type { Parts } from './parts.js';
import { denseIn } from './rows-behind.js';
import type { StoredRows } from './stored-rows.js';

/** What a state of the store has of some fields of a row. What cannot be compared is left out, and noted. */
function changedRow(
  stored: StoredRows,
  view: Pick<StoreView, 'field'>,
  row: number,
  fields: readonly number[],
): ChangedRow {
  const vectors = new Map<number, Float32Array>();
  for (const spec of stored.values) {
    if (spec.kind !== 'dense' || !fields.includes(spec.number)) continue;
    const vector = denseIn(stored, view, row, spec);
    if (vector) vectors.set(spec.number, vector);
  }
  return { row, fields, vector: (field) => vectors.get(field) };
}

/** Of which fields a row's values were changed, each by which operation. Of damaged changes, all may be. */
function changesOf(
  stored: StoredRows,
  view: Pick<StoreView, 'changesOf'>,
  row: number,
): ReadonlyMap<number, number> {
  try {
    return view.changesOf(stored.collection, row) ?? new Map();
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    for (const { number } of stored.values) stored.note(row, number, error.message);
    return new Map(stored.values.map(({ number }) => [number, Infinity]));
  }
}

/** Rows that lie below `lastRow` and live, above `after`: of each, what was changed behind `seq`. */
export function* changedBehind(
  stored: StoredRows,
  view: StoreView,
  { seq, lastRow, after = 0 }: { readonly seq: number; readonly lastRow: number; readonly after?: number },
): Generator<ChangedRow> {
  for (const row of view.changed(stored.collection, seq)) {
    if (row <= after || row > lastRow) continue; // a row that is new comes with what it has
    const fields = [...changesOf(stored, view, row)].filter(([, at]) => at > seq).map(([field]) => field);
    yield changedRow(stored, view, row, fields);
  }
}

/** What of a change is not in the snapshots of dense fields. */
export function unrestored(
  stored: StoredRows,
  { slots, dense }: Pick<Parts, 'slots' | 'dense'>,
  changed: ChangedRow,
): ChangedRow {
  const slot = slots.slotOf(changed.row) ?? Infinity;
  const changes = changesOf(stored, stored.store, changed.row);
  const lacks = (number: number): boolean => {
    const restored = dense.find(({ spec }) => spec.number === number)?.restored;
    return restored !== undefined && slot < restored.slots && changes.get(number)! > restored.seq;
  };
  return { ...changed, fields: changed.fields.filter(lacks) };
}
