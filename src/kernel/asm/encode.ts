/*
 * From float32 vectors to codes.
 *
 * What is coded is the residual x: the vector (under cosine: its direction) less the origin of the arena, a mean
 * of its rows. So codes spend their bits on what tells rows apart, also where all of them lie far from zero.
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
 *
 * Codes that a snapshot holds are compared with new ones bit by bit (hnsw/copies.ts): whoever changes how vectors are coded
 * raises SNAPSHOT_VERSION (hnsw/snapshot.ts), and codes old rows anew.
 */
import * as L from '../layout';
import { countAnd, packBits } from './bits';
import { packCode4 } from './int4';
import { noteLength } from './lift';
import { codeOf, field, normOf, vectorOf } from './memory';
import { ownPart, residual } from './origin';
import { rotate } from './rotate';
import { largest, squaredNorm, TINY, verdict } from './verdict';

/**
 * Codes the vector that stands in the row's place, or, where blocks hold none, in the query's place in scratch.
 * Returns a verdict on it. `scratch` is the caller's.
 */
export function encode(row: u32, scratch: u32): u32 {
  const dimension = field(L.D_DIMENSION);
  const v = field(L.D_VECTORS_KEPT) ? vectorOf(row) : scratch + field(L.D_S_QUERY);
  const max = largest(v, dimension);
  const norm2 = squaredNorm(v, dimension);
  const seen = verdict(max, norm2);
  if (seen == L.VECTOR_NOT_FINITE) return seen;
  store<f32>(normOf(row), norm2 > 0 ? <f32>(1 / Math.sqrt(norm2)) : 0);
  if (seen != L.VECTOR_WIDE) noteLength(row);
  return codeVector(v, norm2, seen, codeOf(row), scratch);
}

/** Codes the query in scratch as a row would be, at the place of the pair query, which is returned. */
export function encodeQuery(scratch: u32): u32 {
  const dimension = field(L.D_DIMENSION);
  const v = scratch + field(L.D_S_QUERY);
  const code = scratch + field(L.D_S_PAIR_QUERY);
  const norm2 = squaredNorm(v, dimension);
  memory.fill(code, 0, field(L.D_CODE_STRIDE)); // as the rows' places are before the first code
  codeVector(v, norm2, verdict(largest(v, dimension), norm2), code, scratch);
  return code;
}

/** Codes the vector at `v`, of which the verdict was `seen`; returns the verdict on its code. */
function codeVector(v: u32, norm2: f64, seen: u32, code: u32, scratch: u32): u32 {
  const dimension = field(L.D_DIMENSION);
  const kind = field(L.D_CODE_KIND);
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
  store<f32>(trailer, <f32>ownPart(x), L.T_BASE);
  return seen;
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
  const scale: f32 = most > TINY ? 127 / most : 0;
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

/** The float64s that two floats are, the lower or the upper ones of four. */
@inline function lower(v: v128): v128 {
  return f64x2.promote_low_f32x4(v);
}

@inline function upper(v: v128): v128 {
  return f64x2.promote_low_f32x4(v128.shuffle<f32>(v, v, 2, 3, 0, 1));
}

@inline function total(low: v128, high: v128): f64 {
  const both = f64x2.add(low, high);
  return f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
}

/** Sums are those of every fourth component, put together as in `squaredNorm`, then what is left. */
function codeInt4(x: u32, code: u32, trailer: u32, r: u32): void {
  const dimension = field(L.D_DIMENSION);
  rotate(x, r, dimension);
  const most = largest(r, dimension);
  const scale: f32 = most > TINY ? 7.5 / most : 0;
  packCode4(code + field(L.D_CODE_DATA), r, dimension, scale);
  const scales = f32x4.splat(scale);
  let four = f32x4.splat(0); // quarters, of 4,096 components at most: exact
  let innerLow = f64x2.splat(0);
  let innerHigh = f64x2.splat(0);
  let normLow = f64x2.splat(0);
  let normHigh = f64x2.splat(0);
  let at = r;
  for (const end = r + ((dimension & ~3) << 2); at < end; at += 16) {
    const values = v128.load(at);
    const steps = f32x4.floor(f32x4.add(f32x4.mul(values, scales), f32x4.splat(8)));
    const coded = f32x4.sub(f32x4.min(steps, f32x4.splat(15)), f32x4.splat(7.5));
    const low = lower(values);
    const high = upper(values);
    innerLow = f64x2.add(innerLow, f64x2.mul(low, lower(coded)));
    innerHigh = f64x2.add(innerHigh, f64x2.mul(high, upper(coded)));
    normLow = f64x2.add(normLow, f64x2.mul(low, low));
    normHigh = f64x2.add(normHigh, f64x2.mul(high, high));
    four = f32x4.add(four, f32x4.mul(coded, coded));
  }
  let inner = total(innerLow, innerHigh);
  let norm2 = total(normLow, normHigh);
  let squares = total(lower(four), upper(four));
  for (const end = r + (dimension << 2); at < end; at += 4) {
    const value = load<f32>(at);
    const coded = min<f32>(15, floor(value * scale + 8)) - 7.5;
    inner += <f64>value * <f64>coded;
    norm2 += <f64>value * <f64>value;
    squares += <f64>coded * <f64>coded;
  }
  storeScale(trailer, norm2, inner, squares);
  const glance = field(L.D_GLANCE) << 1;
  if (glance) store<f32>(trailer, <f32>squaredNorm(r, glance), L.T_GLANCE);
}
