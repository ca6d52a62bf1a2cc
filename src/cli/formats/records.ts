/* Rows of a file, whatever its format: columns by name, and how far the file is read. */
import { extname } from 'node:path';
import type { StoredPoint } from '../../api/points.js';
import { CommandError } from '../frame/exits.js';

export const FORMATS = ['jsonl', 'csv', 'fvecs', 'bvecs', 'ivecs', 'npy', 'npz', 'parquet', 'arrow'] as const;
export type Format = (typeof FORMATS)[number];

/** A row; `why` where it could not be read. */
export interface FileRow {
  /** As people count: the line of a text, the row of anything else, both from 1. */
  readonly at: number;
  readonly columns?: Readonly<Record<string, unknown>>;
  readonly why?: string;
  /** Bytes of the file that are read, about. */
  readonly bytes: number;
}

/** Makes a file of points. */
export interface Writer {
  /** What stands before the first of so many rows. */
  begin?(rows: number): string | Buffer;
  /** That says how many rows there are. */
  readonly counted?: boolean;
  row(point: StoredPoint): string | Buffer;
  /** What stands behind the last one. */
  end?(): string | Buffer;
}

/** What values of a format are: those of JSON, nothing but text, or of types of its own. */
export type Values = 'json' | 'text' | 'typed';

export const valuesOf = (format: Format): Values =>
  format === 'jsonl' ? 'json' : format === 'csv' ? 'text' : 'typed';

/** What a row is called in notes. */
export const unitOf = (format: Format): string => (format === 'jsonl' || format === 'csv' ? 'line' : 'row');

/** The only column of files that have vectors alone. */
export const VECTOR = 'vector';

const OTHER_NAMES: Readonly<Record<string, Format>> = {
  ndjson: 'jsonl',
  tsv: 'csv',
  feather: 'arrow',
  ipc: 'arrow',
  arrows: 'arrow',
};

/** @throws CommandError where neither the option nor the name says which */
export function formatOf(file: string, given: string | undefined): Format {
  const name = given ?? extname(file).slice(1).toLowerCase();
  const found = FORMATS.find((one) => one === name) ?? OTHER_NAMES[name];
  if (found) return found;
  throw new CommandError(
    'USAGE',
    `${given === undefined ? `the name ${file} does not say which format it has: say it with --format${name === 'json' ? ` jsonl where each line is an object; an array becomes such lines by jq -c '.[]' ${file}, into a file of another name` : ''}` : `--format ${given} is unknown`} (${FORMATS.join(', ')})`,
  );
}
