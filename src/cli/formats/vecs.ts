/*
 * fvecs, bvecs and ivecs, as TEXMEX has them (corpus-texmex.irisa.fr): each vector is its dimension, int32 little-endian, and so many
 * float32, bytes or int32.
 */
import { CommandError } from '../frame/exits.js';
import { Blocks } from './blocks.js';
import { type FileRow, VECTOR } from './records.js';

export type Vecs = 'fvecs' | 'bvecs' | 'ivecs';

const WIDTH: Readonly<Record<Vecs, number>> = { fvecs: 4, bvecs: 1, ivecs: 4 };
const DIMENSION_MAX = 65_536;

function read(bytes: Buffer, dimension: number, format: Vecs): number[] {
  const width = WIDTH[format];
  const vector = new Array<number>(dimension);
  for (let i = 0; i < dimension; i++)
    vector[i] =
      format === 'fvecs'
        ? bytes.readFloatLE(width * i)
        : format === 'ivecs'
          ? bytes.readInt32LE(width * i)
          : bytes[i]!;
  return vector;
}

export async function* vecsRows(file: string, format: Vecs): AsyncIterable<FileRow> {
  await using blocks = await Blocks.of(file);
  let first: number | undefined;
  for (let at = 1; blocks.left > 0; at++) {
    const dimension = (await blocks.take(4))?.readInt32LE() ?? 0;
    if (dimension < 1 || dimension > DIMENSION_MAX || dimension !== (first ??= dimension))
      throw new CommandError(
        'DAMAGED',
        `${file} is not ${format}: row ${at} has ${dimension} numbers, expected ${first && at > 1 ? first : `1 to ${DIMENSION_MAX}`}`,
      );
    const bytes = await blocks.take(WIDTH[format] * dimension);
    if (!bytes) throw new CommandError('DAMAGED', `${file} is cut short: row ${at} is not whole`);
    yield { at, columns: { [VECTOR]: read(bytes, dimension, format) }, bytes: blocks.at };
  }
}

/** What integers of a format are from and to. */
const INTEGERS = { bvecs: [0, 255], ivecs: [-(2 ** 31), 2 ** 31 - 1] } as const;

/** The bytes of a vector. @throws CommandError for a number that the format does not have */
export function vecsOf(format: Vecs, vector: Float32Array): Buffer {
  const width = WIDTH[format];
  const bytes = Buffer.alloc(4 + width * vector.length);
  bytes.writeInt32LE(vector.length);
  for (const [i, value] of vector.entries()) {
    const at = 4 + width * i;
    if (format === 'fvecs') {
      bytes.writeFloatLE(value, at);
      continue;
    }
    const [low, high] = INTEGERS[format];
    if (!Number.isInteger(value) || value < low || value > high)
      throw new CommandError(
        'USAGE',
        `${format} has integers from ${low} to ${high}, got ${value}: export to fvecs`,
      );
    if (format === 'bvecs') bytes[at] = value;
    else bytes.writeInt32LE(value, at);
  }
  return bytes;
}
