/* Queries, prepared for comparing with codes: A, C, K, the error bound and the rounded residual of encode.ts. */
import * as L from '../layout';
import { countAnd, packBits } from './bits';
import { prepareGlance } from './glance';
import { floatsFromCode4, queryFromCode4, queryFromFloats4 } from './int4';
import { setQuery8 } from './int8';
import { lift } from './lift';
import { codeOf, field, normOf, vectorOf } from './memory';
import { ownPart, residual } from './origin';
import { rotate } from './rotate';
import { largest, squaredNorm, TINY, verdict } from './verdict';

/** Writes A, C, K of a query whose residual adds `own` to every distance. */
@inline function finishQuery(query: u32, own: f32, scale: f32, offset: f32): void {
  store<f32>(query, load<f32>(L.DESC + L.D_ORIGIN_BASE) + own);
  store<f32>(query, field(L.D_METRIC) == L.EUCLIDEAN ? 2 * scale : scale, 4);
  store<f32>(query, offset, 8);
}

/** Bytes of query data to clear before components are written one by one. */
@inline function dataBytes(dimension: u32): u32 {
  return ((dimension + 31) >> 5) << 6;
}

/** Prepares a query for 4-bit codes from its rotated residual; returns the step to which that is rounded. */
function prepareRotated(query: u32, r: u32, own: f32): f32 {
  const dimension = field(L.D_DIMENSION);
  const data = query + L.Q_DATA;
  memory.fill(data, 0, dataBytes(dimension));
  const most = largest(r, dimension);
  const step = most / 127;
  const scale: f32 = most > TINY ? 127 / most : 0;
  const offset: f32 = 7.5 * <f32>queryFromFloats4(data, r, dimension, scale);
  if (field(L.D_GLANCE)) prepareGlance(query, r, step, scale);
  finishQuery(query, own, step, offset);
  return step;
}

/**
 * What makes the distance of a row one that is not below 0: no product is greater than that of the lengths of the query
 * and of the longest row.
 */
@inline function offsetFor(norm2: f64): f32 {
  return field(L.D_METRIC) == L.DOT ? <f32>Math.sqrt(norm2) * load<f32>(L.DESC + L.D_LONGEST) : 0;
}

/** Prepares the walk query from the vector at `v`, whose squared length is `norm2`. */
function prepare(v: u32, scratch: u32, norm2: f64): void {
  const dimension = field(L.D_DIMENSION);
  const query = scratch + field(L.D_S_WALK_QUERY);
  const data = query + L.Q_DATA;
  const kind = field(L.D_CODE_KIND);
  store<f32>(query, offsetFor(norm2), L.Q_OFFSET);
  store<f32>(query, 0, L.Q_LACK);
  if (kind == L.CODE_FLOAT) {
    store<u32>(query, v);
    store<f32>(query, norm2 > 0 ? <f32>(1 / Math.sqrt(norm2)) : 0, 4);
    return;
  }
  if (kind == L.CODE_BITS) {
    const bytes = field(L.D_CODE_BYTES);
    packBits(v, data, dimension, bytes);
    store<u32>(query, data);
    store<u32>(query, countAnd(data, data, bytes), 4);
    return;
  }
  const y = scratch + field(L.D_S_RESIDUAL);
  residual(v, norm2, y);
  let step: f32 = 0;
  if (kind == L.CODE_INT8) {
    memory.fill(data, 0, dataBytes(dimension));
    const most = largest(y, dimension);
    step = most / 63;
    const scale: f32 = most > TINY ? 63 / most : 0;
    for (let i: u32 = 0; i < dimension; i++) {
      setQuery8(data, i, <i32>nearest(load<f32>(y + (i << 2)) * scale));
    }
    finishQuery(query, <f32>ownPart(y), step, 0);
  } else {
    const r = scratch + field(L.D_S_ROTATED);
    rotate(y, r, dimension);
    step = prepareRotated(query, r, <f32>ownPart(y));
  }
  boundErrors(query, dimension, Math.sqrt(squaredNorm(y, dimension)), step);
}

