/* CSV with a line of headings; separated by commas, semicolons or tabs, whichever the first line has most of. */
import { createReadStream } from 'node:fs';
import { open } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse';
import type { FileRow } from './records.js';

const LOOKED_AT = 65_536;

async function delimiterOf(file: string): Promise<string> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
  const [first = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1);
  const many = (delimiter: string): number => first.replace(/"[^"]*"/g, '').split(delimiter).length;
  return [',', ';', '\t'].reduce((best, one) => (many(one) > many(best) ? one : best));
}

export async function* csvRows(file: string): AsyncIterable<FileRow> {
  const delimiter = await delimiterOf(file);
  const stream = createReadStream(file);
  const wrong: FileRow[] = [];
  const parser = stream.pipe(
    parse({
      bom: true,
      columns: true,
      delimiter,
      info: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
      on_skip: (error?: CsvError) => {
        if (error)
          wrong.push({ at: Number(error['lines'] ?? 0), why: error.message, bytes: stream.bytesRead });
        return undefined;
      },
    }),
  );
  stream.on('error', (error) => parser.destroy(error));
  try {
    for await (const { record, info } of parser) {
      yield* wrong.splice(0);
      yield { at: info.lines, columns: record, bytes: stream.bytesRead };
    }
    yield* wrong;
  } finally {
    stream.destroy();
  }
}
