/*
 * Dot products of 4-bit codes with a prepared int8 query.
 *
 * Sixteen bytes hold 32 dimensions as eight 16-bit lanes of four nibbles: lane l, nibble t is dimension
 * 32 g + 8 t + l. In the last, partial group it is 32 g + 4 l + t, so that few dimensions need few bytes. What
 * follows the code in its row is loaded too and multiplied by zero.
 *
 * simd: nibbles are masked out where they stand, as multiples of 1, 16, 256 and 1 again (after a shift), and
 * the query carries the missing factor, so that one accumulator serves all four: the sum is 256 × the dot
 * product, at most 256 × 15 × 127 a dimension. So 4,096 dimensions fit 32 bits, see INT4_UP_TO in geometry.ts.
 * relaxed: nibbles are the unsigned 7-bit operand as they are.
 */
import { sums } from './int8';

@inline export function queryStep4(): u32 {
  return ASC_FEATURE_RELAXED_SIMD ? 32 : 64;
}

/** What the accumulated sum must be multiplied by. */
@inline export function unit4(): f32 {
  return ASC_FEATURE_RELAXED_SIMD ? 1 : 1 / 256.0;
}

@inline function step(query: u32, code: u32, sum: v128): v128 {
  const x = v128.load(code);
  if (ASC_FEATURE_RELAXED_SIMD) {
    const low = v128.and(x, i8x16.splat(15));
    const high = v128.and(i16x8.shr_u(x, 4), i8x16.splat(15));
    sum = i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(query), low, sum);
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(query, 16), high, sum);
  }
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.and(x, i16x8.splat(0x000f)), v128.load(query)));
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.and(x, i16x8.splat(0x00f0)), v128.load(query, 16)));
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.and(x, i16x8.splat(0x0f00)), v128.load(query, 32)));
  return i32x4.add(sum, i32x4.dot_i16x8_s(i16x8.shr_u(x, 12), v128.load(query, 48)));
}

@inline export function dot4Int4(query: u32, bytes: u32, a: u32, b: u32, c: u32, d: u32): v128 {
  let sa = i32x4.splat(0);
  let sb = i32x4.splat(0);
  let sc = i32x4.splat(0);
  let sd = i32x4.splat(0);
  for (const end = a + bytes; a < end; a += 16, b += 16, c += 16, d += 16, query += queryStep4()) {
    sa = step(query, a, sa);
    sb = step(query, b, sb);
    sc = step(query, c, sc);
    sd = step(query, d, sd);
  }
  return sums(sa, sb, sc, sd);
}

@inline function laneOf(i: u32, dimension: u32): u32 {
  return i >> 5 == dimension >> 5 ? (i & 31) >> 2 : i & 7;
}

@inline function nibbleOf(i: u32, dimension: u32): u32 {
  return i >> 5 == dimension >> 5 ? i & 3 : (i & 31) >> 3;
}

/** Codes of four components: `scale` times each is -7.5 at least. */
@inline function codes(values: v128, scale: v128): v128 {
  const steps = f32x4.add(f32x4.mul(values, scale), f32x4.splat(8));
  return i32x4.min_s(i32x4.trunc_sat_f32x4_s(steps), i32x4.splat(15));
}

/** The lowest four bits of the lanes of a whole group. */
@inline function eightCodes(v: u32, scale: v128): v128 {
  return i16x8.narrow_i32x4_s(codes(v128.load(v), scale), codes(v128.load(v, 16), scale));
}

/** Writes the code of a vector, whose last group of four is filled up. */
export function packCode4(code: u32, v: u32, dimension: u32, factor: f32): void {
  const scale = f32x4.splat(factor);
  const whole = v + ((dimension & ~31) << 2);
  const end = v + (dimension << 2);
  for (; v < whole; v += 128, code += 16) {
    const low = v128.or(eightCodes(v, scale), i16x8.shl(eightCodes(v + 32, scale), 4));
    const high = v128.or(
      i16x8.shl(eightCodes(v + 64, scale), 8),
      i16x8.shl(eightCodes(v + 96, scale), 12),
    );
    v128.store(code, v128.or(low, high));
  }
  for (; v < end; v += 16, code += 2) {
    const four = codes(v128.load(v), scale);
    const lane =
      i32x4.extract_lane(four, 0) |
      (i32x4.extract_lane(four, 1) << 4) |
      (i32x4.extract_lane(four, 2) << 8) |
      (i32x4.extract_lane(four, 3) << 12);
    const left = (end - v) >> 2;
    store<u16>(code, left < 4 ? lane & ((1 << (left << 2)) - 1) : lane);
  }
}

/** Component `i` of a code, 0 to 15. */
@inline export function getCode4(code: u32, i: u32, dimension: u32): u32 {
  const nibble = nibbleOf(i, dimension);
  const at = code + ((i >> 5) << 4) + (laneOf(i, dimension) << 1) + (nibble >> 1);
  return (<u32>load<u8>(at) >> ((nibble & 1) << 2)) & 15;
}

/** Writes the floats that a code stands for: `scale` × (component - 7.5). */
export function floatsFromCode4(to: u32, code: u32, dimension: u32, scale: f32): void {
  for (let i: u32 = 0; i < dimension; i++) {
    store<f32>(to + (i << 2), scale * (<f32>getCode4(code, i, dimension) - 7.5));
  }
}

