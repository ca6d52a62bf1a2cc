/* Reads a file of any format. What needs packages of others is loaded with its first file. */

import { CommandError } from '../frame/exits.js';
import { DESCRIPTION, type Description, describedIn } from './description.js';
import { jsonlRows } from './jsonl.js';
import { npyRows } from './npy.js';
import type { FileRow, Format } from './records.js';
import { vecsRows } from './vecs.js';

/** The rows of a file, read as they are asked for. */
export async function rowsOf(file: string, format: Format): Promise<AsyncIterable<FileRow>> {
  switch (format) {
    case 'jsonl':
      return jsonlRows(file);
    case 'csv':
      return (await import('./csv.js')).csvRows(file);
    case 'npy':
      return npyRows(file);
    case 'npz':
      return (await import('./npz.js')).npzRows(file);
    case 'arrow':
      return (await import('./arrow.js')).arrowRows(file);
    case 'parquet':
      return (await import('./parquet.js')).parquetRows(file);
    default:
      return vecsRows(file, format);
  }
}

/** The collection that a file says it was: of files that `silt export` wrote, and which can carry it. Rows can be read of it. */
export async function describedBy(file: string, format: Format): Promise<Description | undefined> {
  const note =
    format === 'parquet'
      ? await (await import('./parquet.js')).parquetNote(file, DESCRIPTION)
      : format === 'arrow'
        ? await (await import('./arrow.js')).arrowNote(file, DESCRIPTION)
        : undefined;
  if (note === undefined) return undefined;
  try {
    return describedIn(JSON.parse(note), file);
  } catch {
    throw new CommandError(
      'DAMAGED',
      `what ${file} says of its collection cannot be read: give --config, or --metric to make it by the first vector`,
    );
  }
}
