/* Distances of a prepared query to many rows: four at a time where rows are codes. Smaller is nearer. */
import * as L from '../layout';
import { countAnd, countXor } from './bits';
import { absoluteFloat, dotFloat, squaredFloat } from './float';
import { dot4Int4, unit4 } from './int4';
import { dot4Int8 } from './int8';
import { liftKeys } from './lift';
import { codeOf, codesOfFour, field, normOf, vectorOf } from './memory';
import { fillUp, keyOf } from './order';

@inline export function floatDistance(query: u32, invNorm: f32, row: u32): f32 {
  const dimension = field(L.D_DIMENSION);
  const metric = field(L.D_METRIC);
  const v = vectorOf(row);
  if (metric == L.EUCLIDEAN) return squaredFloat(query, v, dimension);
  if (metric == L.MANHATTAN) return absoluteFloat(query, v, dimension);
  const dot = dotFloat(query, v, dimension);
  return metric == L.DOT ? -dot : 1 - dot * (invNorm * load<f32>(normOf(row)));
}

/** Jaccard similarity of two empty sets is 1. */
@inline function bitDistance(query: u32, ones: u32, row: u32): f32 {
  const code = codeOf(row);
  const bytes = field(L.D_CODE_BYTES);
  if (field(L.D_METRIC) == L.HAMMING) return <f32>countXor(query, code, bytes);
  const both = countAnd(query, code, bytes);
  const either = ones + load<u32>(code + field(L.D_TRAILER)) - both;
  return either == 0 ? 0 : 1 - <f32>both / <f32>either;
}

/** Exact distance of the query in scratch to one row. */
export function exactDistance(scratch: u32, row: u32): f32 {
  if (field(L.D_CODE_KIND) == L.CODE_BITS) {
    const query = scratch + field(L.D_S_WALK_QUERY);
    return bitDistance(load<u32>(query), load<u32>(query, 4), row);
  }
  const query = scratch + field(L.D_S_QUERY);
  return floatDistance(query, load<f32>(query - 16), row);
}

@inline function keysOf(query: u32, dots: v128, t0: u32, t1: u32, t2: u32, t3: u32): v128 {
  const low = v128.load_lane<u64>(t1, v128.load_zero<u64>(t0), 1);
  const high = v128.load_lane<u64>(t3, v128.load_zero<u64>(t2), 1);
  const vs = v128.shuffle<f32>(low, high, 0, 2, 4, 6);
  const bv = v128.shuffle<f32>(low, high, 1, 3, 5, 7);
  const inner = f32x4.mul(vs, f32x4.sub(dots, v128.load_splat<f32>(query + 8)));
  const base = f32x4.add(v128.load_splat<f32>(query), bv);
  const bits = f32x4.add(f32x4.sub(base, f32x4.mul(v128.load_splat<f32>(query + 4), inner)), f32x4.splat(0));
  return v128.xor(bits, v128.or(i32x4.shr_s(bits, 31), i32x4.splat(0x80000000)));
}

/** Dot products of query data with the codes of four rows, `bytes` of them, as floats. */
@inline export function dotsOf(data: u32, bytes: u32, a: u32, b: u32, c: u32, d: u32, int4: bool): v128 {
  const code = field(L.D_CODE_DATA);
  if (int4) {
    const dots = f32x4.convert_i32x4_s(dot4Int4(data, bytes, a + code, b + code, c + code, d + code));
    return ASC_FEATURE_RELAXED_SIMD ? dots : f32x4.mul(dots, f32x4.splat(unit4()));
  }
  const sums = dot4Int8(data, bytes, a, b, c, d);
  if (!ASC_FEATURE_RELAXED_SIMD) return f32x4.convert_i32x4_s(sums);
  const raised = four(field(L.D_TRAILER) + L.T_SUM, a, b, c, d);
  return f32x4.convert_i32x4_s(i32x4.sub(sums, i32x4.shl(raised, 6)));
}

/** The words at `offset` of four rows. */
@inline export function four(offset: u32, a: u32, b: u32, c: u32, d: u32): v128 {
  let v = v128.load_zero<u32>(a + offset);
  v = v128.load_lane<u32>(b + offset, v, 1);
  v = v128.load_lane<u32>(c + offset, v, 2);
  return v128.load_lane<u32>(d + offset, v, 3);
}

@inline function codeDistances(query: u32, n: u32, rows: u32, keys: u32, int4: bool): void {
  const bytes = field(L.D_CODE_BYTES);
  const trailer = field(L.D_TRAILER);
  for (let i: u32 = 0; i < n; i += 4) {
    const codes = codesOfFour(rows + (i << 2));
    const a = <u32>i32x4.extract_lane(codes, 0);
    const b = <u32>i32x4.extract_lane(codes, 1);
    const c = <u32>i32x4.extract_lane(codes, 2);
    const d = <u32>i32x4.extract_lane(codes, 3);
    const dots = dotsOf(query + L.Q_DATA, bytes, a, b, c, d, int4);
    v128.store(keys + (i << 2), keysOf(query, dots, a + trailer, b + trailer, c + trailer, d + trailer));
  }
}

/**
 * Writes the order-preserving keys of the distances from `query` to `n` rows. Reads and writes up to a
 * multiple of four; what stands behind the last row is replaced by copies of it.
 */
export function distances(query: u32, n: u32, rows: u32, keys: u32): void {
  if (n == 0) return;
  byMetric(query, n, rows, keys);
  const lack = load<f32>(query, L.Q_LACK);
  if (lack != 0) liftKeys(lack, n, rows, keys);
}

@inline function byMetric(query: u32, n: u32, rows: u32, keys: u32): void {
  const kind = field(L.D_CODE_KIND);
  if (kind == L.CODE_INT4 || kind == L.CODE_INT8) {
    fillUp(rows, n);
    if (kind == L.CODE_INT4) codeDistances(query, n, rows, keys, true);
    else codeDistances(query, n, rows, keys, false);
    return;
  }
  for (let i: u32 = 0; i < n; i++) {
    const row = load<u32>(rows + (i << 2));
    const d =
      kind == L.CODE_FLOAT
        ? floatDistance(load<u32>(query), load<f32>(query, 4), row)
        : bitDistance(load<u32>(query), load<u32>(query, 4), row);
    store<u32>(keys + (i << 2), keyOf(d));
  }
}
