/* Dot products of int8 codes with a prepared query, one signed byte per dimension each. */
import type { Memory } from './memory.js';

export function dotInt8(m: Memory, query: number, code: number, bytes: number): number {
  let sum = 0;
  for (let i = 0; i < bytes; i++) sum += m.i8[query + i]! * m.i8[code + i]!;
  return sum;
}
