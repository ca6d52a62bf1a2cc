/*
 * A fixed random rotation that spreads every component over all others, so that four bits resolve each of them
 * equally well: random signs, then a Walsh-Hadamard transform of the largest power of two at the front and at
 * the back of the vector, twice. Lengths and inner products stay as they are.
 */

/** Murmur3's finaliser: every bit of the result depends on every bit of `x`. */
@inline export function mix(x: u32): u32 {
  x = (x ^ (x >> 16)) * 0x85ebca6b;
  x = (x ^ (x >> 13)) * 0xc2b2ae35;
  return x ^ (x >> 16);
}

/** Copies `length` floats with random signs; zero-pads what a group of four lacks. */
function copyFlipped(from: u32, to: u32, length: u32, round: u32): void {
  let word: u32 = 0;
  for (let i: u32 = 0; i < length; i += 4) {
    if ((i & 31) == 0) word = mix((i >> 5) * 2 + round + 1);
    // Lane j takes bit j of the word as its sign.
    const low = i32x4.splat(word);
    const signs = v128.and(
      i32x4(i32.MIN_VALUE, i32.MIN_VALUE, i32.MIN_VALUE, i32.MIN_VALUE),
      v128.shuffle<i32>(
        v128.shuffle<i32>(i32x4.shl(low, 31), i32x4.shl(low, 30), 0, 4, 0, 4),
        v128.shuffle<i32>(i32x4.shl(low, 29), i32x4.shl(low, 28), 0, 4, 0, 4),
        0,
        1,
        4,
        5,
      ),
    );
    v128.store(to + (i << 2), v128.xor(v128.load(from + (i << 2)), signs));
    word >>= 4;
  }
}

/** Sums and differences within each group of four: the transform of distances 1 and 2. */
@inline function quartet(v: v128): v128 {
  const even = v128.shuffle<f32>(v, v, 0, 0, 2, 2);
  const odd = v128.xor(v128.shuffle<f32>(v, v, 1, 1, 3, 3), i32x4(0, i32.MIN_VALUE, 0, i32.MIN_VALUE));
  const w = f32x4.add(even, odd);
  const low = v128.shuffle<f32>(w, w, 0, 1, 0, 1);
  const high = v128.xor(v128.shuffle<f32>(w, w, 2, 3, 2, 3), i32x4(0, 0, i32.MIN_VALUE, i32.MIN_VALUE));
  return f32x4.add(low, high);
}

/** Sums and differences of what stands `step` bytes apart. */
function pairs(v: u32, end: u32, step: u32): void {
  for (let block = v; block < end; block += step << 1) {
    for (let at = block; at < block + step; at += 16) {
      const a = v128.load(at);
      const b = v128.load(at + step);
      v128.store(at, f32x4.add(a, b));
      v128.store(at + step, f32x4.sub(a, b));
    }
  }
}

/** The same, then of what stands `2 * step` bytes apart: half the loads and stores of one after the other. */
function fours(v: u32, end: u32, step: u32): void {
  for (let block = v; block < end; block += step << 2) {
    for (let at = block; at < block + step; at += 16) {
      const third = at + (step << 1);
      const a = v128.load(at);
      const b = v128.load(at + step);
      const c = v128.load(third);
      const d = v128.load(third + step);
      const ab = f32x4.add(a, b);
      const cd = f32x4.add(c, d);
      const a_b = f32x4.sub(a, b);
      const c_d = f32x4.sub(c, d);
      v128.store(at, f32x4.add(ab, cd));
      v128.store(at + step, f32x4.add(a_b, c_d));
      v128.store(third, f32x4.sub(ab, cd));
      v128.store(third + step, f32x4.sub(a_b, c_d));
    }
  }
}

/** Walsh-Hadamard transform of `size` floats, a power of two of at least 4, keeping lengths. */
function hadamard(v: u32, size: u32): void {
  const end = v + (size << 2);
  const scale = f32x4.splat(<f32>1 / sqrt<f32>(<f32>size));
  for (let at = v; at < end; at += 16) v128.store(at, f32x4.mul(quartet(v128.load(at)), scale));
  let step: u32 = 16;
  if (ctz<u32>(size) & 1) {
    pairs(v, end, step);
    step <<= 1;
  }
  for (; step < size << 2; step <<= 2) fours(v, end, step);
}

/**
 * Writes the rotated vector to `to`. At least 4 floats; `from` and `to` have room for a multiple of four, and
 * what stands behind the vector in `from` is zero.
 */
export function rotate(from: u32, to: u32, length: u32): void {
  const size: u32 = 1 << (31 - clz<u32>(length));
  for (let round: u32 = 0; round < 2; round++) {
    copyFlipped(round == 0 ? from : to, to, length, round);
    hadamard(to, size);
    if (size != length) hadamard(to + ((length - size) << 2), size);
  }
}
