/*
 * Rows that a state of the store has behind some row, with their vectors, as they are taken up into memory: at opening, and from a
 * store that another process writes. What cannot be compared is left out, and noted.
 */
import type { DenseSpec } from '../fields/field.js';
import { RowFault } from '../store/row.js';
import type { StoreView } from '../store/store.js';
import { floatsOf } from './floats.js';
import { type NewRow, rowOf } from './replay.js';
import type { StoredRows } from './stored-rows.js';

/** Undefined for a row that cannot be taken up: where each has one vector, and nothing else, that of the row is damaged. */
type Behind = readonly [row: number, newRow: NewRow | undefined];

/** Valid until the next one is taken. `view`: the state that is read. */
export function* rowsBehind(
  stored: StoredRows,
  view: Pick<StoreView, 'rows' | 'vectors' | 'field'>,
  after: number,
): Generator<Behind> {
  const { collection, plain } = stored;
  if (!plain) {
    for (const row of view.rows(collection, after)) yield [row, severalOf(stored, view, row)];
    return;
  }
  const spec = stored.values[0] as DenseSpec;
  for (const [row, vector] of view.vectors(collection, after)) {
    const found = vector ?? stored.vector(row, spec); // which notes what is wrong
    yield [row, found && stored.isComparable(row, found, spec) ? rowOf(found) : undefined];
  }
}

/** Whether a row that is in the store can be taken up now. */
export function canBeTaken(stored: StoredRows, row: number): boolean {
  if (!stored.plain) return true;
  const spec = stored.values[0] as DenseSpec;
  const vector = stored.vector(row, spec);
  return vector !== undefined && stored.isComparable(row, vector, spec);
}

/** A row of several fields: a vector that cannot be read is absent, and the others are there. */
function severalOf(stored: StoredRows, view: Pick<StoreView, 'field'>, row: number): NewRow {
  const vectors = new Map<number, Float32Array>();
  for (const spec of stored.values) {
    if (spec.kind !== 'dense') continue;
    const vector = denseIn(stored, view, row, spec);
    if (vector) vectors.set(spec.number, vector);
  }
  return { vector: (field) => vectors.get(field) };
}

/** A row that is in the store, whose vectors are read when they are asked for. */
export function storedRow(stored: StoredRows, row: number): NewRow {
  return {
    vector: (field) => {
      const spec = stored.values.find(({ number }) => number === field) as DenseSpec;
      return denseIn(stored, stored.store, row, spec);
    },
  };
}

/** What a row has in a field, if it can be compared. */
export function denseIn(
  stored: StoredRows,
  view: Pick<StoreView, 'field'>,
  row: number,
  spec: DenseSpec,
): Float32Array | undefined {
  try {
    const bytes = view.field(stored.collection, row, spec.number);
    const vector = bytes && floatsOf(bytes);
    return vector && stored.isComparable(row, vector, spec) ? vector : undefined;
  } catch (error) {
    if (!(error instanceof RowFault)) throw error;
    stored.note(row, spec.number, error.message);
    return undefined;
  }
}
