/* Points as rows of a file. */
import { CommandError } from '../frame/exits.js';
import { jsonOf } from '../frame/values.js';
import { type Columns, onlyVector } from './columns.js';
import { npyHeader, npyRowOf } from './npy.js';
import type { Format, Writer } from './records.js';
import { type Vecs, vecsOf } from './vecs.js';

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

const vecs = (format: Vecs): Writer => ({ row: (point) => vecsOf(format, onlyVector(format, point)) });

const npy = (dimension: number): Writer => ({
  counted: true,
  begin: (rows) => npyHeader('<f4', rows, dimension),
  row: (point) => npyRowOf(onlyVector('npy', point)),
});

const JSONL: Writer = {
  row: ({ id, vector, payload }) => `${jsonOf({ id, vector, payload })}\n`,
};

export interface Written {
  /** What the points have that are written. */
  readonly columns: Columns;
  readonly withVector: boolean;
  readonly dimension: number;
  /** Of the collection: for files that can carry it. */
  readonly description: string;
}

/** Whether points are looked at before the first is written. */
export const hasColumns = (format: Format): boolean => ['csv', 'parquet', 'arrow'].includes(format);

/** @throws CommandError for what the format cannot have */
export async function writerOf(
  format: Format,
  { columns, withVector, dimension, description }: Written,
): Promise<Writer> {
  switch (format) {
    case 'jsonl':
      return JSONL;
    case 'csv':
      return csv(columns.keys(withVector), withVector);
    case 'parquet':
      return (await import('./parquet-writer.js')).parquetWriter(columns.all(), description);
    case 'arrow':
      return (await import('./arrow-writer.js')).arrowWriter(columns.all(), dimension, description);
  }
  if (!withVector)
    throw new CommandError(
      'USAGE',
      `${format} has nothing but ${format === 'npz' ? 'ids and ' : ''}vectors: leave --no-vector out`,
    );
  if (format === 'npy') return npy(dimension);
  return format === 'npz' ? (await import('./npz-writer.js')).npzWriter(dimension) : vecs(format);
}
