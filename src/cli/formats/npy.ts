/* npy, NumPy's format of one array (NEP 1): a table of numbers, each row a vector. */
import { CommandError } from '../frame/exits.js';
import { Blocks } from './blocks.js';
import { type FileRow, VECTOR } from './records.js';

type Reader = (bytes: Buffer, at: number) => number;

/** IEEE 754 binary16. */
function half(bits: number): number {
  const sign = bits & 0x8000 ? -1 : 1;
  const exponent = (bits >> 10) & 0x1f;
  const fraction = bits & 0x3ff;
  if (exponent === 0) return sign * fraction * 2 ** -24;
  if (exponent === 0x1f) return fraction ? Number.NaN : sign * Number.POSITIVE_INFINITY;
  return sign * (1 + fraction / 1024) * 2 ** (exponent - 15);
}

const READERS: Readonly<Record<string, readonly [width: number, read: Reader]>> = {
  '<f2': [2, (bytes, at) => half(bytes.readUInt16LE(at))],
  '<f4': [4, (bytes, at) => bytes.readFloatLE(at)],
  '<f8': [8, (bytes, at) => bytes.readDoubleLE(at)],
  '|u1': [1, (bytes, at) => bytes[at]!],
  '|i1': [1, (bytes, at) => bytes.readInt8(at)],
  '<i2': [2, (bytes, at) => bytes.readInt16LE(at)],
  '<i4': [4, (bytes, at) => bytes.readInt32LE(at)],
  '<i8': [8, (bytes, at) => Number(bytes.readBigInt64LE(at))],
};

const HEADER_MAX = 65_536;
const DIMENSION_MAX = 65_536;

interface Header {
  readonly rows: number;
  readonly dimension: number;
  readonly width: number;
  readonly read: Reader;
}

/** What the header says: a Python dictionary in text. @throws CommandError */
function headerIn(file: string, text: string): Header {
  const wrong = (why: string): CommandError => new CommandError('DAMAGED', `${file} cannot be read: ${why}`);
  const kind = /'descr':\s*'([^']*)'/.exec(text)?.[1];
  const reader = kind !== undefined && Object.hasOwn(READERS, kind) ? READERS[kind] : undefined;
  if (!reader)
    throw wrong(`its numbers are ${kind ?? 'unknown'}, expected one of ${Object.keys(READERS).join(', ')}`);
  if (!/'fortran_order':\s*False/.test(text))
    throw wrong('it is stored column by column: save it with numpy.ascontiguousarray');
  const shape = /'shape':\s*\(([\d\s,]*)\)/.exec(text)?.[1];
  const sizes = (shape ?? '')
    .split(',')
    .filter((part) => part.trim() !== '')
    .map(Number);
  const [rows, dimension] = sizes;
  if (sizes.length !== 2 || !Number.isSafeInteger(rows) || dimension! < 1 || dimension! > DIMENSION_MAX)
    throw wrong(`its shape is (${shape ?? ''}), expected (rows, dimension up to ${DIMENSION_MAX})`);
  return { rows: rows!, dimension: dimension!, width: reader[0], read: reader[1] };
}

async function headerOf(file: string, blocks: Blocks): Promise<Header> {
  const start = await blocks.take(8);
  const version = start?.[6] ?? 0;
  if (start?.toString('latin1', 0, 6) !== '\x93NUMPY' || version < 1 || version > 3)
    throw new CommandError('DAMAGED', `${file} is not an npy file of version 1 to 3`);
  const length = await blocks.take(version === 1 ? 2 : 4);
  const size = length ? (version === 1 ? length.readUInt16LE() : length.readUInt32LE()) : HEADER_MAX + 1;
  const text = size > HEADER_MAX ? undefined : await blocks.take(size);
  if (!text) throw new CommandError('DAMAGED', `${file} is cut short: its header is not whole`);
  return headerIn(file, text.toString('latin1'));
}

/** The header of float32 rows; numbers begin at a multiple of 64 bytes. */
export function npyHeader(rows: number, dimension: number): Buffer {
  const says = `{'descr': '<f4', 'fortran_order': False, 'shape': (${rows}, ${dimension}), }`;
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
  const { rows, dimension, width, read } = await headerOf(file, blocks);
  if (rows * dimension * width !== blocks.left)
    throw new CommandError(
      'DAMAGED',
      `${file} has ${blocks.left} bytes of numbers, and its header says ${rows} rows of ${dimension * width}`,
    );
  for (let at = 1; at <= rows; at++) {
    const bytes = await blocks.take(dimension * width);
    if (!bytes) throw new CommandError('DAMAGED', `${file} was cut short while it was read`);
    const vector = Array.from({ length: dimension }, (_, i) => read(bytes, width * i));
    yield { at, columns: { [VECTOR]: vector }, bytes: blocks.at };
  }
}
