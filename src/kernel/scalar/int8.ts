/* Dot products of int8 codes with a prepared query, one signed byte per dimension. */
import type { Memory } from './memory.js';

export function dotInt8(m: Memory, query: number, code: number, dimension: number): number {
  let sum = 0;
  for (let i = 0; i < dimension; i++) sum += m.i8[query + i]! * m.i8[code + i]!;
  return sum;
}
