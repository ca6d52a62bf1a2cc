/* Points as rows of a file. */
import type { StoredPoint } from '../../api/points.js';
import { CommandError } from '../frame/exits.js';
import { jsonOf } from '../frame/values.js';
import type { Format } from './records.js';
import { fvecsOf } from './vecs.js';

export interface Writer {
  /** What stands before the first row. */
  readonly begin?: string;
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
    begin: `${head.map(cell).join(',')}\n`,
    row: ({ id, vector, payload = {} }) => {
      const cells = [idCell(id), ...(withVector ? [cell(vector)] : [])];
      for (const key of keys) cells.push(cell((payload as Record<string, unknown>)[key]));
      return `${cells.join(',')}\n`;
    },
  };
}

const FVECS: Writer = {
  row: ({ id, vector }) => {
    if (vector instanceof Float32Array) return fvecsOf(vector);
    throw new CommandError('USAGE', `fvecs has one vector a point, and point ${id} has not: export to jsonl`);
  },
};

const JSONL: Writer = {
  row: ({ id, vector, payload }) => `${jsonOf({ id, vector, payload })}\n`,
};

/** @throws CommandError for a format that is only read */
export function writerOf(format: Format, keys: readonly string[], withVector: boolean): Writer {
  if (format === 'jsonl') return JSONL;
  if (format === 'csv') return csv(keys, withVector);
  if (format === 'fvecs' && withVector) return FVECS;
  throw new CommandError(
    'USAGE',
    format === 'fvecs'
      ? 'fvecs has nothing but vectors: leave --no-vector out'
      : `export writes jsonl, csv and fvecs, not ${format}`,
  );
}
