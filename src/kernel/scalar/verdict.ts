/* What a vector is fit for, by its largest component and its squared length. */
import * as L from '../layout.js';
import type { Memory } from './memory.js';

/** Beyond these magnitudes the squares of 65,536 components could leave float32. */
export const WIDE_ABOVE: number = 2 ** 54;
const WIDE_BELOW = 2 ** -40;

/** A residual no larger than this is coded as none: 2^-100. */
export const TINY: number = 2 ** -100;

export function largest(m: Memory, v: number, length: number): number {
  let most = 0;
  for (let i = 0; i < length; i++) most = Math.max(most, Math.abs(m.f32[(v >>> 2) + i]!));
  return most;
}

/** Sum of squares in float64, in four running sums: finite exactly when every component is. */
export function squaredNorm(m: Memory, v: number, length: number): number {
  const grouped = length & ~3;
  const four = [0, 0, 0, 0];
  for (let i = 0; i < grouped; i++) four[i & 3]! += m.view.getFloat32(v + i * 4, true) ** 2;
  let sum = four[0]! + four[2]! + (four[1]! + four[3]!);
  for (let i = grouped; i < length; i++) sum += m.view.getFloat32(v + i * 4, true) ** 2;
  return sum;
}

export function verdict(max: number, norm2: number): number {
  if (!(norm2 < Number.POSITIVE_INFINITY)) return L.VECTOR_NOT_FINITE;
  if (max === 0) return L.VECTOR_ZERO;
  return max > WIDE_ABOVE || max < WIDE_BELOW ? L.VECTOR_WIDE : L.VECTOR_OK;
}
