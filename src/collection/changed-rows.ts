/*
 * Rows of which values are changed while they stay where they are: what an entry says of them, and what follows from it in
 * memory. A dense vector gets the next place of its field, and its old place is masked; an inverted index
 * reads the value again when it is searched. Other fields of the row are not touched.
 */
import type { VectorLike } from '../kernel/metrics.js';
import { changesAt, hasValue, valueIn } from '../store/changes.js';
import type { PointsEntry } from '../store/entry.js';
import { floatsOf } from './floats.js';
import type { Parts } from './parts.js';

export interface ChangedRow {
  /** 0 where the change is of no row. */
  readonly row: number;
  /** Numbers of the fields. */
  readonly fields: readonly number[];
  /** The vector in one of them that is dense, from here on; undefined where it has none. */
  vector(field: number): VectorLike | undefined;
}

/** What entries change, operation by operation. `previous`: the rows, where the store has given them. */
export function* changedIn(entry: PointsEntry, previous?: ArrayLike<number>): Generator<ChangedRow> {
  if (entry.kind !== 'values') return;
  for (let i = 0; i < entry.count; i++) {
    const changes = new Map(changesAt(entry, i));
    yield {
      row: previous?.[i] ?? 0,
      fields: [...changes.keys()],
      vector: (field) => {
        const change = changes.get(field)!;
        return hasValue(change) ? floatsOf(valueIn(change)) : undefined;
      },
    };
  }
}

/** Takes a change up in the fields of some parts. `slot`: of the row there. */
export function changeIn(
  { dense, sparse }: Pick<Parts, 'dense' | 'sparse'>,
  slot: number | undefined,
  change: ChangedRow,
): void {
  const { row, fields } = change;
  for (const field of dense) {
    const { number } = field.spec;
    if (fields.includes(number)) field.change(slot, row, change.vector(number));
  }
  if (slot === undefined) return;
  for (const field of sparse) if (fields.includes(field.spec.number)) field.change(slot);
}
