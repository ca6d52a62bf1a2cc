/*
 * Rows of format 1 become rows of the present one, some in each transaction, behind the writes of others. The record
 * `upgrade` is put together with the new version of the store, so that no older release opens what is half upgraded,
 * and is removed with the last row. As long as it is there, rows of both formats are read: which one a row is of, its
 * first two bytes say. So a process may end anywhere in between; the next opening goes on from where the record says.
 */

import { UPGRADE } from '../records.js';
import { FieldSpan, isOldRow, type RowCodec, RowFault, rowBytes } from '../row.js';
import { isPatches, newRowKey, rowOfKey, rowOfValue, storedId } from './keys.js';
import { parseRecord, recordKey, recordValue, type Table, type Tables } from './tables.js';

/** Where the next transaction goes on. */
export interface Upgrade {
  readonly collection: number;
  readonly row: number;
  /** Rows rewritten so far. */
  readonly rows: number;
}

export const UPGRADE_BEGIN: Upgrade = { collection: 0, row: 0, rows: 0 };

/** What one transaction looks at and rewrites, so that a write that waits behind it waits for milliseconds. */
const ROWS = 2_000;
const BYTES = 2_097_152;

/** Rewrites the next rows, and the record. */
export function upgradeRows(
  { records, ids, rows }: Pick<Tables, 'records' | 'ids' | 'rows'>,
  codec: RowCodec,
  into: { put(table: Table, key: Buffer, value: Buffer): void; remove(table: Table, key: Buffer): void },
): void {
  const from = parseRecord<Upgrade>(recordKey(UPGRADE), records.getBinary(recordKey(UPGRADE)));
  if (!from) return;
  const rewritten: [key: Buffer, value: Buffer][] = [];
  let bytes = 0;
  let seen = 0;
  let next: Upgrade | undefined;
  for (const { key, value } of rows.getRange({ start: newRowKey(from.collection, from.row) })) {
    const collection = key.readUInt32BE(0);
    if (isPatches(collection)) break; // they have one form alone
    const row = rowOfKey(key);
    if (seen++ === ROWS || bytes >= BYTES) {
      next = { collection, row, rows: from.rows + rewritten.length };
      break;
    }
    const made = isOldRow(value) ? upgraded(ids, codec, value, collection, row) : undefined;
    if (!made) continue;
    bytes += made.length;
    rewritten.push([Buffer.from(key), made]);
  }
  for (const [key, value] of rewritten) into.put(rows, key, value);
  if (next) into.put(records, recordKey(UPGRADE), recordValue(next));
  else into.remove(records, recordKey(UPGRADE));
}

/** A row in the present format. Undefined where it is damaged: no checksum shall say that it is not. */
function upgraded(
  ids: Table,
  codec: RowCodec,
  value: Buffer,
  collection: number,
  row: number,
): Buffer | undefined {
  try {
    const { id, payload } = codec.point(value, collection, row);
    if (rowOfValue(ids.getBinary(storedId(collection, id))) !== row) return undefined;
    const fields = [new FieldSpan(0, codec.vector(value, collection, row))];
    const into = Buffer.allocUnsafe(rowBytes(id, payload, fields));
    return codec.write(into, collection, row, id, payload, fields);
  } catch (error) {
    if (error instanceof RowFault) return undefined;
    throw error;
  }
}
