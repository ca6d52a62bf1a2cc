/* Prepared queries, from vectors and from the codes of rows: see the head of encode.ts for what they hold. */
import * as L from '../layout.js';
import { countAnd, packBits } from './bits.js';
import { nearest } from './float.js';
import { prepareGlance } from './glance.js';
import { floatsFromCode4, queryFromCode4, queryFromFloats4 } from './int4.js';
import { lift } from './lift.js';
import { codeOf, field, type Memory, normOf, vectorOf } from './memory.js';
import { ownPart, residual } from './origin.js';
import { rotate } from './rotate.js';
import { largest, squaredNorm, TINY, verdict } from './verdict.js';

const { fround, sqrt } = Math;

/** Writes A, C, K of a query whose residual adds `own` to every distance. */
function finishQuery(m: Memory, query: number, own: number, scale: number, offset: number): void {
  const at = query >>> 2;
  m.f32[at] = m.f32[(L.DESC + L.D_ORIGIN_BASE) >>> 2]! + fround(own);
  m.f32[at + 1] = field(m, L.D_METRIC) === L.EUCLIDEAN ? 2 * scale : scale;
  m.f32[at + 2] = offset;
}

/** Prepares a query for 4-bit codes from its rotated residual; returns the step to which that is rounded. */
function prepareRotated(m: Memory, query: number, r: number, own: number): number {
  const dimension = field(m, L.D_DIMENSION);
  const most = largest(m, r, dimension);
  const step = fround(most / 127);
  const scale = most > TINY ? fround(127 / most) : 0;
  const offset = 7.5 * fround(queryFromFloats4(m, query + L.Q_DATA, r, dimension, scale));
  if (field(m, L.D_GLANCE)) prepareGlance(m, query, r, step, scale);
  finishQuery(m, query, own, step, offset);
  return step;
}

/**
 * What makes the distance of a row one that is not below 0: no product is greater than that of the lengths of the query
 * and of the longest row.
 */
function offsetFor(m: Memory, norm2: number): number {
  return field(m, L.D_METRIC) === L.DOT ? fround(sqrt(norm2)) * m.f32[(L.DESC + L.D_LONGEST) >>> 2]! : 0;
}

/** Prepares the walk query from the vector at `v`, whose squared length is `norm2`. */
function prepare(m: Memory, v: number, scratch: number, norm2: number): void {
  const dimension = field(m, L.D_DIMENSION);
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  const data = query + L.Q_DATA;
  const kind = field(m, L.D_CODE_KIND);
  m.f32[(query + L.Q_OFFSET) >>> 2] = offsetFor(m, norm2);
  m.f32[(query + L.Q_LACK) >>> 2] = 0;
  if (kind === L.CODE_FLOAT) {
    m.u32[query >>> 2] = v;
    m.f32[(query + 4) >>> 2] = norm2 > 0 ? 1 / sqrt(norm2) : 0;
    return;
  }
  if (kind === L.CODE_BITS) {
    const bytes = field(m, L.D_CODE_BYTES);
    packBits(m, v, data, dimension, bytes);
    m.u32[query >>> 2] = data;
    m.u32[(query + 4) >>> 2] = countAnd(m, data, data, bytes);
    return;
  }
  const y = scratch + field(m, L.D_S_RESIDUAL);
  residual(m, v, norm2, y);
  let step: number;
  if (kind === L.CODE_INT8) {
    const most = largest(m, y, dimension);
    step = fround(most / 63);
    const scale = most > TINY ? fround(63 / most) : 0;
    for (let i = 0; i < dimension; i++) m.i8[data + i] = nearest(fround(m.f32[(y >>> 2) + i]! * scale));
    finishQuery(m, query, ownPart(m, y), step, 0);
  } else {
    const r = scratch + field(m, L.D_S_ROTATED);
    rotate(m, y, r, dimension);
    step = prepareRotated(m, query, r, ownPart(m, y));
  }
  boundErrors(m, query, dimension, sqrt(squaredNorm(m, y, dimension)), step);
}

