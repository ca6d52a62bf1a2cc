/*
 * Dot products of 4-bit codes with a prepared query.
 *
 * Sixteen bytes hold 32 dimensions as eight 16-bit words of four nibbles: nibble t of word w is dimension
 * 32 g + 8 t + w. In the last, partial group it is 32 g + 4 w + t, which is the order of the dimensions. The
 * query is one signed byte per nibble, in the order of the nibbles.
 */
import { nearest } from './float.js';
import type { Memory } from './memory.js';

export function dotInt4(m: Memory, query: number, code: number, bytes: number): number {
  let sum = 0;
  for (let i = 0; i < bytes; i++) {
    const pair = m.u8[code + i]!;
    sum += m.i8[query + 2 * i]! * (pair & 15) + m.i8[query + 2 * i + 1]! * (pair >> 4);
  }
  return sum;
}

/** Which nibble, counted from the start of the code, holds component `i`. */
function nibbleOf(i: number, dimension: number): number {
  if (i >> 5 === dimension >> 5) return i;
  return (i & ~31) + (i & 7) * 4 + ((i & 31) >> 3);
}

/** Writes component `i`, 0 to 15, of a code that was zeroed before. */
export function setCode4(m: Memory, code: number, i: number, dimension: number, value: number): void {
  const nibble = nibbleOf(i, dimension);
  m.u8[code + (nibble >> 1)]! |= value << ((nibble & 1) * 4);
}

/** A code is a whole number of 16-bit words: up to three nibbles of the last stand for no component. */
function clearEnd(m: Memory, data: number, dimension: number): void {
  m.i8.fill(0, data + dimension, data + ((dimension + 3) & ~3));
}

/** Component `i` of a code, 0 to 15. */
function getCode4(m: Memory, code: number, i: number, dimension: number): number {
  const nibble = nibbleOf(i, dimension);
  return (m.u8[code + (nibble >> 1)]! >> ((nibble & 1) * 4)) & 15;
}

/** Writes the floats that a code stands for: `scale` × (component - 7.5). */
export function floatsFromCode4(m: Memory, to: number, code: number, dimension: number, scale: number): void {
  for (let i = 0; i < dimension; i++) m.f32[(to >>> 2) + i] = scale * (getCode4(m, code, i, dimension) - 7.5);
}

/** Writes `scale × v`, rounded to at most 127, as query data. Returns the sum. */
export function queryFromFloats4(
  m: Memory,
  data: number,
  v: number,
  dimension: number,
  scale: number,
): number {
  clearEnd(m, data, dimension);
  let sum = 0;
  for (let i = 0; i < dimension; i++) {
    const q = nearest(Math.fround(m.f32[(v >>> 2) + i]! * scale));
    m.i8[data + nibbleOf(i, dimension)] = q;
    sum += q;
  }
  return sum;
}

/** Writes a code as a query of the odd integers 2 n - 15. Returns their sum. */
export function queryFromCode4(m: Memory, data: number, code: number, dimension: number): number {
  clearEnd(m, data, dimension);
  let sum = 0;
  for (let i = 0; i < dimension; i++) {
    const nibble = nibbleOf(i, dimension);
    const value = 2 * getCode4(m, code, i, dimension) - 15;
    m.i8[data + nibble] = value;
    sum += value;
  }
  return sum;
}