/** Writes component `i` of a query whose data area was zeroed before. */
@inline export function setQuery4(data: u32, i: u32, dimension: u32, value: i32): void {
  const group = i >> 5;
  const lane = laneOf(i, dimension);
  const nibble = nibbleOf(i, dimension);
  if (ASC_FEATURE_RELAXED_SIMD) {
    store<i8>(data + (group << 5) + ((nibble & 1) << 4) + (lane << 1) + (nibble >> 1), <i8>value);
  } else {
    const factor = nibble == 1 ? 4 : nibble == 2 ? 0 : 8;
    store<i16>(data + (group << 6) + (nibble << 4) + (lane << 1), <i16>(value << factor));
  }
}

/** Four planes of nibbles as odd integers 2 n - 15, scaled for the simd kernel; returns them added up. */
@inline function unpackPlanes(data: u32, x: v128): v128 {
  const ones = i16x8.splat(1);
  const a = odd(v128.and(x, i16x8.splat(15)));
  const b = odd(v128.and(i16x8.shr_u(x, 4), i16x8.splat(15)));
  const c = odd(v128.and(i16x8.shr_u(x, 8), i16x8.splat(15)));
  const d = odd(i16x8.shr_u(x, 12));
  v128.store(data, i16x8.shl(a, 8));
  v128.store(data, i16x8.shl(b, 4), 16);
  v128.store(data, c, 32);
  v128.store(data, i16x8.shl(d, 8), 48);
  return i32x4.dot_i16x8_s(i16x8.add(i16x8.add(a, b), i16x8.add(c, d)), ones);
}

@inline function odd(n: v128): v128 {
  return i16x8.sub(i16x8.shl(n, 1), i16x8.splat(15));
}

/** The same as signed bytes, low and high nibbles apart, for the relaxed kernel. */
@inline function unpackBytes(data: u32, x: v128): v128 {
  const low = v128.and(x, i8x16.splat(15));
  const high = v128.and(i16x8.shr_u(x, 4), i8x16.splat(15));
  const a = i8x16.sub(i8x16.add(low, low), i8x16.splat(15));
  const b = i8x16.sub(i8x16.add(high, high), i8x16.splat(15));
  v128.store(data, a);
  v128.store(data, b, 16);
  return i32x4.extadd_pairwise_i16x8_s(i16x8.extadd_pairwise_i8x16_s(i8x16.add(a, b)));
}

/** Writes a code as a query of the odd integers 2 n - 15; the data area was zeroed. Returns their sum. */
export function queryFromCode4(data: u32, code: u32, dimension: u32): i32 {
  let sums = i32x4.splat(0);
  const full = dimension >> 5;
  for (let group: u32 = 0; group < full; group++) {
    const x = v128.load(code + (group << 4));
    if (ASC_FEATURE_RELAXED_SIMD) sums = i32x4.add(sums, unpackBytes(data + (group << 5), x));
    else sums = i32x4.add(sums, unpackPlanes(data + (group << 6), x));
  }
  let sum = lanesOf(sums);
  for (let i = full << 5; i < dimension; i++) {
    const c = 2 * <i32>getCode4(code, i, dimension) - 15;
    setQuery4(data, i, dimension, c);
    sum += c;
  }
  return sum;
}

/** Eight floats, scaled and rounded, as eight 16-bit integers. */
@inline function eight(v: u32, scale: v128): v128 {
  const low = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(v), scale)));
  const high = i32x4.trunc_sat_f32x4_s(f32x4.nearest(f32x4.mul(v128.load(v, 16), scale)));
  return i16x8.narrow_i32x4_s(low, high);
}

/** Writes `scale × v`, rounded to at most 127, as query data that was zeroed before. Returns the sum. */
export function queryFromFloats4(data: u32, v: u32, dimension: u32, scale: f32): i32 {
  const ones = i16x8.splat(1);
  const scales = f32x4.splat(scale);
  let sums = i32x4.splat(0);
  const full = dimension >> 5;
  for (let group: u32 = 0; group < full; group++, v += 128) {
    const a = eight(v, scales);
    const b = eight(v + 32, scales);
    const c = eight(v + 64, scales);
    const d = eight(v + 96, scales);
    sums = i32x4.add(sums, i32x4.dot_i16x8_s(i16x8.add(i16x8.add(a, b), i16x8.add(c, d)), ones));
    if (ASC_FEATURE_RELAXED_SIMD) {
      const bytes = i16x8.splat(255);
      v128.store(data + (group << 5), v128.or(v128.and(a, bytes), i16x8.shl(c, 8)));
      v128.store(data + (group << 5), v128.or(v128.and(b, bytes), i16x8.shl(d, 8)), 16);
    } else {
      const at = data + (group << 6);
      v128.store(at, i16x8.shl(a, 8));
      v128.store(at, i16x8.shl(b, 4), 16);
      v128.store(at, c, 32);
      v128.store(at, i16x8.shl(d, 8), 48);
    }
  }
  let sum = lanesOf(sums);
  for (let i = full << 5; i < dimension; i++, v += 4) {
    const q = <i32>nearest(load<f32>(v) * scale);
    setQuery4(data, i, dimension, q);
    sum += q;
  }
  return sum;
}

@inline function lanesOf(sums: v128): i32 {
  const pairs = i32x4.add(sums, v128.shuffle<i32>(sums, sums, 2, 3, 0, 1));
  return i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1);
}
