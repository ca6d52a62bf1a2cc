/* Distances of a prepared query to rows, by their codes or exactly. Smaller is nearer. */

import { keyOf } from '../keys.js';
import * as L from '../layout.js';
import { countAnd, countXor } from './bits.js';
import { absoluteFloat, dotFloat, squaredFloat } from './float.js';
import { dotInt4 } from './int4.js';
import { dotInt8 } from './int8.js';
import { lifted } from './lift.js';
import { codeOf, field, type Memory, normOf, vectorOf } from './memory.js';

const { fround } = Math;
function floatDistance(m: Memory, query: number, invNorm: number, row: number): number {
  const dimension = field(m, L.D_DIMENSION);
  const metric = field(m, L.D_METRIC);
  const v = vectorOf(m, row);
  if (metric === L.EUCLIDEAN) return squaredFloat(m, query, v, dimension);
  if (metric === L.MANHATTAN) return absoluteFloat(m, query, v, dimension);
  const dot = dotFloat(m, query, v, dimension);
  if (metric === L.DOT) return -dot;
  return fround(1 - fround(dot * fround(invNorm * m.f32[normOf(m, row) >>> 2]!)));
}

/** Jaccard similarity of two empty sets is 1. */
function bitDistance(m: Memory, query: number, ones: number, row: number): number {
  const code = codeOf(m, row);
  const bytes = field(m, L.D_CODE_BYTES);
  if (field(m, L.D_METRIC) === L.HAMMING) return countXor(m, query, code, bytes);
  const both = countAnd(m, query, code, bytes);
  const either = ones + m.u32[(code + field(m, L.D_TRAILER)) >>> 2]! - both;
  return either === 0 ? 0 : fround(1 - fround(both / either));
}

/** Dot product of query data with the first `bytes` bytes of a code, as a float. */
export function dotOf(m: Memory, query: number, code: number, bytes: number): number {
  const data = query + L.Q_DATA;
  const own = code + field(m, L.D_CODE_DATA);
  const int4 = field(m, L.D_CODE_KIND) === L.CODE_INT4;
  return fround(int4 ? dotInt4(m, data, own, bytes) : dotInt8(m, data, own, bytes));
}

/** By the formula at the head of encode.ts, in float32 throughout. */
export function codeDistance(m: Memory, query: number, row: number): number {
  const code = codeOf(m, row);
  const own = query >>> 2;
  const numbers = (code + field(m, L.D_TRAILER)) >>> 2;
  const dot = dotOf(m, query, code, field(m, L.D_CODE_BYTES));
  const inner = fround(m.f32[numbers]! * fround(dot - m.f32[own + 2]!));
  return fround(fround(m.f32[own]! + m.f32[numbers + 1]!) - fround(m.f32[own + 1]! * inner));
}

/** Exact distance of the query in scratch to one row. */
export function exactDistance(m: Memory, scratch: number, row: number): number {
  if (field(m, L.D_CODE_KIND) === L.CODE_BITS) {
    const query = (scratch + field(m, L.D_S_WALK_QUERY)) >>> 2;
    return bitDistance(m, m.u32[query]!, m.u32[query + 1]!, row);
  }
  const query = scratch + field(m, L.D_S_QUERY);
  return floatDistance(m, query, m.f32[(query - 16) >>> 2]!, row);
}

/** Writes the order-preserving keys of the distances from `query` to `n` rows. */
export function distances(m: Memory, query: number, n: number, rows: number, keys: number): void {
  const kind = field(m, L.D_CODE_KIND);
  const at = query >>> 2;
  const lack = m.f32[(query + L.Q_LACK) >>> 2]!;
  for (let i = 0; i < n; i++) {
    const row = m.u32[(rows >>> 2) + i]!;
    let d: number;
    if (kind === L.CODE_FLOAT) d = floatDistance(m, m.u32[at]!, m.f32[at + 1]!, row);
    else if (kind === L.CODE_BITS) d = bitDistance(m, m.u32[at]!, m.u32[at + 1]!, row);
    else d = codeDistance(m, query, row);
    if (lack !== 0) d = lifted(m, lack, row, d);
    m.u32[(keys >>> 2) + i] = keyOf(d);
  }
}
