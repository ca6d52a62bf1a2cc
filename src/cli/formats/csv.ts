/* CSV with a line of headings; separated by commas, semicolons or tabs, whichever the first line has most of. */
import { open } from 'node:fs/promises';
import { type CsvError, parse } from 'csv-parse';
import { CommandError } from '../frame/exits.js';
import type { FileRow } from './records.js';
import { textOf } from './text.js';

const LOOKED_AT = 65_536;

async function delimiterOf(file: string): Promise<string> {
  await using handle = await open(file);
  const { buffer, bytesRead } = await handle.read(Buffer.alloc(LOOKED_AT), 0, LOOKED_AT, 0);
  const [first = ''] = buffer.toString('utf8', 0, bytesRead).split(/\r?\n/, 1);
  const many = (delimiter: string): number => first.replace(/"[^"]*"/g, '').split(delimiter).length;
  return [',', ';', '\t'].reduce((best, one) => (many(one) > many(best) ? one : best));
}

/** A column more of a name would take the place of the one before; rows are objects, which have no member "__proto__" of their own. */
function checked(names: string[]): string[] {
  const twice = names.find((name, at) => names.indexOf(name) < at);
  if (twice !== undefined)
    throw new CommandError('INPUT', `two columns are called "${twice}": give each a name of its own`);
  if (names.includes('__proto__'))
    throw new CommandError('INPUT', 'no column can be called "__proto__": give it another name');
  return names;
}

export async function* csvRows(file: string): AsyncIterable<FileRow> {
  const delimiter = await delimiterOf(file);
  const { stream, text } = textOf(file);
  const wrong: FileRow[] = [];
  const parser = text.pipe(
    parse({
      bom: true,
      columns: checked,
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
  text.on('error', (error) => parser.destroy(error));
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
