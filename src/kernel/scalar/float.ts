/*
 * Distances between float32 vectors. Sixteen running sums, folded in one fixed order, so that every build
 * returns the same bits. Any length, any alignment.
 */
import type { Memory } from './memory.js';

const { fround } = Math;

/** Adding and taking away 1.5 × 2^52 leaves no bits for a fraction: rounds to the nearest integer, half to even. */
export function nearest(x: number): number {
  return x + 6755399441055744 - 6755399441055744;
}

/** The running sums of the call under way, rounded to float32 by being stored. */
const sums = new Float32Array(16);

/** Index of the running sum that component `i` goes to: groups of sixteen, then groups of four into the first four. */
function sumOf(i: number, length: number): number {
  return i < (length & ~15) ? i & 15 : i & 3;
}

/** Lane by lane first, (0 + 4) + (8 + 12) and so on; then the four lanes, (0 + 2) + (1 + 3). */
function fold(): number {
  for (let lane = 0; lane < 4; lane++) {
    const low = fround(sums[lane]! + sums[lane + 4]!);
    const high = fround(sums[lane + 8]! + sums[lane + 12]!);
    sums[lane] = low + high;
  }
  return fround(fround(sums[0]! + sums[2]!) + fround(sums[1]! + sums[3]!));
}

export function dotFloat(m: Memory, a: number, b: number, length: number): number {
  const { view } = m;
  const grouped = length & ~3;
  sums.fill(0);
  for (let i = 0; i < grouped; i++) {
    const product = fround(view.getFloat32(a + i * 4, true) * view.getFloat32(b + i * 4, true));
    sums[sumOf(i, length)]! += product;
  }
  let sum = fold();
  for (let i = grouped; i < length; i++) {
    sum = fround(sum + fround(view.getFloat32(a + i * 4, true) * view.getFloat32(b + i * 4, true)));
  }
  return sum;
}

export function squaredFloat(m: Memory, a: number, b: number, length: number): number {
  const { view } = m;
  const grouped = length & ~3;
  sums.fill(0);
  for (let i = 0; i < grouped; i++) {
    const d = fround(view.getFloat32(a + i * 4, true) - view.getFloat32(b + i * 4, true));
    sums[sumOf(i, length)]! += fround(d * d);
  }
  let sum = fold();
  for (let i = grouped; i < length; i++) {
    const d = fround(view.getFloat32(a + i * 4, true) - view.getFloat32(b + i * 4, true));
    sum = fround(sum + fround(d * d));
  }
  return sum;
}

/** The sum of the magnitudes of the differences. */
export function absoluteFloat(m: Memory, a: number, b: number, length: number): number {
  const { view } = m;
  const grouped = length & ~3;
  sums.fill(0);
  for (let i = 0; i < grouped; i++) {
    const d = fround(view.getFloat32(a + i * 4, true) - view.getFloat32(b + i * 4, true));
    sums[sumOf(i, length)]! += Math.abs(d);
  }
  let sum = fold();
  for (let i = grouped; i < length; i++) {
    const d = fround(view.getFloat32(a + i * 4, true) - view.getFloat32(b + i * 4, true));
    sum = fround(sum + Math.abs(d));
  }
  return sum;
}

/** The dot product in float64. */
export function dotWide(m: Memory, a: number, b: number, length: number): number {
  let sum = 0;
  for (let i = 0; i < length * 4; i += 4)
    sum += m.view.getFloat32(a + i, true) * m.view.getFloat32(b + i, true);
  return sum;
}
