/*
 * From float32 vectors to codes and prepared queries.
 *
 * What is coded is the residual x: the vector (under cosine: its direction) less the origin of the arena, a mean
 * of its first rows. So codes spend their bits on what tells rows apart, also where all of them lie far from zero.
 *
 * A code approximates its residual as vs × code, where vs is chosen so that the estimate of <x, x> is exact (the
 * unbiased estimator of RaBitQ: Gao & Long, SIGMOD 2024, section 3.2). Every metric on codes is then
 *     A + bv - C × (vs × (dot - K))
 * where A, C, K belong to the query and vs, bv to the row: with o the origin and y the query's residual,
 *     euclidean   |y|²                 + |x|²     - 2 <y, x>
 *     dot         -|o|² - <y, o>       - <x, o>   - <y, x>
 *     cosine      1 - |o|² - <y, o>    - <x, o>   - <y, x>
 *
 * How far that can be from the truth is known as well. With x = vs c + e and y = y' + f, where f is what the
 * query lost to rounding, <y, x> - <y', vs c> = <y', e> + <f, x>, at most |y'| |e| + |f| |x|. The exact scan
 * skips a row by this bound without reading its vector.
 */
import * as L from '../layout';
import { countAnd } from './bits';
import { dotWide } from './float';
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
  const x = scratch + field(L.D_S_RESIDUAL);
  residual(v, norm2, x);
  if (kind == L.CODE_INT8) codeInt8(x, code, trailer);
  else codeInt4(x, code, trailer, scratch + field(L.D_S_ROTATED));
  store<f32>(trailer, <f32>ownPart(x), 4);
  return seen;
}

/** The vector, or its direction under cosine, less the origin. */
function residual(v: u32, norm2: f64, x: u32): void {
  const origin = field(L.D_ORIGIN);
  const unit: f64 = field(L.D_METRIC) == L.COSINE ? 1 / Math.sqrt(norm2) : 1;
  const units = f32x4.splat(<f32>unit);
  for (let i: u32 = 0, bytes = field(L.D_DIMENSION) << 2; i < bytes; i += 16) {
    v128.store(x + i, f32x4.sub(f32x4.mul(v128.load(v + i), units), v128.load(origin + i)));
  }
}

/** What a residual adds to every distance: |x|² or -<x, o>. */
function ownPart(x: u32): f64 {
  const dimension = field(L.D_DIMENSION);
  return field(L.D_METRIC) == L.EUCLIDEAN ? squaredNorm(x, dimension) : -dotWide(x, field(L.D_ORIGIN), dimension);
}

/** vs and the length of the error, from |x|², <x, c> and |c|². */
@inline function storeScale(trailer: u32, norm2: f64, inner: f64, squares: f64): void {
  const vs: f64 = inner > 0 ? norm2 / inner : 0;
  const excess: f64 = vs * vs * squares - norm2;
  store<f32>(trailer, <f32>vs);
  store<f32>(trailer, excess > 0 ? <f32>Math.sqrt(excess) : 0, L.T_ERROR);
}

function codeInt8(x: u32, code: u32, trailer: u32): void {
  const dimension = field(L.D_DIMENSION);
  const most = largest(x, dimension);
  const scale: f32 = most > 0 ? 127 / most : 0;
  let sum: i32 = 0;
  let inner: f64 = 0;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < dimension; i++) {
    const value = load<f32>(x + (i << 2));
    const c = <i32>nearest(value * scale);
    store<i8>(code + i, <i8>c);
    sum += c;
    inner += <f64>value * <f64>c;
    squares += <f64>c * <f64>c;
  }
  store<i32>(trailer, sum, L.T_SUM);
  storeScale(trailer, squaredNorm(x, dimension), inner, squares);
}

function codeInt4(x: u32, code: u32, trailer: u32, r: u32): void {
  const dimension = field(L.D_DIMENSION);
  const data = code + field(L.D_CODE_DATA);
  rotate(x, r, dimension);
  memory.fill(data, 0, field(L.D_CODE_BYTES));
  const most = largest(r, dimension);
  const scale: f32 = most > 0 ? 7.5 / most : 0;
  let inner: f64 = 0;
  let squares: f64 = 0;
  for (let i: u32 = 0; i < dimension; i++) {
    const value = load<f32>(r + (i << 2));
    const c = min<i32>(15, <i32>floor(value * scale + 8));
    setCode4(data, i, dimension, c);
    inner += <f64>value * (<f64>c - 7.5);
    squares += (<f64>c - 7.5) * (<f64>c - 7.5);
  }
  storeScale(trailer, squaredNorm(r, dimension), inner, squares);
  const glance = field(L.D_GLANCE) << 1;
  if (glance) store<f32>(trailer, <f32>squaredNorm(r, glance), L.T_GLANCE);
}

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

