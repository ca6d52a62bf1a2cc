/*
 * What a command prints. For programs (`--json`): one JSON document on the standard output, or one a line where many come. For
 * people: text. Notes go to the standard error, so that a pipe has the answer alone.
 */
import { styleText } from 'node:util';
import { cutTo, padEnd, padStart, printable, widthOf } from './text.js';
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
export const strong = (text: string): string => styled('bold', text);

export function styled(style: 'bold' | 'inverse', text: string): string {
  const { isTTY } = process.stdout;
  const plainOnly = !isTTY || process.env['NO_COLOR'] || process.env['TERM'] === 'dumb';
  return plainOnly ? text : styleText(style, text);
}

const NUMERIC = /^([-+]?[\d.,]+( ?[a-zA-Z%µ/]+)?|-|)$/;

/** A terminal cuts lines that are too wide; in a pipe they are whole. */
function cut(line: string): string {
  const { isTTY, columns = 80 } = process.stdout;
  return isTTY ? cutTo(line, columns) : line;
}

/** Columns under their headings; those of numbers to the right. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const cells = rows.map((row) => row.map(printable));
  const widths = head.map((name, at) =>
    cells.reduce((most, row) => Math.max(most, widthOf(row[at]!)), name.length),
  );
  const right = head.map((_, at) => cells.length > 0 && cells.every((row) => NUMERIC.test(row[at]!)));
  const line = (row: readonly string[]): string =>
    cut(
      row
        .map((cell, at) => (right[at] ? padStart(cell, widths[at]!) : padEnd(cell, widths[at]!)))
        .join('  ')
        .trimEnd(),
    );
  return [strong(line(head)), ...cells.map(line)].join('\n');
}

/** Names and values, one a line. */
export function pairs(rows: readonly (readonly [name: string, value: string])[]): string {
  const names = rows.map(([name]) => printable(name));
  const width = names.reduce((most, name) => Math.max(most, widthOf(name)), 0);
  return rows.map(([, value], at) => cut(`${padEnd(names[at]!, width)}  ${printable(value)}`)).join('\n');
}
