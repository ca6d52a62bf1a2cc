/* Values that were changed behind some operation, by a state of the store: at opening, and from a store that another process writes. */
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

/** Rows of several fields, each of these ascending: each row once, with those of its fields. */
function* merged(
  fields: readonly (readonly [field: number, rows: Iterable<number>])[],
): Generator<readonly [row: number, fields: number[]]> {
  const left = fields.map(([field, rows]) => ({ field, rows: rows[Symbol.iterator](), row: Infinity }));
  try {
    for (const one of left) one.row = one.rows.next().value ?? Infinity;
    for (;;) {
      const row = Math.min(...left.map((one) => one.row));
      if (row === Infinity) return;
      const those = left.filter((one) => one.row === row);
      for (const one of those) one.row = one.rows.next().value ?? Infinity;
      yield [row, those.map(({ field }) => field)];
    }
  } finally {
    for (const { rows } of left) rows.return?.();
  }
}

/** Rows that lie below `lastRow` and live, above `after`: of each, what was changed. `from`: by field, behind which operation. */
export function* changedBehind(
  stored: StoredRows,
  view: StoreView,
  {
    from,
    lastRow,
    after = 0,
  }: { readonly from: ReadonlyMap<number, number>; readonly lastRow: number; readonly after?: number },
): Generator<ChangedRow> {
  const changed = [...from].map(
    ([field, seq]) => [field, view.changed(stored.collection, field, seq)] as const,
  );
  for (const [row, fields] of merged(changed)) {
    if (row <= after || row > lastRow) continue; // a row that is new comes with what it has
    yield changedRow(stored, view, row, fields);
  }
}

/** What of a change is not in the snapshots of dense fields. */
export function unrestored(
  { slots, dense }: Pick<Parts, 'slots' | 'dense'>,
  changed: ChangedRow,
): ChangedRow {
  const slot = slots.slotOf(changed.row) ?? Infinity;
  const lacks = (number: number): boolean =>
    slot < dense.find(({ spec }) => spec.number === number)!.restored.slots;
  return { ...changed, fields: changed.fields.filter(lacks) };
}
