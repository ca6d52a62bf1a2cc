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

function flipSigns(v: u32, length: u32, round: u32): void {
  let word: u32 = 0;
  for (let i: u32 = 0; i < length; i++) {
    if ((i & 31) == 0) word = mix((i >> 5) * 2 + round + 1);
    const at = v + (i << 2);
    store<u32>(at, load<u32>(at) ^ ((word >> (i & 31)) << 31));
  }
}

/** Sums and differences at distance `half`, for the whole of `size` floats. */
function butterfly(v: u32, size: u32, half: u32): void {
  if (half >= 4) {
    const step = half << 2;
    for (let block: u32 = 0; block < size << 2; block += step << 1) {
      for (let at = v + block, end = at + step; at < end; at += 16) {
        const a = v128.load(at);
        const b = v128.load(at + step);
        v128.store(at, f32x4.add(a, b));
        v128.store(at + step, f32x4.sub(a, b));
      }
    }
    return;
  }
  for (let block: u32 = 0; block < size; block += half << 1) {
    for (let i = block; i < block + half; i++) {
      const at = v + (i << 2);
      const a = load<f32>(at);
      const b = load<f32>(at + (half << 2));
      store<f32>(at, a + b);
      store<f32>(at + (half << 2), a - b);
    }
  }
}

function hadamard(v: u32, size: u32): void {
  for (let half: u32 = 1; half < size; half <<= 1) butterfly(v, size, half);
  const scale: f32 = <f32>1 / sqrt<f32>(<f32>size);
  for (let i: u32 = 0; i < size; i++) store<f32>(v + (i << 2), load<f32>(v + (i << 2)) * scale);
}

export function rotate(from: u32, to: u32, length: u32): void {
  memory.copy(to, from, length << 2);
  const size: u32 = 1 << (31 - clz<u32>(length));
  for (let round: u32 = 0; round < 2; round++) {
    flipSigns(to, length, round);
    hadamard(to, size);
    if (size != length) hadamard(to + ((length - size) << 2), size);
  }
}
