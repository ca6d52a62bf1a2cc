/*
 * Values of single fields that are written to points which are there. An entry holds, for each operation and field, nothing
 * where the field stays as it is; or eight zeros, and the bytes of the value, none where it is removed. The store keeps them
 * beside the rows, each with the number of its operation: from that, whoever has a snapshot of a field knows what is not in it.
 */
import { type PointsEntry, partOf } from './entry.js';
import { CHANGE_HEAD } from './entry-parts.js';

/** What an entry holds for a value; none: it is removed. */
export function changeTo(value: Uint8Array): Uint8Array {
  const change = new Uint8Array(CHANGE_HEAD + value.length);
  change.set(value, CHANGE_HEAD);
  return change;
}

export const REMOVAL: Uint8Array = changeTo(new Uint8Array(0));

/** The value that a change brings: a view, without bytes where it removes one. */
export function valueIn(change: Uint8Array): Uint8Array {
  return change.subarray(CHANGE_HEAD);
}

export function hasValue(change: Uint8Array): boolean {
  return change.length > CHANGE_HEAD;
}

/** What operation `i` of an entry changes: views. */
export function changesAt({ fields = [] }: PointsEntry, i: number): [field: number, change: Uint8Array][] {
  const changes: [number, Uint8Array][] = [];
  for (const { field, bytes, ends } of fields) {
    const change = partOf(bytes, ends, i);
    if (change.length > 0) changes.push([field, change]);
  }
  return changes;
}
