/*
 * From float32 vectors to codes.
 *
 * What is coded is the residual x: the vector (under cosine: its direction) less the origin of the arena, a mean
 * of its rows. A code approximates it as vs × code, where vs is chosen so that the estimate of <x, x> is
 * exact (the unbiased estimator of RaBitQ: Gao & Long, SIGMOD 2024, section 3.2). Every metric on codes is then
 *     A + bv - C × (vs × (dot - K))
 * where A, C, K belong to the query (see query.ts) and vs, bv to the row.
 */
import * as L from '../layout.js';
import { countAnd, packBits } from './bits.js';
import { nearest } from './float.js';
import { setCode4 } from './int4.js';
import { noteLength } from './lift.js';
import { codeOf, field, type Memory, normOf, vectorOf } from './memory.js';
import { ownPart, residual } from './origin.js';
import { rotate } from './rotate.js';
import { largest, squaredNorm, TINY, verdict } from './verdict.js';

const { fround, sqrt } = Math;

/** Codes the vector that stands in the row's place; returns a verdict on it. `scratch` is the caller's. */
export function encode(m: Memory, row: number, scratch: number): number {
  const dimension = field(m, L.D_DIMENSION);
  const v = field(m, L.D_VECTORS_KEPT) ? vectorOf(m, row) : scratch + field(m, L.D_S_QUERY);
  const norm2 = squaredNorm(m, v, dimension);
  const seen = verdict(largest(m, v, dimension), norm2);
  if (seen === L.VECTOR_NOT_FINITE) return seen;
  m.f32[normOf(m, row) >>> 2] = norm2 > 0 ? 1 / sqrt(norm2) : 0;
  if (seen !== L.VECTOR_WIDE) noteLength(m, row);
  return codeVector(m, v, norm2, seen, codeOf(m, row), scratch);
}

/** Codes the query in scratch as a row would be, at the place of the pair query, which is returned. */
export function encodeQuery(m: Memory, scratch: number): number {
  const dimension = field(m, L.D_DIMENSION);
  const v = scratch + field(m, L.D_S_QUERY);
  const code = scratch + field(m, L.D_S_PAIR_QUERY);
  const norm2 = squaredNorm(m, v, dimension);
  m.u8.fill(0, code, code + field(m, L.D_CODE_STRIDE)); // as the rows' places are before the first code
  codeVector(m, v, norm2, verdict(largest(m, v, dimension), norm2), code, scratch);
  return code;
}

/** Codes the vector at `v`, of which the verdict was `seen`; returns the verdict on its code. */
function codeVector(
  m: Memory,
  v: number,
  norm2: number,
  seen: number,
  code: number,
  scratch: number,
): number {
  const dimension = field(m, L.D_DIMENSION);
  const kind = field(m, L.D_CODE_KIND);
  const trailer = (code + field(m, L.D_TRAILER)) >>> 2;
  if (kind === L.CODE_BITS) {
    const bytes = field(m, L.D_CODE_BYTES);
    packBits(m, v, code, dimension, bytes);
    m.u32[trailer] = countAnd(m, code, code, bytes);
    return L.VECTOR_OK;
  }
  if (seen === L.VECTOR_WIDE || kind === L.CODE_FLOAT) return seen;
  const x = scratch + field(m, L.D_S_RESIDUAL);
  residual(m, v, norm2, x);
  if (kind === L.CODE_INT8) codeInt8(m, x, code, trailer);
  else codeInt4(m, x, code, trailer, scratch + field(m, L.D_S_ROTATED));
  m.f32[trailer + 1] = ownPart(m, x);
  return seen;
}

/** vs and the length of the error, from |x|², <x, c> and |c|². */
function storeScale(m: Memory, trailer: number, norm2: number, inner: number, squares: number): void {
  const vs = inner > 0 ? norm2 / inner : 0;
  const excess = vs * vs * squares - norm2;
  m.f32[trailer] = vs;
  m.f32[trailer + L.T_ERROR / 4] = excess > 0 ? sqrt(excess) : 0;
}

function codeInt8(m: Memory, x: number, code: number, trailer: number): void {
  const dimension = field(m, L.D_DIMENSION);
  const most = largest(m, x, dimension);
  const scale = most > TINY ? fround(127 / most) : 0;
  let sum = 0;
  let inner = 0;
  let squares = 0;
  for (let i = 0; i < dimension; i++) {
    const value = m.f32[(x >>> 2) + i]!;
    const c = nearest(fround(value * scale));
    m.i8[code + i] = c;
    sum += c;
    inner += value * c;
    squares += c * c;
  }
  m.i32[trailer + L.T_SUM / 4] = sum;
  storeScale(m, trailer, squaredNorm(m, x, dimension), inner, squares);
}

function codeInt4(m: Memory, x: number, code: number, trailer: number, r: number): void {
  const dimension = field(m, L.D_DIMENSION);
  const data = code + field(m, L.D_CODE_DATA);
  rotate(m, x, r, dimension);
  m.u8.fill(0, data, data + field(m, L.D_CODE_BYTES));
  const most = largest(m, r, dimension);
  const scale = most > TINY ? fround(7.5 / most) : 0;
  let inner = 0;
  let squares = 0;
  const four = [0, 0, 0, 0];
  const grouped = dimension & ~3;
  for (let i = 0; i < dimension; i++) {
    const value = m.f32[(r >>> 2) + i]!;
    const c = Math.min(15, Math.floor(fround(fround(value * scale) + 8)));
    setCode4(m, data, i, dimension, c);
    squares += (c - 7.5) * (c - 7.5);
    if (i < grouped) four[i & 3]! += value * (c - 7.5);
    if (i === grouped - 1) inner = four[0]! + four[2]! + (four[1]! + four[3]!);
    if (i >= grouped) inner += value * (c - 7.5);
  }
  storeScale(m, trailer, squaredNorm(m, r, dimension), inner, squares);
  const glance = field(m, L.D_GLANCE) * 2;
  if (glance) m.f32[trailer + L.T_GLANCE / 4] = squaredNorm(m, r, glance);
}
