/* Points as npz: their vectors, and their ids behind them, which are in memory until then. Payloads have no place there. */
import type { PointId } from '../../base/ids.js';
import { CommandError } from '../frame/exits.js';
import { onlyVector } from './columns.js';
import { npyHeader, npyRowOf } from './npy.js';
import type { Writer } from './records.js';
import { Zip } from './zip.js';

const INT64_MAX = 2n ** 63n - 1n;
/** NumPy has texts of one length, 4 bytes a letter: one long id makes all of them long. */
const TEXTS_MOST = 2 ** 30;

const refused = (why: string): CommandError => new CommandError('USAGE', `${why}: export to jsonl`);

function integers(ids: readonly (number | bigint)[]): Buffer {
  const kind = ids.some((id) => BigInt(id) > INT64_MAX) ? '<u8' : '<i8';
  const bytes = Buffer.alloc(8 * ids.length);
  for (const [row, id] of ids.entries()) bytes.writeBigUInt64LE(BigInt(id), 8 * row);
  return Buffer.concat([npyHeader(kind, ids.length), bytes]);
}

function texts(ids: readonly string[]): Buffer {
  const points = ids.map((id) => Array.from(id, (letter) => letter.codePointAt(0)!));
  const width = points.reduce((most, { length }) => Math.max(most, length), 1);
  if (4 * width * ids.length > TEXTS_MOST)
    throw refused(`an id has ${width} letters, and so would all of them in npz`);
  if (ids.some((id) => id.endsWith('\0')))
    throw refused('an id ends with a zero character, which npz does not keep');
  const bytes = Buffer.alloc(4 * width * ids.length);
  for (const [row, letters] of points.entries())
    for (const [i, point] of letters.entries()) bytes.writeUInt32LE(point, 4 * (width * row + i));
  return Buffer.concat([npyHeader(`<U${width}`, ids.length), bytes]);
}

function idsOf(ids: readonly PointId[]): Buffer {
  const words = ids.filter((id) => typeof id === 'string');
  if (words.length === 0) return integers(ids as readonly (number | bigint)[]);
  if (words.length === ids.length) return texts(words);
  throw refused('ids are both integers and texts, for which npz has no column');
}

export function npzWriter(dimension: number): Writer {
  const zip = new Zip();
  const ids: PointId[] = [];
  return {
    counted: true,
    begin: (rows) => Buffer.concat([zip.begin('vector.npy'), zip.part(npyHeader('<f4', rows, dimension))]),
    row: (point) => {
      ids.push(point.id);
      return zip.part(npyRowOf(onlyVector('npz', point)));
    },
    end: () => {
      const last = idsOf(ids);
      return Buffer.concat([zip.end(), zip.begin('id.npy'), zip.part(last), zip.end(), zip.finish()]);
    },
  };
}
