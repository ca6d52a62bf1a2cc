/* Reads a file of any format. What needs packages of others is loaded with its first file. */
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
