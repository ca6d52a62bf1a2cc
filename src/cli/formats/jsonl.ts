/* JSON, an object a line. Empty lines are passed over. */
import { createInterface } from 'node:readline';
import { parse } from '../../server/http/json.js';
import type { FileRow } from './records.js';
import { textOf } from './text.js';

export async function* jsonlRows(file: string): AsyncIterable<FileRow> {
  const { stream, text: input } = textOf(file);
  let at = 0;
  for await (const line of createInterface({ input, crlfDelay: Number.POSITIVE_INFINITY })) {
    at++;
    const text = at === 1 ? line.replace(/^\ufeff/, '') : line;
    if (text.trim() !== '') yield { at, ...rowIn(text), bytes: stream.bytesRead };
  }
}

function rowIn(text: string): { columns: Record<string, unknown> } | { why: string } {
  try {
    const value = parse(text);
    if (typeof value === 'object' && value !== null && !Array.isArray(value))
      return { columns: value as Record<string, unknown> };
    return { why: 'expected a JSON object' };
  } catch (error) {
    return { why: (error as Error).message };
  }
}
