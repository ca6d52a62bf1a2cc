/*
 * The table of ids, made right by the rows: these have checksums and carry their ids, the entries of ids have none.
 *
 * Which rows and ids may be wrong, a reader has found, and things may have changed since. So each is looked at again
 * here, where nobody else writes, and what is right by then is left alone.
 */

import { ChangedFields } from '../changed-fields.js';
import { type RowCodec, RowFault } from '../row.js';
import type { Counts, Logged, Mending } from '../store.js';
import { newChangeKey, newRowKey, patchesOf, rowOfValue, rowValue, storedId } from './keys.js';
import { countsKey, parseRecord, recordValue, type Table, type Tables } from './tables.js';

/** What a row says of its id: undefined where there is no such row, 'unknown' where its bytes cannot be trusted. */
type Found = Buffer | 'unknown' | undefined;

interface Writes {
  put(table: Table, key: Buffer, value: Buffer): void;
  remove(table: Table, key: Buffer): void;
}

/** Returns which rows were removed, as an entry without operations; undefined where none was. */
export function mendIds(
  { records, ids, rows }: Pick<Tables, 'records' | 'ids' | 'rows'>,
  codec: RowCodec,
  { collection, rows: astray, ids: doubtful }: Mending,
  writes: Writes,
): Logged | undefined {
  /** By the bytes of an id: the row that it names from here on. */
  const changed = new Map<string, number>();

  const idIn = (row: number): Found => {
    const value = rows.getBinary(newRowKey(collection, row));
    try {
      const point = value && codec.point(value, collection, row);
      return point?.unchecked ? 'unknown' : point && Buffer.from(point.id);
    } catch (error) {
      if (error instanceof RowFault) return 'unknown';
      throw error;
    }
  };
  const named = (id: Uint8Array, text: string): number =>
    changed.get(text) ?? rowOfValue(ids.getBinary(storedId(collection, id)));

  const removed: number[] = [];
  const key = countsKey(collection);
  const counts = parseRecord<Counts>(key, records.getBinary(key));
  const beside = { patched: counts?.patched ?? 0, changed: new ChangedFields(counts ?? {}) };
  for (const row of new Set(astray)) {
    const id = idIn(row);
    if (id === undefined || id === 'unknown') continue;
    const text = id.toString('latin1');
    const other = named(id, text);
    if (other === row) continue;
    const found = other > row ? idIn(other) : undefined;
    if (found === 'unknown') continue; // it may be the same point, written later
    if (found?.equals(id)) {
      // The point was written again while its id did not lead here.
      writes.remove(rows, newRowKey(collection, row));
      forgetBeside(rows, writes, collection, row, beside);
      removed.push(row);
      continue;
    }
    writes.put(ids, storedId(collection, id), rowValue(row));
    changed.set(text, row);
  }
  for (const id of doubtful) {
    const text = Buffer.from(id).toString('latin1');
    const row = named(id, text);
    const found = row === 0 ? 'unknown' : idIn(row);
    if (found === 'unknown' || found?.equals(id)) continue;
    writes.remove(ids, storedId(collection, id));
  }
  if (removed.length === 0) return undefined;
  if (counts) {
    const { patched, changed } = beside;
    const points = counts.points - removed.length;
    const now: Counts = { seq: counts.seq, points, ...(patched > 0 && { patched }), ...changed.counts };
    writes.put(records, key, recordValue(now));
  }
  return {
    collection,
    effect: 'gone',
    first: (counts?.seq ?? 0) + 1,
    count: 0,
    previous: Float64Array.from(removed),
  };
}

/** What lies beside a row goes with it. */
function forgetBeside(
  rows: Table,
  writes: Writes,
  collection: number,
  row: number,
  beside: { patched: number; readonly changed: ChangedFields },
): void {
  const patches = patchesOf(collection);
  const forget = (key: Buffer): boolean => {
    const isThere = rows.getBinary(key) !== undefined;
    if (isThere) writes.remove(rows, key);
    return isThere;
  };
  if (forget(newRowKey(patches, row))) beside.patched--;
  for (const field of [...beside.changed.numbers])
    if (forget(newChangeKey(patches, field, row))) beside.changed.remove(field, 1);
}