/**
 * Factors of the error bound: `|e| × first + row length × second`. Rounding to integers loses at most half a
 * step per component; 1e-5 stands for the float32 arithmetic of the estimate and of the exact distance. Under
 * cosine no residual is longer than 1 + |o|, so that the second is a constant.
 */
function boundErrors(m: Memory, query: number, dimension: number, length: number, step: number): void {
  const metric = field(m, L.D_METRIC);
  const origin = m.f32[(L.DESC + L.D_ORIGIN_LENGTH) >>> 2]!;
  const lost = 0.5 * step * sqrt(dimension);
  const factor = metric === L.EUCLIDEAN ? 2 : 1;
  let own = factor * (lost + 1e-5 * (length + origin));
  if (metric === L.COSINE) own = own * (1 + origin) + 1e-5;
  m.f32[(query + L.Q_ROW_ERROR) >>> 2] = factor * (length + lost);
  m.f32[(query + L.Q_OWN_ERROR) >>> 2] = own;
}

/** Prepares the query that stands in scratch for walk and exact scan; returns a verdict on it. */
export function prepareQuery(m: Memory, scratch: number): number {
  const dimension = field(m, L.D_DIMENSION);
  const v = scratch + field(m, L.D_S_QUERY);
  const norm2 = squaredNorm(m, v, dimension);
  const seen = verdict(largest(m, v, dimension), norm2);
  m.f32[(v - 16) >>> 2] = norm2 > 0 ? 1 / sqrt(norm2) : 0;
  const walks = seen !== L.VECTOR_WIDE || field(m, L.D_CODE_KIND) === L.CODE_BITS;
  if (seen !== L.VECTOR_NOT_FINITE && walks) prepare(m, v, scratch, norm2);
  return seen;
}

/**
 * Prepares the walk query of the calling thread from a row's code, for linking it: as good as the vector itself, which
 * may be elsewhere.
 */
export function prepareRow(m: Memory, row: number, scratch: number): void {
  const query = scratch + field(m, L.D_S_WALK_QUERY);
  if (field(m, L.D_CODE_KIND) !== L.CODE_INT4) {
    prepareFromCode(m, row, query);
    lift(m, row, query);
    return;
  }
  const code = codeOf(m, row);
  const trailer = (code + field(m, L.D_TRAILER)) >>> 2;
  const r = scratch + field(m, L.D_S_ROTATED);
  floatsFromCode4(m, r, code + field(m, L.D_CODE_DATA), field(m, L.D_DIMENSION), m.f32[trailer]!);
  prepareRotated(m, query, r, m.f32[trailer + 1]!);
  lift(m, row, query);
}

/** Prepares the pair query from a row's code, for choosing links. */
export function preparePair(m: Memory, row: number, query: number): void {
  prepareFromCode(m, row, query);
  lift(m, row, query);
}

/** Prepares the pair query from a row's code, for comparing rows with one another. */
export function prepareFromCode(m: Memory, row: number, query: number): void {
  const kind = field(m, L.D_CODE_KIND);
  const at = query >>> 2;
  m.f32[(query + L.Q_LACK) >>> 2] = 0;
  if (kind === L.CODE_FLOAT) {
    m.u32[at] = vectorOf(m, row);
    m.f32[at + 1] = m.f32[normOf(m, row) >>> 2]!;
    return;
  }
  const code = codeOf(m, row);
  const trailer = (code + field(m, L.D_TRAILER)) >>> 2;
  if (kind === L.CODE_BITS) {
    m.u32[at] = code;
    m.u32[at + 1] = m.u32[trailer]!;
    return;
  }
  const dimension = field(m, L.D_DIMENSION);
  const data = query + L.Q_DATA;
  const vs = m.f32[trailer]!;
  const own = m.f32[trailer + 1]!;
  if (kind === L.CODE_INT8) {
    const scale = fround(63 / 127);
    for (let i = 0; i < dimension; i++) m.i8[data + i] = nearest(fround(m.i8[code + i]! * scale));
    finishQuery(m, query, own, fround(vs * fround(127 / 63)), 0);
    return;
  }
  const sum = queryFromCode4(m, data, code + field(m, L.D_CODE_DATA), dimension);
  finishQuery(m, query, own, vs * 0.5, 7.5 * fround(sum));
}
