/*
 * JSON with exact 64-bit integers: an integer that no float64 equals becomes a bigint. Node 20 has neither `context.source` in
 * revivers nor `JSON.rawJSON`, so these integers pass through JSON.parse and JSON.stringify as strings with a random prefix that
 * clients cannot guess. Nearly all texts have none: they are parsed once, and the parsed value is searched for numbers of 2^53 or
 * more. Searching the text instead takes 20 times as long when it is a vector.
 */
import { randomUUID } from 'node:crypto';

const MARK = `${randomUUID()}:`;
const MARKED = new RegExp(`"${MARK}(-?\\d+(?:\\.0)?)"`, 'g');

const PIECE = /"|-?\d{16,}/g;

/** The index after the string literal that begins at `from`. */
function endOfString(text: string, from: number): number {
  for (let at = text.indexOf('"', from + 1); at >= 0; at = text.indexOf('"', at + 1)) {
    let slashes = 0;
    while (text[at - 1 - slashes] === '\\') slashes++;
    if (slashes % 2 === 0) return at + 1;
  }
  return text.length;
}

/** Whether the digits belong to a fraction or an exponent, or stand where a key must. */
function isPart(text: string, from: number, to: number): boolean {
  if (/[.eE+\d]/.test(text[from - 1] ?? '') || /[.eE]/.test(text[to] ?? '')) return true;
  let next = to;
  while (/\s/.test(text[next] ?? '')) next++;
  return text[next] === ':';
}

/** Whether a float64 equals the integer. Integers of more than 64 bits cannot be ids, and are read as float64 too. */
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

const EXACT = 2 ** 53;

/**
 * Whether the value contains a number of 2^53 or more, where float64 skips integers. `room`: how many more levels are allowed.
 *
 * @throws SyntaxError
 */
function hasBeyond(value: object, room: number): boolean {
  if (room === 0) throw new SyntaxError('recursion limit exceeded');
  let found = false; // no early exit: the depth of all of it is checked
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) if (isBeyond(value[i], room)) found = true;
  } else for (const key in value) if (isBeyond((value as Record<string, unknown>)[key], room)) found = true;
  return found;
}

function isBeyond(value: unknown, room: number): boolean {
  if (typeof value === 'number') return value >= EXACT || value <= -EXACT;
  return typeof value === 'object' && value !== null && hasBeyond(value, room - 1);
}

/** `most`: the greatest depth allowed. @throws SyntaxError */
export function parse(text: string, most = 128): unknown {
  const value: unknown = JSON.parse(text);
  if (!isBeyond(value, most + 1)) return value;
  const other = marked(text);
  return other === text ? value : JSON.parse(other, revived);
}

const unmarked = (_: string, value: unknown): unknown =>
  typeof value === 'bigint' ? `${MARK}${value}` : value;

/** JSON writes numbers from here on with an exponent. */
const EXPONENT = 1e21;

/** Makes `stringify` write an integer such as 1 as 1.0, for clients in languages that distinguish integers from floats. */
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
const OPENS_LIST = 91;
const CLOSES_LIST = 93;
const OPENS = 123;
const CLOSES = 125;

/** Whether there are more than `most` opening brackets. */
function opensMore(bytes: Buffer, most: number): boolean {
  let count = 0;
  for (const sign of [OPENS_LIST, OPENS])
    for (let at = bytes.indexOf(sign); at >= 0; at = bytes.indexOf(sign, at + 1))
      if (++count > most) return true;
  return false;
}

/** Whether the text is nested more than `most` levels deep; checked without parsing it. */
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
    else if (sign === OPENS_LIST || sign === OPENS) {
      if (++depth > most) return true;
    } else if (sign === CLOSES_LIST || sign === CLOSES) depth--;
  }
  return false;
}
