/* Points as rows of a file. */
import type { StoredPoint } from '../../api/points.js';
import { CommandError } from '../frame/exits.js';
import { jsonOf } from '../frame/values.js';
import { npyHeader, npyRowOf } from './npy.js';
import type { Format } from './records.js';
import { fvecsOf } from './vecs.js';

export interface Writer {
  /** What stands before the first of so many rows. */
  begin?(rows: number): string | Buffer;
  /** That says how many rows there are. */
  readonly counted?: boolean;
  row(point: StoredPoint): string | Buffer;
}

/** A cell of CSV: texts as they are, all else as JSON. */
function cell(value: unknown): string {
  if (value === undefined || value === null) return '';
  const text = typeof value === 'string' ? value : jsonOf(value);
  return /[",;\t\r\n]|^\s|\s$|^$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** An id: a string of digits stays one, in double quotes. */
const idCell = (id: unknown): string =>
  typeof id === 'string' && (/^\d{1,20}$/.test(id) || /^".*"$/s.test(id)) ? cell(jsonOf(id)) : cell(id);

function csv(keys: readonly string[], withVector: boolean): Writer {
  const head = ['id', ...(withVector ? ['vector'] : []), ...keys];
  return {
    begin: () => `${head.map(cell).join(',')}\n`,
    row: ({ id, vector, payload = {} }) => {
      const cells = [idCell(id), ...(withVector ? [cell(vector)] : [])];
      for (const key of keys) cells.push(cell((payload as Record<string, unknown>)[key]));
      return `${cells.join(',')}\n`;
    },
  };
}

/** @throws CommandError for a point that has no vector, or several */
function onlyVector(format: Format, { id, vector }: StoredPoint): Float32Array {
  if (vector instanceof Float32Array) return vector;
  throw new CommandError(
    'USAGE',
    `${format} has one vector a point, and point ${id} has not: export to jsonl`,
  );
}

const FVECS: Writer = { row: (point) => fvecsOf(onlyVector('fvecs', point)) };

const npy = (dimension: number): Writer => ({
  counted: true,
  begin: (rows) => npyHeader(rows, dimension),
  row: (point) => npyRowOf(onlyVector('npy', point)),
});

const JSONL: Writer = {
  row: ({ id, vector, payload }) => `${jsonOf({ id, vector, payload })}\n`,
};

export interface Written {
  /** Columns of payloads. */
  readonly keys: readonly string[];
  readonly withVector: boolean;
  readonly dimension: number;
}

/** @throws CommandError for a format that is only read */
export function writerOf(format: Format, { keys, withVector, dimension }: Written): Writer {
  if (format === 'jsonl') return JSONL;
  if (format === 'csv') return csv(keys, withVector);
  if (format !== 'fvecs' && format !== 'npy')
    throw new CommandError('USAGE', `export writes jsonl, csv, fvecs and npy, not ${format}`);
  if (!withVector)
    throw new CommandError('USAGE', `${format} has nothing but vectors: leave --no-vector out`);
  return format === 'fvecs' ? FVECS : npy(dimension);
}
