/*
 * From float32 vectors to codes and prepared queries.
 *
 * A code approximates its vector as vs × code, where vs is chosen so that the estimate of <vector, vector>
 * is exact (the unbiased estimator of RaBitQ: Gao & Long, SIGMOD 2024, section 3.2). With that, every metric
 * on codes is
 *     A + bv - C × (vs × (dot - K))
 * where A, C, K belong to the query and vs, bv to the row.
 *
 * How far that can be from the truth is known as well. With v = vs c + e and q = q' + f, where f is what the
 * query lost to rounding, <q, v> - <q', vs c> = <q', e> + <f, v>, at most |q'| |e| + |f| |v|. The exact scan
 * skips a row by this bound without reading its vector.
 */
import * as L from '../layout';
import { countAnd } from './bits';
import { queryFromCode4, queryFromFloats4, setCode4 } from './int4';
import { codeOf, field, normOf, vectorOf } from './memory';
import { prepareGlance } from './glance';
import { rotate } from './rotate';

/** Beyond these magnitudes the squares of 65,536 components could leave float32. */
const WIDE_ABOVE: f32 = 18014398509481984; // 2^54
const WIDE_BELOW: f32 = 9.094947017729282e-13; // 2^-40

function largest(v: u32, length: u32): f32 {
  let max = f32x4.splat(0);
  const narrow = v + ((length & ~3) << 2);
  const end = v + (length << 2);
  for (; v < narrow; v += 16) max = f32x4.max(max, f32x4.abs(v128.load(v)));
  max = f32x4.max(max, v128.shuffle<f32>(max, max, 2, 3, 0, 1));
  let most = max_(f32x4.extract_lane(max, 0), f32x4.extract_lane(max, 1));
  for (; v < end; v += 4) most = max_(most, abs(load<f32>(v)));
  return most;
}

@inline function max_(a: f32, b: f32): f32 {
  return a < b ? b : a;
}

/** Sum of squares in float64: finite exactly when every component is. */
export function squaredNorm(v: u32, length: u32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const narrow = v + ((length & ~3) << 2);
  const end = v + (length << 2);
  for (; v < narrow; v += 16) {
    const x = v128.load(v);
    const a = f64x2.promote_low_f32x4(x);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 0, 1));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; v < end; v += 4) sum += <f64>load<f32>(v) * <f64>load<f32>(v);
  return sum;
}

function verdict(max: f32, norm2: f64): u32 {
  if (!(norm2 < Infinity)) return L.VECTOR_NOT_FINITE;
  if (max == 0) return L.VECTOR_ZERO;
  return max > WIDE_ABOVE || max < WIDE_BELOW ? L.VECTOR_WIDE : L.VECTOR_OK;
}

@inline function packBits(v: u32, bits: u32, dimension: u32, bytes: u32): void {
  memory.fill(bits, 0, bytes);
  for (let i: u32 = 0; i < dimension; i++) {
    if (load<f32>(v + (i << 2)) <= 0.5) continue;
    const at = bits + (i >> 3);
    store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(i & 7)));
  }
}

/** Codes the vector that stands in the row's place; returns a verdict on it. `scratch` is the caller's. */
export function encode(row: u32, scratch: u32): u32 {
  const dimension = field(L.D_DIMENSION);
  const v = vectorOf(row);
  const max = largest(v, dimension);
  const norm2 = squaredNorm(v, dimension);
  const seen = verdict(max, norm2);
  if (seen == L.VECTOR_NOT_FINITE) return seen;
  store<f32>(normOf(row), norm2 > 0 ? <f32>(1 / Math.sqrt(norm2)) : 0);
  const kind = field(L.D_CODE_KIND);
  const code = codeOf(row);
  const trailer = code + field(L.D_TRAILER);
  if (kind == L.CODE_BITS) {
    const bytes = field(L.D_CODE_BYTES);
    packBits(v, code, dimension, bytes);
    store<u32>(trailer, countAnd(code, code, bytes));
    return L.VECTOR_OK;
  }
  if (seen == L.VECTOR_WIDE || kind == L.CODE_FLOAT) return seen;
  let inner: f64 = 0;
  let squares: f64 = 0;
  if (kind == L.CODE_INT8) {
    const scale: f32 = max > 0 ? 127 / max : 0;
    let sum: i32 = 0;
    for (let i: u32 = 0; i < dimension; i++) {
      const x = load<f32>(v + (i << 2));
      const c = <i32>nearest(x * scale);
      store<i8>(code + i, <i8>c);
      sum += c;
      inner += <f64>x * <f64>c;
      squares += <f64>c * <f64>c;
    }
    store<i32>(trailer, sum, L.T_SUM);
  } else {
    const r = scratch + field(L.D_S_ROTATED);
    rotate(v, r, dimension);
    const data = code + field(L.D_CODE_DATA);
    memory.fill(data, 0, field(L.D_CODE_BYTES));
    const scale: f32 = max > 0 ? 7.5 / largest(r, dimension) : 0;
    for (let i: u32 = 0; i < dimension; i++) {
      const x = load<f32>(r + (i << 2));
      const c = min<i32>(15, <i32>floor(x * scale + 8));
      setCode4(data, i, dimension, c);
      inner += <f64>x * (<f64>c - 7.5);
      squares += (<f64>c - 7.5) * (<f64>c - 7.5);
    }
  }
  const cosine = field(L.D_METRIC) == L.COSINE;
  const vs: f64 = inner > 0 ? norm2 / inner : 0;
  const excess: f64 = vs * vs * squares - norm2;
  const error: f64 = excess > 0 ? Math.sqrt(excess) : 0;
  const unit: f64 = cosine ? 1 / Math.sqrt(norm2) : 1;
  store<f32>(trailer, <f32>(vs * unit));
  store<f32>(trailer, field(L.D_METRIC) == L.EUCLIDEAN ? <f32>norm2 : 0, 4);
  store<f32>(trailer, <f32>(error * unit), L.T_ERROR);
  const glance = field(L.D_GLANCE) << 1;
  if (glance) {
    store<f32>(trailer, <f32>(squaredNorm(scratch + field(L.D_S_ROTATED), glance) * unit * unit), L.T_GLANCE);
  }
  return seen;
}

