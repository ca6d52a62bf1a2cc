/* Parquet, some thousand rows at a time. */
import { statSync } from 'node:fs';
import { asyncBufferFromFile, parquetMetadataAsync, parquetReadObjects } from 'hyparquet';
import { compressors } from 'hyparquet-compressors';
import { CommandError } from '../frame/exits.js';
import type { FileRow } from './records.js';

const AT_ONCE = 4_096;

/** What its metadata says under a key. */
export async function parquetNote(file: string, key: string): Promise<string | undefined> {
  const { key_value_metadata: all = [] } = await parquetMetadataAsync(await asyncBufferFromFile(file));
  return all.find((one) => one.key === key)?.value;
}

export async function* parquetRows(file: string): AsyncIterable<FileRow> {
  const { size } = statSync(file);
  const source = await asyncBufferFromFile(file);
  let at = 0;
  try {
    const metadata = await parquetMetadataAsync(source);
    const rows = Number(metadata.num_rows);
    while (at < rows) {
      const rowEnd = Math.min(rows, at + AT_ONCE);
      const read = await parquetReadObjects({ file: source, metadata, compressors, rowStart: at, rowEnd });
      if (read.length === 0) throw new Error(`it says ${rows} rows, and has ${at}`);
      for (const columns of read) {
        at++;
        yield { at, columns, bytes: Math.floor((size * at) / rows) };
      }
    }
  } catch (error) {
    const { message } = error as Error;
    const [, codec] = /unsupported compression codec: (\w+)/.exec(message) ?? [];
    if (codec)
      throw new CommandError(
        'INPUT',
        `${file} is compressed by ${codec}, which is not read: write it with snappy or zstd`,
      );
    throw new CommandError('DAMAGED', `${file} cannot be read as Parquet: ${message}`);
  }
}
