/*
 * JSON with integers of 64 bits, exact both ways: those that no float64 is equal to are bigints. Node 20 has neither the
 * source of a number in a reviver nor raw JSON. So such integers pass through JSON.parse and JSON.stringify as strings behind
 * a mark that nobody outside can guess. Texts without such integers, nearly all, are only looked through for 16 digits.
 */
import { randomUUID } from 'node:crypto';

const MARK = `${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+(?:\\.0)?)"`, 'g');

/** An integer that begins here may be beyond 2^53. */
const LONG = /(?:^|[^.\d])\d{16}/;
const PIECE = /"|-?\d{16,}/g;

/** The index behind the string that begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

/** Whether the digits are of a fraction or an exponent, or stand where a name must. */
function isPart(text: string, from: number, to: number): boolean {
  if (/[.eE+\d]/.test(text[from - 1] ?? '') || /[.eE]/.test(text[to] ?? '')) return true;
  let next = to;
  while (/\s/.test(text[next] ?? '')) next++;
  return text[next] === ':';
}

/** Whether a number names it; beyond 64 bits an integer is not an id, and a number as any other. */
function isNumber(digits: string): boolean {
  if (/^-?0/.test(digits)) return true;
  const value = BigInt(digits);
  const size = value < 0n ? -value : value;
  return size >= 1n << 64n || BigInt(Number(digits)) === value;
}

function marked(text: string): string {
  const out: string[] = [];
  let done = 0;
  PIECE.lastIndex = 0;
  for (let found = PIECE.exec(text); found; found = PIECE.exec(text)) {
    const [piece] = found;
    if (piece === '"') {
      PIECE.lastIndex = endOfString(text, found.index);
      continue;
    }
    const end = found.index + piece.length;
    if (piece.length > 21 || isPart(text, found.index, end) || isNumber(piece)) continue;
    out.push(text.slice(done, found.index), '"', MARK, piece, '"');
    done = end;
  }
  return done === 0 ? text : out.join('') + text.slice(done);
}

const revived = (_: string, value: unknown): unknown =>
  typeof value === 'string' && value.startsWith(MARK) ? BigInt(value.slice(MARK.length)) : value;

/** @throws SyntaxError */
export function parse(text: string): unknown {
  if (!LONG.test(text)) return JSON.parse(text);
  const other = marked(text);
  if (other === text) return JSON.parse(text);
  try {
    return JSON.parse(other, revived);
  } catch {
    return JSON.parse(text); // throws as well, and what it says does not have the mark
  }
}

const unmarked = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${MARK}${value}` : value;

/** Numbers from where on JSON has them with an exponent. */
const EXPONENT = 1e21;

/** The same number, for `stringify` to write as 1.0 where it is an integer: whoever tells integers from floats takes it for one. */
export function asFloat(value: number): number | string {
  return Number.isInteger(value) && Math.abs(value) < EXPONENT ? `${MARK}${value}.0` : value;
}

export function stringify(value: unknown): string {
  try {
    const text = JSON.stringify(value);
    return text.includes(MARK) ? text.replace(MARKED, '$1') : text;
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    return JSON.stringify(value, unmarked).replace(MARKED, '$1');
  }
}

const QUOTE = 34;
const BACKSLASH = 92;
const OPENING = [91, 123];
const CLOSING = [93, 125];

/** Whether there are more than `most` signs that open a list or an object. */
function opensMore(bytes: Buffer, most: number): boolean {
  let count = 0;
  for (const sign of OPENING)
    for (let at = bytes.indexOf(sign); at >= 0; at = bytes.indexOf(sign, at + 1))
      if (++count > most) return true;
  return false;
}

/** Whether lists and objects stand within one another more than `most` deep: whoever walks them would run out of stack. */
export function deeperThan(bytes: Buffer, most: number): boolean {
  if (!opensMore(bytes, most)) return false;
  let depth = 0;
  let quoted = false;
  for (let at = 0; at < bytes.length; at++) {
    const sign = bytes[at]!;
    if (quoted) {
      if (sign === BACKSLASH) at++;
      else if (sign === QUOTE) quoted = false;
    } else if (sign === QUOTE) quoted = true;
    else if (OPENING.includes(sign)) {
      if (++depth > most) return true;
    } else if (CLOSING.includes(sign)) depth--;
  }
  return false;
}
