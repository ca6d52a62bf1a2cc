/*
 * JSON with integers of 64 bits, exact both ways: those that a float64 cannot tell apart are bigints. Node 20 has neither the
 * source of a number in a reviver nor raw JSON. So such integers pass through JSON.parse and JSON.stringify as strings behind
 * a mark that nobody outside can guess. Texts without such integers, nearly all, are only looked through for 16 digits.
 */
import { randomUUID } from 'node:crypto';

const MARK = `${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+)"`, 'g');

/** An integer that begins here may be beyond 2^53. */
const LONG = /[^.\d]\d{16}/;
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

/** Whether the digits are of a fraction or an exponent. */
function isPart(text: string, from: number, to: number): boolean {
  return /[.eE+\d]/.test(text[from - 1] ?? '') || /[.eE]/.test(text[to] ?? '');
}

/** Beyond 64 bits an integer names no id: it is a number, as any other. */
function isExact(digits: string): boolean {
  const value = BigInt(digits);
  const size = value < 0n ? -value : value;
  return size <= BigInt(Number.MAX_SAFE_INTEGER) || size >= 1n << 64n;
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
    if (piece.length > 21 || isPart(text, found.index, end) || isExact(piece)) continue;
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
  return other === text ? JSON.parse(text) : JSON.parse(other, revived);
}

const unmarked = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${MARK}${value}` : value;

export function stringify(value: unknown): string {
  try {
    return JSON.stringify(value);
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
