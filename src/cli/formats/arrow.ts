/* Arrow's file and stream formats, which Feather (version 2) is too: a batch of rows at a time. */
import { open } from 'node:fs/promises';
import { DataType, type Field, RecordBatchReader, Vector } from 'apache-arrow';
import { CommandError } from '../frame/exits.js';
import { expectWhole } from './arrow-columns.js';
import { expectArrow } from './arrow-messages.js';
import type { FileRow } from './records.js';

/** The canonical extension type of columns of JSON. */
export const EXTENSION = 'ARROW:extension:name';
export const JSON_EXTENSION = 'arrow.json';

/** A value as JavaScript has it: lists as arrays, structs as objects. */
function plainOf(value: unknown): unknown {
  if (value instanceof Vector) {
    const { type } = value as Vector;
    const whole =
      (DataType.isFloat(type) && type.precision > 0) || (DataType.isInt(type) && type.bitWidth < 64);
    return whole && value.nullCount === 0 ? value.toArray() : Array.from(value as Iterable<unknown>, plainOf);
  }
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return value;
  const { toJSON } = value as { toJSON?: () => object };
  if (typeof toJSON !== 'function') return value;
  return Object.fromEntries(Object.entries(toJSON.call(value)).map(([name, one]) => [name, plainOf(one)]));
}

/** How values of a column are read: times come as milliseconds. */
function readerOf({ type, metadata }: Field): (value: unknown) => unknown {
  if (metadata.get(EXTENSION) === JSON_EXTENSION)
    return (value) => (typeof value === 'string' ? JSON.parse(value) : value);
  const dictionary = DataType.isDictionary(type) ? (type.valueType as DataType) : type;
  if (DataType.isTimestamp(dictionary) || DataType.isDate(dictionary))
    return (value) => (value === null ? null : new Date(Number(value)));
  return plainOf;
}

/** What the metadata of its schema says under a key. */
export async function arrowNote(file: string, key: string): Promise<string | undefined> {
  await using handle = await open(file);
  await expectArrow(handle, (await handle.stat()).size);
  const reader = await RecordBatchReader.from(handle);
  return (await reader.open()).schema.metadata.get(key);
}

export async function* arrowRows(file: string): AsyncIterable<FileRow> {
  await using handle = await open(file);
  const { size } = await handle.stat();
  let [at, bytes] = [0, 0];
  try {
    await expectArrow(handle, size);
    const reader = await RecordBatchReader.from(handle);
    for await (const batch of reader) {
      expectWhole(batch.data);
      const columns = batch.schema.fields.map((field, n) => ({
        name: field.name,
        read: readerOf(field),
        values: batch.getChildAt(n)!,
      }));
      bytes = Math.min(size, bytes + batch.data.byteLength);
      for (let row = 0; row < batch.numRows; row++) {
        const read = columns.map(({ name, read, values }) => [name, read(values.get(row))]);
        yield { at: ++at, columns: Object.fromEntries(read), bytes };
      }
    }
  } catch (error) {
    const { message } = error as Error;
    const why = /compressed/.test(message)
      ? "its buffers are compressed: write it without, as by pyarrow.feather.write_feather(table, file, compression='uncompressed')"
      : message;
    throw new CommandError('DAMAGED', `${file} cannot be read as Arrow: ${why}`);
  }
}
