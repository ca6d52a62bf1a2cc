/* Points as Parquet: a column for ids, one for vectors, and one for each member of payloads. */
import { ByteWriter, ParquetWriter, type SchemaElement } from 'hyparquet-writer';
import type { StoredPoint } from '../../api/points.js';
import { plain } from '../frame/values.js';
import type { Column, Kind } from './columns.js';
import { DESCRIPTION } from './description.js';
import type { Writer } from './records.js';

/** Points of a row group, which is in memory as a whole. */
const GROUP = 8_192;

const TYPES: Readonly<Record<Exclude<Kind, 'vector'>, Partial<SchemaElement>>> = {
  boolean: { type: 'BOOLEAN' },
  integer: { type: 'INT64' },
  uint64: { type: 'INT64', converted_type: 'UINT_64' },
  number: { type: 'DOUBLE' },
  text: { type: 'BYTE_ARRAY', converted_type: 'UTF8' },
  json: { type: 'BYTE_ARRAY', converted_type: 'JSON' },
};

function elementsOf({ name, kind }: Column): SchemaElement[] {
  const repetition_type = name === 'id' ? 'REQUIRED' : 'OPTIONAL';
  if (kind !== 'vector') return [{ name, repetition_type, ...TYPES[kind] }];
  return [
    { name, repetition_type, converted_type: 'LIST', num_children: 1 },
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    { name: 'element', repetition_type: 'REQUIRED', type: 'FLOAT' },
  ];
}

function cellOf({ kind, of }: Column, point: StoredPoint): unknown {
  const value = of(point);
  if (value === null) return undefined;
  if (kind === 'integer' || kind === 'uint64') return BigInt(value as number);
  if (kind === 'vector') return Array.from(value as Float32Array);
  return kind === 'json' ? plain(value) : value;
}

export function parquetWriter(columns: readonly Column[], description: string): Writer {
  const bytes = new ByteWriter();
  const root: SchemaElement = { name: 'points', num_children: columns.length };
  const schema = [root, ...columns.flatMap(elementsOf)];
  const kvMetadata = [{ key: DESCRIPTION, value: description }];
  const writer = new ParquetWriter({ writer: bytes, schema, kvMetadata, createdBy: 'silt' });
  let points: StoredPoint[] = [];
  const taken = (): Buffer => {
    const part = Buffer.from(bytes.getBytes());
    bytes.index = 0;
    return part;
  };
  const group = (): Buffer => {
    const columnData = columns.map((column) => ({
      name: column.name,
      data: points.map((point) => cellOf(column, point)),
    }));
    points = [];
    void writer.write({ columnData, rowGroupSize: GROUP }); // a buffer is written to at once
    return taken();
  };
  return {
    row: (point) => (points.push(point) < GROUP ? '' : group()),
    end: () => {
      const last = points.length > 0 ? group() : taken();
      void writer.finish();
      return Buffer.concat([last, taken()]);
    },
  };
}
