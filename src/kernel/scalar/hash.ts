/* Hashes of what rows contain: see asm/hash.ts. */
import type { Memory } from './memory.js';

const ODD = 0x9e3779b1 | 0;
const MIX = 0x85ebca6b | 0;
/** The word of -0. */
const MINUS_ZERO = -0x80000000;

function round(sum: number, word: number): number {
  const product = Math.imul(sum ^ word, ODD);
  return product ^ (product >>> 15);
}

function mixed(sum: number): number {
  let mix = Math.imul(sum ^ (sum >>> 16), MIX);
  mix = Math.imul(mix ^ (mix >>> 13), ODD);
  return mix ^ (mix >>> 16);
}

/** 32 bits of the `bytes` bytes from `at` on, a multiple of 16. */
export function hash(m: Memory, at: number, bytes: number, floats: number): number {
  const sums = Int32Array.of(1, 1, 1, 1, 2, 2, 2, 2, 3, 3, 3, 3, 4, 4, 4, 4);
  const words = bytes >>> 2;
  const whole = words & ~15;
  for (let i = 0; i < words; i++) {
    const word = m.i32[(at >>> 2) + i]!;
    const lane = i < whole ? i & 15 : i & 3;
    sums[lane] = round(sums[lane]!, floats && word === MINUS_ZERO ? 0 : word);
  }
  let sum = 0;
  for (let lane = 0; lane < 4; lane++) {
    let all = sums[lane]!;
    for (let i = lane + 4; i < 16; i += 4) all = round(all, sums[i]!);
    sum = lane === 0 ? all : mixed(sum ^ all);
  }
  return sum;
}
