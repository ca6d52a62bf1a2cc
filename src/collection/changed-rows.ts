/*
 * Rows of which values are changed while they stay where they are: what an entry says of them, and what follows from it in
 * memory. A dense vector gets the next place of its field, and its old place is masked; an inverted index
 * reads the value again when it is searched. Other fields of the row are not touched.
 */
import type { VectorLike } from '../kernel/metrics.js';
import { changesAt, hasValue, valueIn } from '../store/changes.js';
import type { PointsEntry } from '../store/entry.js';
import { CHANGE_HEAD } from '../store/entry-parts.js';
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

/** How many vectors such entries bring to a field. */
export function vectorsFor(entries: readonly Omit<PointsEntry, 'collection'>[], field: number): number {
  let vectors = 0;
  for (const { kind, fields = [] } of entries) {
    const ends = kind === 'values' ? fields.find((one) => one.field === field)?.ends : undefined;
    for (let i = 0; ends && i < ends.length; i++)
      if (ends[i]! - (i === 0 ? 0 : ends[i - 1]!) > CHANGE_HEAD) vectors++;
  }
  return vectors;
}

/**
 * Takes a change up in the fields of some parts. `slot`: of the row there. Returns whether the row is sure to have values in the same
 * fields as before.
 */
export function changeIn(
  { dense, sparse }: Pick<Parts, 'dense' | 'sparse'>,
  slot: number | undefined,
  change: ChangedRow,
): boolean {
  const { row, fields } = change;
  let same = 0;
  for (const field of dense) {
    const { number } = field.spec;
    if (!fields.includes(number)) continue;
    const vector = change.vector(number);
    const had = slot !== undefined && field.has(slot);
    field.change(slot, row, vector);
    if (had === (vector !== undefined)) same++;
  }
  if (slot !== undefined)
    for (const field of sparse) if (fields.includes(field.spec.number)) field.change(slot);
  return same === fields.length;
}
