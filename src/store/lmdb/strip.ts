/*
 * Values of a dropped field leave the rows, some in each transaction, behind the writes of others. How far that has come is in the
 * record that the drop left: a process may end anywhere in between, and the next opening goes on from there. A row that is
 * damaged stays as it is.
 */
import { DROPPED } from '../records.js';
import { type RowCodec, RowFault } from '../row.js';
import { firstKey, newRowKey, rowOfKey } from './keys.js';
import { parseRecord, recordKey, recordValue, type Table, type Tables } from './tables.js';

/** What one transaction looks at and rewrites, so that a write that waits behind it waits for milliseconds. */
const ROWS = 2_000;
const BYTES = 2_097_152;

/** Rewrites the next rows. False where there are no more. */
export function stripRows(
  { records, rows }: Pick<Tables, 'records' | 'rows'>,
  codec: RowCodec,
  { collection, field, most }: { readonly collection: number; readonly field: number; readonly most: number },
  into: { put(table: Table, key: Buffer, value: Buffer): void },
): boolean {
  const record = recordKey(`${DROPPED}${collection}.${field}`);
  const found = parseRecord<true | { readonly row: number }>(record, records.getBinary(record));
  if (found === undefined) return false;
  const first = found === true ? 0 : found.row + 1;
  const made: [key: Buffer, value: Buffer][] = [];
  let [bytes, seen, last] = [0, 0, first];
  for (const { key, value } of rows.getRange({
    start: newRowKey(collection, first),
    end: firstKey(collection + 1),
  })) {
    if (seen++ === Math.min(ROWS, most) || bytes >= BYTES) {
      for (const [at, row] of made) into.put(rows, at, row);
      into.put(records, record, recordValue({ row: last }));
      return true;
    }
    last = rowOfKey(key);
    const row = stripped(codec, value, collection, last, field);
    if (!row) continue;
    bytes += row.length;
    made.push([Buffer.from(key), row]);
  }
  for (const [at, row] of made) into.put(rows, at, row);
  return false;
}

function stripped(
  codec: RowCodec,
  value: Buffer,
  collection: number,
  row: number,
  field: number,
): Buffer | undefined {
  try {
    const made = codec.without(value, collection, row, field);
    return made && Buffer.from(made.buffer, made.byteOffset, made.length);
  } catch (error) {
    if (error instanceof RowFault) return undefined;
    throw error;
  }
}
