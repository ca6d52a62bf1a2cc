/*
 * A fixed random rotation that spreads every component over all others: random signs, then a Walsh-Hadamard
 * transform of the largest power of two at the front and at the back of the vector, twice. The order of the
 * float32 additions is that of the other builds.
 */
import type { Memory } from './memory.js';

const { fround } = Math;

/** Murmur3's finaliser: every bit of the result depends on every bit of `x`. */
export function mix(x: number): number {
  const y = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  const z = Math.imul(y ^ (y >>> 13), 0xc2b2ae35);
  return (z ^ (z >>> 16)) >>> 0;
}

/** Copies `length` floats with random signs, and what stands behind them up to a multiple of four. */
function copyFlipped(v: Float32Array, from: number, to: number, length: number, round: number): void {
  let word = 0;
  for (let i = 0; i < ((length + 3) & ~3); i++) {
    if ((i & 31) === 0) word = mix((i >> 5) * 2 + round + 1);
    v[to + i] = (word >>> (i & 31)) & 1 ? -v[from + i]! : v[from + i]!;
  }
}

/** Sums and differences within a group of four, scaled: the transform of distances 1 and 2. */
function quartet(v: Float32Array, at: number, scale: number): void {
  const a = fround(v[at]! + v[at + 1]!);
  const b = fround(v[at]! - v[at + 1]!);
  const c = fround(v[at + 2]! + v[at + 3]!);
  const d = fround(v[at + 2]! - v[at + 3]!);
  v[at] = fround(a + c) * scale;
  v[at + 1] = fround(b + d) * scale;
  v[at + 2] = fround(a - c) * scale;
  v[at + 3] = fround(b - d) * scale;
}

/** Walsh-Hadamard transform of `size` floats, a power of two of at least 4, keeping lengths. */
function hadamard(v: Float32Array, from: number, size: number): void {
  const scale = fround(1 / fround(Math.sqrt(size)));
  for (let i = 0; i < size; i += 4) quartet(v, from + i, scale);
  for (let half = 4; half < size; half *= 2) {
    for (let i = 0; i < size; i++) {
      if (i & half) continue;
      const a = v[from + i]!;
      const b = v[from + i + half]!;
      v[from + i] = a + b;
      v[from + i + half] = a - b;
    }
  }
}

/**
 * Writes the rotated vector to `to`. At least 4 floats; `from` and `to` have room for a multiple of four, and
 * what stands behind the vector in `from` is zero.
 */
export function rotate(m: Memory, from: number, to: number, length: number): void {
  const size = 1 << (31 - Math.clz32(length));
  const v = m.f32;
  const start = to >>> 2;
  for (let round = 0; round < 2; round++) {
    copyFlipped(v, round === 0 ? from >>> 2 : start, start, length, round);
    hadamard(v, start, size);
    if (size !== length) hadamard(v, start + length - size, size);
  }
}