@inline function setQuery8(data: u32, i: u32, value: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) store<u8>(data + i, <u8>(value + 64));
  else store<i16>(data + (i << 1), <i16>value);
}

/** Prepares the walk query from the vector at `v`, whose squared length is `norm2`. */
function prepare(v: u32, scratch: u32, norm2: f64): void {
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
  const y = scratch + field(L.D_S_RESIDUAL);
  residual(v, norm2, y);
  memory.fill(data, 0, dataBytes(dimension));
  let step: f32 = 0;
  let offset: f32 = 0;
  if (kind == L.CODE_INT8) {
    const most = largest(y, dimension);
    step = most / 63;
    const scale: f32 = most > 0 ? 63 / most : 0;
    for (let i: u32 = 0; i < dimension; i++) {
      setQuery8(data, i, <i32>nearest(load<f32>(y + (i << 2)) * scale));
    }
  } else {
    const r = scratch + field(L.D_S_ROTATED);
    rotate(y, r, dimension);
    const most = largest(r, dimension);
    step = most / 127;
    const scale: f32 = most > 0 ? 127 / most : 0;
    offset = 7.5 * <f32>queryFromFloats4(data, r, dimension, scale);
    if (field(L.D_GLANCE)) prepareGlance(query, r, step, scale);
  }
  finishQuery(query, <f32>ownPart(y), step, offset);
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
  store<u32>(v - 16, seen == L.VECTOR_WIDE ? 1 : 0, 4);
  const walks = seen != L.VECTOR_WIDE || field(L.D_CODE_KIND) == L.CODE_BITS;
  if (seen != L.VECTOR_NOT_FINITE && walks) prepare(v, scratch, norm2);
  return seen;
}

/** Prepares the walk query of the calling thread from a row's own vector. */
export function prepareRow(row: u32, scratch: u32): void {
  const v = vectorOf(row);
  prepare(v, scratch, squaredNorm(v, field(L.D_DIMENSION)));
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
  const own = load<f32>(trailer, 4);
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

/** The origin is worth having from this share of the mean squared length on. */
const ORIGIN_SHARE: f64 = 0.5;

/**
 * Sets the origin to the mean of `sample` rows, evenly spread over the first `rows` (of their directions under
 * cosine), if that is most of what they are: later rows need not be like them, and an origin that does not fit
 * costs precision. Returns 1 if it was set; codes made before must be encoded again then, and nobody may walk
 * meanwhile.
 */
export function setOrigin(rows: u32, sample: u32): u32 {
  const dimension = field(L.D_DIMENSION);
  const origin = field(L.D_ORIGIN);
  const cosine = field(L.D_METRIC) == L.COSINE;
  const stride = max<u32>(1, rows / sample);
  let energy: f64 = 0;
  let own: f64 = 0;
  for (let i: u32 = 0; i < dimension; i++) {
    let sum: f64 = 0;
    for (let j: u32 = 0; j < sample; j++) {
      const row = j * stride;
      const component = load<f32>(vectorOf(row) + (i << 2));
      if (!(abs(component) <= WIDE_ABOVE)) continue;
      const value: f64 = cosine ? <f64>component * <f64>load<f32>(normOf(row)) : <f64>component;
      sum += value;
      energy += value * value;
    }
    const mean = sum / <f64>sample;
    own += mean * mean;
    store<f32>(origin + (i << 2), <f32>mean);
  }
  const worth = own >= ORIGIN_SHARE * (energy / <f64>sample);
  if (!worth) memory.fill(origin, 0, dimension << 2);
  measureOrigin();
  return worth ? 1 : 0;
}

/** Works out what the origin, as it stands, adds to distances. */
export function measureOrigin(): void {
  const metric = field(L.D_METRIC);
  const origin = field(L.D_ORIGIN);
  const dimension = field(L.D_DIMENSION);
  const norm2 = squaredNorm(origin, dimension);
  const base = metric == L.COSINE ? 1 - norm2 : metric == L.DOT ? -norm2 : 0;
  store<f32>(L.DESC + L.D_ORIGIN_BASE, <f32>base);
  store<f32>(L.DESC + L.D_ORIGIN_LENGTH, <f32>Math.sqrt(norm2));
}
