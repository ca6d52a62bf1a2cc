/*
 * Dot products of int8 codes with a prepared query. Query data: one i16 per dimension (simd) or one byte,
 * raised by 64 so that it fits the unsigned 7-bit operand of the relaxed instruction. |query| <= 63.
 * Codes are zero-padded to a multiple of 16 bytes; so is the query.
 */

/** Sixteen dimensions at a time; the relaxed build owes `64 × sum(code)`, which distance.ts takes off (`dotsOf`). */
@inline function step(query: u32, code: u32, sum: v128): v128 {
  if (ASC_FEATURE_RELAXED_SIMD) {
    return i32x4.relaxed_dot_i8x16_i7x16_add_s(v128.load(code), v128.load(query), sum);
  }
  sum = i32x4.add(sum, i32x4.dot_i16x8_s(v128.load_ext<i8>(code), v128.load(query)));
  return i32x4.add(sum, i32x4.dot_i16x8_s(v128.load_ext<i8>(code, 8), v128.load(query, 16)));
}

/** Bytes of query data per 16 dimensions. */
@inline export function queryStep8(): u32 {
  return ASC_FEATURE_RELAXED_SIMD ? 16 : 32;
}

/** Lane-wise sums of four vectors: (sum a, sum b, sum c, sum d). */
@inline export function sums(a: v128, b: v128, c: v128, d: v128): v128 {
  const ab = i32x4.add(v128.shuffle<i32>(a, b, 0, 4, 1, 5), v128.shuffle<i32>(a, b, 2, 6, 3, 7));
  const cd = i32x4.add(v128.shuffle<i32>(c, d, 0, 4, 1, 5), v128.shuffle<i32>(c, d, 2, 6, 3, 7));
  return i32x4.add(v128.shuffle<i64>(ab, cd, 0, 2), v128.shuffle<i64>(ab, cd, 1, 3));
}

@inline export function dot4Int8(query: u32, bytes: u32, a: u32, b: u32, c: u32, d: u32): v128 {
  let sa = i32x4.splat(0);
  let sb = i32x4.splat(0);
  let sc = i32x4.splat(0);
  let sd = i32x4.splat(0);
  for (const end = a + bytes; a < end; a += 16, b += 16, c += 16, d += 16, query += queryStep8()) {
    sa = step(query, a, sa);
    sb = step(query, b, sb);
    sc = step(query, c, sc);
    sd = step(query, d, sd);
  }
  return sums(sa, sb, sc, sd);
}

/** Writes component `i` of a query whose data area was zeroed before. */
@inline export function setQuery8(data: u32, i: u32, value: i32): void {
  if (ASC_FEATURE_RELAXED_SIMD) store<u8>(data + i, <u8>(value + 64));
  else store<i16>(data + (i << 1), <i16>value);
}
