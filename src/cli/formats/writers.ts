/* Points as rows of a file. */
import type { StoredPoint } from '../../api/points.js';
import { CommandError } from '../frame/exits.js';
import { jsonOf } from '../frame/values.js';
import { type Columns, onlyVectorOf } from './columns.js';
import { npyHeader, npyRowOf } from './npy.js';
import type { Format, Writer } from './records.js';
import { fvecsOf } from './vecs.js';

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
  const only = onlyVectorOf(vector);
  if (only) return only;
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

/** Formats that are written. */
export const WRITTEN = ['jsonl', 'csv', 'fvecs', 'npy', 'parquet', 'arrow'] as const;

const JSONL: Writer = {
  row: ({ id, vector, payload }) => `${jsonOf({ id, vector, payload })}\n`,
};

export interface Written {
  /** What the points have that are written. */
  readonly columns: Columns;
  readonly withVector: boolean;
  readonly dimension: number;
}

/** Whether points are looked at before the first is written. */
export const hasColumns = (format: Format): boolean => ['csv', 'parquet', 'arrow'].includes(format);

/** @throws CommandError for a format that is only read */
export async function writerOf(format: Format, { columns, withVector, dimension }: Written): Promise<Writer> {
  switch (format) {
    case 'jsonl':
      return JSONL;
    case 'csv':
      return csv(columns.keys(withVector), withVector);
    case 'parquet':
      return (await import('./parquet-writer.js')).parquetWriter(columns.all());
    case 'arrow':
      return (await import('./arrow-writer.js')).arrowWriter(columns.all(), dimension);
    case 'fvecs':
    case 'npy':
      if (!withVector)
        throw new CommandError('USAGE', `${format} has nothing but vectors: leave --no-vector out`);
      return format === 'fvecs' ? FVECS : npy(dimension);
    default:
      throw new CommandError('USAGE', `export writes ${WRITTEN.join(', ')}, not ${format}`);
  }
}