/**
 * Factors of the error bound: `|e| × first + row length × second`. Rounding to integers loses at most half a
 * step per component; 1e-5 stands for the float32 arithmetic of the estimate and of the exact distance. Under
 * cosine no residual is longer than 1 + |o|, so that the second is a constant.
 */
function boundErrors(query: u32, dimension: u32, length: f64, step: f32): void {
  const metric = field(L.D_METRIC);
  const origin = <f64>load<f32>(L.DESC + L.D_ORIGIN_LENGTH);
  const lost = 0.5 * <f64>step * Math.sqrt(<f64>dimension);
  const factor: f64 = metric == L.EUCLIDEAN ? 2 : 1;
  let own = factor * (lost + 1e-5 * (length + origin));
  if (metric == L.COSINE) own = own * (1 + origin) + 1e-5;
  store<f32>(query, <f32>(factor * (length + lost)), L.Q_ROW_ERROR);
  store<f32>(query, <f32>own, L.Q_OWN_ERROR);
}

/** Prepares the query that stands in scratch for walk and exact scan; returns a verdict on it. */
export function prepareQuery(scratch: u32): u32 {
  const dimension = field(L.D_DIMENSION);
  const v = scratch + field(L.D_S_QUERY);
  const norm2 = squaredNorm(v, dimension);
  const seen = verdict(largest(v, dimension), norm2);
  store<f32>(v - 16, norm2 > 0 ? <f32>(1 / Math.sqrt(norm2)) : 0);
  const walks = seen != L.VECTOR_WIDE || field(L.D_CODE_KIND) == L.CODE_BITS;
  if (seen != L.VECTOR_NOT_FINITE && walks) prepare(v, scratch, norm2);
  return seen;
}

/**
 * Prepares the walk query of the calling thread from a row's code, for linking it: as good as the vector itself, which
 * may be elsewhere.
 */
export function prepareRow(row: u32, scratch: u32): void {
  const query = scratch + field(L.D_S_WALK_QUERY);
  if (field(L.D_CODE_KIND) != L.CODE_INT4) {
    prepareFromCode(row, query);
    lift(row, query);
    return;
  }
  const dimension = field(L.D_DIMENSION);
  const code = codeOf(row);
  const trailer = code + field(L.D_TRAILER);
  const r = scratch + field(L.D_S_ROTATED);
  floatsFromCode4(r, code + field(L.D_CODE_DATA), dimension, load<f32>(trailer));
  prepareRotated(query, r, load<f32>(trailer, L.T_BASE));
  lift(row, query);
}

/** Prepares the pair query from a row's code, for choosing links. */
export function preparePair(row: u32, query: u32): void {
  prepareFromCode(row, query);
  lift(row, query);
}

/** Prepares the pair query from a row's code, for comparing rows with one another. */
export function prepareFromCode(row: u32, query: u32): void {
  const kind = field(L.D_CODE_KIND);
  store<f32>(query, 0, L.Q_LACK);
  if (kind == L.CODE_FLOAT) {
    store<u32>(query, vectorOf(row));
    store<f32>(query, load<f32>(normOf(row)), 4);
    return;
  }
  const code = codeOf(row);
  const trailer = code + field(L.D_TRAILER);
  if (kind == L.CODE_BITS) {
    store<u32>(query, code);
    store<u32>(query, load<u32>(trailer), 4);
    return;
  }
  const dimension = field(L.D_DIMENSION);
  const data = query + L.Q_DATA;
  const vs = load<f32>(trailer);
  const own = load<f32>(trailer, L.T_BASE);
  memory.fill(data, 0, dataBytes(dimension));
  if (kind == L.CODE_INT8) {
    for (let i: u32 = 0; i < dimension; i++) {
      setQuery8(data, i, <i32>nearest(<f32>load<i8>(code + i) * (63.0 / 127.0)));
    }
    finishQuery(query, own, vs * (127.0 / 63.0), 0);
    return;
  }
  const sum = queryFromCode4(data, code + field(L.D_CODE_DATA), dimension);
  finishQuery(query, own, vs * 0.5, 7.5 * <f32>sum);
}
