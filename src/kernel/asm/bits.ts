/* Set operations on bit-packed rows, zero-padded to a multiple of 16 bytes. */

@inline function ones(v: v128): v128 {
  return i32x4.extadd_pairwise_i16x8_u(i16x8.extadd_pairwise_i8x16_u(i8x16.popcnt(v)));
}

@inline function total(v: v128): u32 {
  const pairs = i32x4.add(v, v128.shuffle<i32>(v, v, 2, 3, 0, 1));
  return <u32>(i32x4.extract_lane(pairs, 0) + i32x4.extract_lane(pairs, 1));
}

/** Bits set in exactly one of two rows of `bytes` bytes. */
export function countXor(a: u32, b: u32, bytes: u32): u32 {
  let sum = i32x4.splat(0);
  for (const end = a + bytes; a < end; a += 16, b += 16) {
    sum = i32x4.add(sum, ones(v128.xor(v128.load(a), v128.load(b))));
  }
  return total(sum);
}

/** Bits set in both rows. */
export function countAnd(a: u32, b: u32, bytes: u32): u32 {
  let sum = i32x4.splat(0);
  for (const end = a + bytes; a < end; a += 16, b += 16) {
    sum = i32x4.add(sum, ones(v128.and(v128.load(a), v128.load(b))));
  }
  return total(sum);
}

/** Packs a vector: a component above 0.5 is a set bit. */
export function packBits(v: u32, bits: u32, dimension: u32, bytes: u32): void {
  memory.fill(bits, 0, bytes);
  for (let i: u32 = 0; i < dimension; i++) {
    if (load<f32>(v + (i << 2)) <= 0.5) continue;
    const at = bits + (i >> 3);
    store<u8>(at, load<u8>(at) | (<u8>1 << <u8>(i & 7)));
  }
}
