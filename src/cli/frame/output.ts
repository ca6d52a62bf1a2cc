/*
 * What a command prints. For programs (`--json`): one JSON document on the standard output, or one a line where many come. For
 * people: text. Notes go to the standard error, so that a pipe has the answer alone.
 */
import { styleText } from 'node:util';
import { EXITS, exitOf } from './exits.js';
import { cutTo, obeyedNowhere, padEnd, padStart, printable, widthOf } from './text.js';
import { jsonOf } from './values.js';

/** The answer cannot be written. Where whoever reads has gone, `silt … | head`, nobody is left to be told. */
function cannotAnswer(error: NodeJS.ErrnoException): never {
  if (error.code === 'EPIPE') process.exit();
  process.stderr.write(`silt: the output cannot be written: ${error.message}\n`);
  process.exit(EXITS[exitOf(error.code ?? '')][0]);
}

/** What cannot be written to the standard error is not missed: a command does its work all the same. */
export function watchOutputs(): void {
  process.stdout.on('error', cannotAnswer);
  process.stderr.on('error', () => {});
}

/** Whoever reads the output may go first, with the same Ctrl+C: that must not stop a shutdown. */
export function outliveReaders(): void {
  process.stdout.off('error', cannotAnswer).on('error', () => {});
}

/** For people: what is stored gives their terminal no orders. */
export function say(text: string): void {
  process.stdout.write(`${obeyedNowhere(text)}\n`);
}

/** For programs: a document in a line. Signs that a terminal would obey are escaped, which JSON has for all. */
export function sayJson(value: unknown): void {
  process.stdout.write(`${printable(jsonOf(value))}\n`);
}

/** Beside the answer: on the standard error. */
export function tell(text: string): void {
  process.stderr.write(`${obeyedNowhere(text)}\n`);
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
    if (this.json) sayJson(value);
    else {
      const said = text();
      if (said !== '') say(said);
    }
  }

  note(line: string): void {
    tell(`silt: ${line}`);
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
