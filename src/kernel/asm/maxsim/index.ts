/*
 * MaxSim: for each vector of a query the best of the vectors of a point, added up. A sum is made in float32 over the
 * components in their order, whatever is computed beside it, so that every build returns the same bits.
 */
import { COSINE, EUCLIDEAN, HAMMING, JACCARD, MANHATTAN } from '../../layout';
import * as L from '../../maxsim-layout';
import { prepare } from './prepare';

/** What is added for each component. */
const PRODUCTS = 0;
const SQUARES = 1;
const MAGNITUDES = 2;

/** Bytes of a component of a block of the query, and of half of it. */
const STEP: u32 = L.BLOCK << 2;
const HALF: u32 = STEP >> 1;
const PART_BYTES: u32 = 16_384;

export function begin(): void {
  const metric = load<u32>(L.METRIC);
  const isDistance = metric == EUCLIDEAN || metric == MANHATTAN || metric == HAMMING;
  const worst = f32x4.splat(isDistance ? Infinity : -Infinity);
  const bests = load<u32>(L.BEST);
  const blocks = (load<u32>(L.COUNT) + L.BLOCK - 1) / L.BLOCK;
  for (let at = bests, end = bests + blocks * STEP; at < end; at += HALF) v128.store(at, worst);
}

export function take(vectors: u32): void {
  const metric = load<u32>(L.METRIC);
  prepare(metric, vectors);
  if (metric == EUCLIDEAN) compareAll(SQUARES, metric, vectors);
  else if (metric == MANHATTAN || metric == HAMMING) compareAll(MAGNITUDES, metric, vectors);
  else compareAll(PRODUCTS, metric, vectors);
}

/**
 * By parts of the point that stay in the first cache while all blocks of the query pass. `kind` is known when this is
 * compiled: there is a copy for each.
 */
@inline function compareAll(kind: i32, metric: u32, vectors: u32): void {
  const dimension = load<u32>(L.DIMENSION);
  const stride = dimension << 2;
  const query = load<u32>(L.QUERY);
  const blocks = (load<u32>(L.COUNT) + L.BLOCK - 1) / L.BLOCK;
  const bests = load<u32>(L.BEST);
  const bits = load<u32>(L.BITS);
  const part = max<u32>(4, (PART_BYTES / stride) & ~3);
  for (let from: u32 = 0; from < vectors; from += part) {
    const to = min<u32>(from + part, vectors);
    for (let block: u32 = 0; block < blocks; block++)
      comparePart(kind, metric, query + block * dimension * STEP, stride, from, to, bests + block * STEP, bits + block * STEP);
  }
}

@inline function comparePart(kind: i32, metric: u32, query: u32, stride: u32, from: u32, to: u32, best: u32, bits: u32): void {
  const point = load<u32>(L.POINT);
  const numbers = load<u32>(L.NUMBERS);
  let i = from;
  for (; i + 4 <= to; i += 4) four(kind, metric, query, stride, point + i * stride, numbers + (i << 2), best, bits);
  for (; i < to; i++) one(kind, metric, query, stride, point + i * stride, numbers + (i << 2), best, bits);
}

@inline function add(kind: i32, sum: v128, query: v128, x: v128): v128 {
  if (kind == PRODUCTS) return f32x4.add(sum, f32x4.mul(query, x));
  const d = f32x4.sub(query, x);
  return f32x4.add(sum, kind == SQUARES ? f32x4.mul(d, d) : f32x4.abs(d));
}

/** Four vectors of the point with a block of the query: eight sums at once keep both units of a core busy. */
@inline function four(kind: i32, metric: u32, query: u32, stride: u32, point: u32, numbers: u32, best: u32, bits: u32): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let b0 = a0;
  let b1 = a0;
  let c0 = a0;
  let c1 = a0;
  let d0 = a0;
  let d1 = a0;
  const second = point + stride;
  const third = second + stride;
  const fourth = third + stride;
  let at = query;
  for (let offset: u32 = 0; offset < stride; offset += 4, at += STEP) {
    const q0 = v128.load(at);
    const q1 = v128.load(at, 16);
    const a = v128.load32_splat(point + offset);
    a0 = add(kind, a0, q0, a);
    a1 = add(kind, a1, q1, a);
    const b = v128.load32_splat(second + offset);
    b0 = add(kind, b0, q0, b);
    b1 = add(kind, b1, q1, b);
    const c = v128.load32_splat(third + offset);
    c0 = add(kind, c0, q0, c);
    c1 = add(kind, c1, q1, c);
    const d = v128.load32_splat(fourth + offset);
    d0 = add(kind, d0, q0, d);
    d1 = add(kind, d1, q1, d);
  }
  offer(kind, metric, a0, a1, numbers, best, bits);
  offer(kind, metric, b0, b1, numbers + 4, best, bits);
  offer(kind, metric, c0, c1, numbers + 8, best, bits);
  offer(kind, metric, d0, d1, numbers + 12, best, bits);
}

@inline function one(kind: i32, metric: u32, query: u32, stride: u32, point: u32, numbers: u32, best: u32, bits: u32): void {
  let a0 = f32x4.splat(0);
  let a1 = a0;
  let at = query;
  for (let offset: u32 = 0; offset < stride; offset += 4, at += STEP) {
    const a = v128.load32_splat(point + offset);
    a0 = add(kind, a0, v128.load(at), a);
    a1 = add(kind, a1, v128.load(at, 16), a);
  }
  offer(kind, metric, a0, a1, numbers, best, bits);
}

@inline function offer(kind: i32, metric: u32, low: v128, high: v128, number: u32, best: u32, bits: u32): void {
  offerHalf(kind, metric, low, number, best, bits);
  offerHalf(kind, metric, high, number, best + HALF, bits + HALF);
}

/** A sum that is NaN stays: then the result is NaN as well. */
@inline function offerHalf(kind: i32, metric: u32, sums: v128, number: u32, best: u32, bits: u32): void {
  const before = v128.load(best);
  if (kind == PRODUCTS) v128.store(best, f32x4.max(before, similarity(metric, sums, number, bits)));
  else v128.store(best, f32x4.min(before, sums));
}

@inline function similarity(metric: u32, products: v128, number: u32, bits: u32): v128 {
  if (metric == COSINE) return f32x4.mul(products, v128.load32_splat(number));
  if (metric != JACCARD) return products;
  const either = f32x4.sub(f32x4.add(v128.load(bits), v128.load32_splat(number)), products);
  const none = f32x4.eq(either, f32x4.splat(0));
  return v128.bitselect(f32x4.splat(1), f32x4.div(products, either), none);
}

export function total(): f64 {
  const metric = load<u32>(L.METRIC);
  const best = load<u32>(L.BEST);
  const end = best + (load<u32>(L.COUNT) << 2);
  let sum: f64 = 0;
  for (let at = best; at < end; at += 4) {
    const own = <f64>load<f32>(at);
    if (metric == COSINE) sum -= min<f64>(1, max<f64>(-1, own));
    else if (metric == EUCLIDEAN || metric == MANHATTAN || metric == HAMMING) sum += own;
    else sum -= own;
  }
  return sum;
}