@inline function finishQuery(query: u32, norm2: f32, scale: f32, offset: f32): void {
  const metric = field(L.D_METRIC);
  store<f32>(query, metric == L.COSINE ? 1 : metric == L.DOT ? 0 : norm2);
  store<f32>(query, metric == L.EUCLIDEAN ? 2 * scale : scale, 4);
  store<f32>(query, offset, 8);
}

/** Bytes of query data to clear before components are written one by one. */
@inline function dataBytes(dimension: u32): u32 {
  return ((dimension + 31) >> 5) << 6;
}

@inline function setQuery8(data: u32, i: u32, value: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) store<u8>(data + i, <u8>(value + 64));
  else store<i16>(data + (i << 1), <i16>value);
}

/** Prepares the walk query from `v`; `norm2` is its squared length, `max` its largest magnitude. */
function prepare(v: u32, scratch: u32, max: f32, norm2: f64): void {
  const dimension = field(L.D_DIMENSION);
  const query = scratch + field(L.D_S_WALK_QUERY);
  const data = query + L.Q_DATA;
  const kind = field(L.D_CODE_KIND);
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
  memory.fill(data, 0, dataBytes(dimension));
  let step: f32 = 0;
  let offset: f32 = 0;
  if (kind == L.CODE_INT8) {
    step = max / 63;
    const scale: f32 = max > 0 ? 63 / max : 0;
    for (let i: u32 = 0; i < dimension; i++) {
      setQuery8(data, i, <i32>nearest(load<f32>(v + (i << 2)) * scale));
    }
  } else {
    const r = scratch + field(L.D_S_ROTATED);
    rotate(v, r, dimension);
    const most = largest(r, dimension);
    step = most / 127;
    const scale: f32 = most > 0 ? 127 / most : 0;
    offset = 7.5 * <f32>queryFromFloats4(data, r, dimension, scale);
    if (field(L.D_GLANCE)) prepareGlance(query, r, norm2, step);
  }
  const lost = step;
  if (field(L.D_METRIC) == L.COSINE) step = <f32>(<f64>step / Math.sqrt(norm2));
  finishQuery(query, <f32>norm2, step, offset);
  boundErrors(query, dimension, norm2, lost);
}

/**
 * Factors of the error bound: `row error × first + row length × second`. Rounding to integers loses at most
 * half a step per component; 1e-5 stands for the float32 arithmetic of the estimate and of the exact distance.
 */
function boundErrors(query: u32, dimension: u32, norm2: f64, step: f32): void {
  const metric = field(L.D_METRIC);
  const length = Math.sqrt(norm2);
  const lost = 0.5 * <f64>step * Math.sqrt(<f64>dimension);
  const factor: f64 = metric == L.COSINE ? 1 / length : metric == L.EUCLIDEAN ? 2 : 1;
  store<f32>(query, <f32>(factor * (length + lost)), L.Q_ROW_ERROR);
  store<f32>(query, <f32>(factor * (lost + 1e-5 * length)), L.Q_OWN_ERROR);
}

/** Prepares the query that stands in scratch for walk and exact scan; returns a verdict on it. */
export function prepareQuery(scratch: u32): u32 {
  const dimension = field(L.D_DIMENSION);
  const v = scratch + field(L.D_S_QUERY);
  const max = largest(v, dimension);
  const norm2 = squaredNorm(v, dimension);
  const seen = verdict(max, norm2);
  store<f32>(v - 16, norm2 > 0 ? <f32>(1 / Math.sqrt(norm2)) : 0);
  store<u32>(v - 16, seen == L.VECTOR_WIDE ? 1 : 0, 4);
  if (seen == L.VECTOR_OK || seen == L.VECTOR_ZERO) prepare(v, scratch, max, norm2);
  else if (field(L.D_CODE_KIND) == L.CODE_BITS && seen == L.VECTOR_WIDE) prepare(v, scratch, max, norm2);
  return seen;
}

/** Prepares the walk query of the calling thread from a row's own vector. */
export function prepareRow(row: u32, scratch: u32): void {
  const v = vectorOf(row);
  const dimension = field(L.D_DIMENSION);
  prepare(v, scratch, largest(v, dimension), squaredNorm(v, dimension));
}

/** Prepares the pair query from a row's code, for comparing rows with one another. */
export function prepareFromCode(row: u32, query: u32): void {
  const kind = field(L.D_CODE_KIND);
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
  const norm2 = load<f32>(trailer, 4);
  memory.fill(data, 0, dataBytes(dimension));
  if (kind == L.CODE_INT8) {
    for (let i: u32 = 0; i < dimension; i++) {
      setQuery8(data, i, <i32>nearest(<f32>load<i8>(code + i) * (63.0 / 127.0)));
    }
    finishQuery(query, norm2, vs * (127.0 / 63.0), 0);
    return;
  }
  const sum = queryFromCode4(data, code + field(L.D_CODE_DATA), dimension);
  finishQuery(query, norm2, vs * 0.5, 7.5 * <f32>sum);
}
