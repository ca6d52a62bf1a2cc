/*
 * What a command prints. For programs (`--json`): one JSON document on the standard output, or one a line where many come. For
 * people: text. Notes go to the standard error, so that a pipe has the answer alone.
 */
import { styleText } from 'node:util';
import { jsonOf } from './values.js';

/** Whoever reads has gone: `silt … | head`. Nobody is left to be told. */
export function endQuietly(error: NodeJS.ErrnoException): void {
  if (error.code === 'EPIPE') process.exit();
  throw error;
}

export interface OutputOptions {
  readonly json?: boolean;
}

export class Output {
  readonly json: boolean;

  constructor({ json = false }: OutputOptions) {
    this.json = json;
  }

  /** The answer: `value` for programs, `text` for people. */
  answer(value: unknown, text: () => string): void {
    const said = this.json ? jsonOf(value) : text();
    if (said !== '') process.stdout.write(`${said}\n`);
  }

  note(line: string): void {
    process.stderr.write(`silt: ${line}\n`);
  }
}

/** A part that stands out, where colours may be: they never say what the text does not. */
export function strong(text: string): string {
  const { isTTY } = process.stdout;
  const plainOnly = !isTTY || process.env['NO_COLOR'] || process.env['TERM'] === 'dumb';
  return plainOnly ? text : styleText('bold', text);
}

const NUMERIC = /^([-+]?[\d.,]+( ?[a-zA-Z%µ/]+)?|-|)$/;

/** A terminal cuts lines that are too wide; in a pipe they are whole. */
function cut(line: string): string {
  const { isTTY, columns = 80 } = process.stdout;
  return isTTY && line.length > columns ? `${line.slice(0, columns - 1)}…` : line;
}

/** Columns under their headings; those of numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const widths = head.map((name, at) => Math.max(name.length, ...rows.map((row) => row[at]!.length)));
  const right = head.map((_, at) => rows.length > 0 && rows.every((row) => NUMERIC.test(row[at]!)));
  const line = (row: readonly string[]): string =>
    cut(
      row
        .map((cell, at) => (right[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
        .join('  ')
        .trimEnd(),
    );
  return [strong(line(head)), ...rows.map(line)].join('\n');
}

/** Names and values, one a line. */
export function pairs(rows: readonly (readonly [name: string, value: string])[]): string {
  const width = Math.max(0, ...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => cut(`${name.padEnd(width)}  ${value}`)).join('\n');
}
