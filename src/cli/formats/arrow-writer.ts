/* Points as an Arrow file: columns as in Parquet; JSON is a text with the name of that extension type. */
import {
  Bool,
  type DataType,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int64,
  makeData,
  RecordBatch,
  RecordBatchFileWriter,
  Schema,
  Struct,
  Uint64,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import type { StoredPoint } from '../../api/points.js';
import { jsonOf } from '../frame/values.js';
import { EXTENSION, JSON_EXTENSION } from './arrow.js';
import type { Column, Kind } from './columns.js';
import { DESCRIPTION } from './description.js';
import type { Writer } from './records.js';

/** Points of a batch, which is in memory as a whole. */
const BATCH = 8_192;

/** Keeps what is written until it is taken. */
class Parts extends RecordBatchFileWriter {
  #parts: Uint8Array[] = [];

  protected override _write(chunk: ArrayBufferView | ArrayBuffer): this {
    const { buffer, byteOffset, byteLength } = chunk instanceof ArrayBuffer ? new Uint8Array(chunk) : chunk;
    this.#parts.push(Uint8Array.from(new Uint8Array(buffer, byteOffset, byteLength)));
    this._position += byteLength;
    return this;
  }

  taken(): Buffer {
    const bytes = Buffer.concat(this.#parts);
    this.#parts = [];
    return bytes;
  }
}

const TYPES: Readonly<Record<Exclude<Kind, 'vector'>, () => DataType>> = {
  boolean: () => new Bool(),
  integer: () => new Int64(),
  uint64: () => new Uint64(),
  number: () => new Float64(),
  text: () => new Utf8(),
  json: () => new Utf8(),
};

function fieldOf({ name, kind }: Column, dimension: number): Field {
  const type =
    kind === 'vector' ? new FixedSizeList(dimension, new Field('item', new Float32(), false)) : TYPES[kind]();
  return new Field(
    name,
    type,
    name !== 'id',
    kind === 'json' ? new Map([[EXTENSION, JSON_EXTENSION]]) : null,
  );
}

function cellOf({ kind, of }: Column, point: StoredPoint): unknown {
  const value = of(point);
  if (value === null) return null;
  if (kind === 'integer' || kind === 'uint64') return BigInt(value as number);
  return kind === 'json' ? jsonOf(value) : value;
}

export function arrowWriter(columns: readonly Column[], dimension: number, description: string): Writer {
  const metadata = new Map([[DESCRIPTION, description]]);
  const schema = new Schema(
    columns.map((column) => fieldOf(column, dimension)),
    metadata,
  );
  const writer = new Parts();
  writer.reset(undefined, schema);
  let points: StoredPoint[] = [];
  const batch = (): Buffer => {
    const children = columns.map(
      (column, at) =>
        vectorFromArray(
          points.map((point) => cellOf(column, point)),
          schema.fields[at]!.type,
        ).data[0]!,
    );
    const data = makeData({ type: new Struct(schema.fields), length: points.length, nullCount: 0, children });
    points = [];
    writer.write(new RecordBatch(schema, data));
    return writer.taken();
  };
  return {
    row: (point) => (points.push(point) < BATCH ? '' : batch()),
    end: () => {
      const last = points.length > 0 ? batch() : Buffer.alloc(0);
      writer.finish();
      return Buffer.concat([last, writer.taken()]);
    },
  };
}
