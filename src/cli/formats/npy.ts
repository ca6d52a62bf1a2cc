/* npy, NumPy's format of one array (NEP 1). A table of numbers is a vector a row; within npz, a list is a column. */
import { CommandError } from '../frame/exits.js';
import { Blocks } from './blocks.js';
import { type FileRow, VECTOR } from './records.js';

type Reader = (bytes: Buffer, at: number) => unknown;

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

/** Integers that no number is stay bigints. */
const exact = (value: bigint): number | bigint =>
  BigInt(Number(value)) === value && Number.isSafeInteger(Number(value)) ? Number(value) : value;

const READERS: Readonly<Record<string, readonly [width: number, read: Reader]>> = {
  '<f2': [2, (bytes, at) => half(bytes.readUInt16LE(at))],
  '<f4': [4, (bytes, at) => bytes.readFloatLE(at)],
  '<f8': [8, (bytes, at) => bytes.readDoubleLE(at)],
  '|u1': [1, (bytes, at) => bytes[at]!],
  '|i1': [1, (bytes, at) => bytes.readInt8(at)],
  '<u2': [2, (bytes, at) => bytes.readUInt16LE(at)],
  '<i2': [2, (bytes, at) => bytes.readInt16LE(at)],
  '<u4': [4, (bytes, at) => bytes.readUInt32LE(at)],
  '<i4': [4, (bytes, at) => bytes.readInt32LE(at)],
  '<u8': [8, (bytes, at) => exact(bytes.readBigUInt64LE(at))],
  '<i8': [8, (bytes, at) => exact(bytes.readBigInt64LE(at))],
};

const TEXT_MAX = 65_536;

/** Texts: so many code points of 4 bytes, or bytes; zeros fill the rest. */
function textReader(kind: string): readonly [width: number, read: Reader] | undefined {
  const [, sign, digits] = /^[<|]([US])(\d{1,5})$/.exec(kind) ?? [];
  const letters = Number(digits);
  if (sign === undefined || letters < 1 || letters > TEXT_MAX) return undefined;
  if (sign === 'S')
    return [letters, (bytes, at) => bytes.toString('utf8', at, at + letters).replace(/\0+$/, '')];
  const read: Reader = (bytes, at) => {
    let text = '';
    for (let i = 0; i < letters; i++) {
      const point = bytes.readUInt32LE(at + 4 * i);
      text += point > 0x10ffff ? '\ufffd' : String.fromCodePoint(point);
    }
    return text.replace(/\0+$/, '');
  };
  return [4 * letters, read];
}

const HEADER_MAX = 65_536;
const DIMENSION_MAX = 65_536;

/** Bytes, taken from the first on: all that are asked for, or undefined where there are fewer. */
export interface Bytes {
  take(length: number): Promise<Buffer | undefined>;
}

export interface Header {
  readonly rows: number;
  /** Undefined for a list: one value a row. */
  readonly dimension: number | undefined;
  /** Bytes of a row. */
  readonly rowBytes: number;
  /** A row: a vector, or the value. */
  read(bytes: Buffer): unknown;
}

/** What the header says: a Python dictionary in text. @throws CommandError */
function headerIn(file: string, text: string): Header {
  const wrong = (why: string): CommandError => new CommandError('DAMAGED', `${file} cannot be read: ${why}`);
  const kind = /'descr':\s*'([^']*)'/.exec(text)?.[1] ?? '';
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  const sizes = (shape ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const [rows, dimension] = sizes;
  const boolean = [1, (bytes: Buffer, at: number) => bytes[at] !== 0] as const;
  const reader =
    (Object.hasOwn(READERS, kind) ? READERS[kind] : undefined) ??
    (sizes.length === 1 ? (textReader(kind) ?? (kind === '|b1' ? boolean : undefined)) : undefined);
  if (!reader)
    throw wrong(`its numbers are ${kind || 'unknown'}, expected one of ${Object.keys(READERS).join(', ')}`);
  if (sizes.length > 1 && !/'fortran_order':\s*False/.test(text))
    throw wrong('it is stored column by column: save it with numpy.ascontiguousarray');
  if (
    sizes.length < 1 ||
    sizes.length > 2 ||
    !Number.isSafeInteger(rows) ||
    (sizes.length === 2 && (dimension! < 1 || dimension! > DIMENSION_MAX))
  )
    throw wrong(`its shape is (${shape ?? ''}), expected (rows, dimension up to ${DIMENSION_MAX})`);
  const [width, read] = reader;
  if (dimension === undefined)
    return { rows: rows!, dimension, rowBytes: width, read: (bytes) => read(bytes, 0) };
  const vectorOf = (bytes: Buffer): unknown[] =>
    Array.from({ length: dimension }, (_, i) => read(bytes, width * i));
  return { rows: rows!, dimension, rowBytes: dimension * width, read: vectorOf };
}

/** `file`: what it is called in errors. @throws CommandError */
export async function headerOf(file: string, bytes: Bytes): Promise<Header> {
  const start = await bytes.take(8);
  const version = start?.[6] ?? 0;
  if (start?.toString('latin1', 0, 6) !== '\x93NUMPY' || version < 1 || version > 3)
    throw new CommandError('DAMAGED', `${file} is not an npy file of version 1 to 3`);
  const length = await bytes.take(version === 1 ? 2 : 4);
  const size = length ? (version === 1 ? length.readUInt16LE() : length.readUInt32LE()) : HEADER_MAX + 1;
  const text = size > HEADER_MAX ? undefined : await bytes.take(size);
  if (!text) throw new CommandError('DAMAGED', `${file} is cut short: its header is not whole`);
  return headerIn(file, text.toString('latin1'));
}

/** The header of rows of this kind, `<f4` say; numbers begin at a multiple of 64 bytes. `dimension`: undefined for a list. */
export function npyHeader(kind: string, rows: number, dimension?: number): Buffer {
  const says = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${rows},${dimension === undefined ? '' : ` ${dimension}`}), }`;
  const before = 10;
  const size = Math.ceil((before + says.length + 1) / 64) * 64 - before;
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(size, 8);
  return Buffer.concat([start, Buffer.from(`${says.padEnd(size - 1)}\n`, 'latin1')]);
}

/** The bytes of a row of float32. */
export function npyRowOf(vector: Float32Array): Buffer {
  const bytes = Buffer.alloc(4 * vector.length);
  for (const [i, value] of vector.entries()) bytes.writeFloatLE(value, 4 * i);
  return bytes;
}

export async function* npyRows(file: string): AsyncIterable<FileRow> {
  await using blocks = await Blocks.of(file);
  const { rows, dimension, rowBytes, read } = await headerOf(file, blocks);
  if (dimension === undefined)
    throw new CommandError('DAMAGED', `${file} has a list, expected a table: rows of numbers`);
  if (rows * rowBytes !== blocks.left)
    throw new CommandError(
      'DAMAGED',
      `${file} has ${blocks.left} bytes of numbers, and its header says ${rows} rows of ${rowBytes}`,
    );
  for (let at = 1; at <= rows; at++) {
    const bytes = await blocks.take(rowBytes);
    if (!bytes) throw new CommandError('DAMAGED', `${file} was cut short while it was read`);
    yield { at, columns: { [VECTOR]: read(bytes) }, bytes: blocks.at };
  }
}
