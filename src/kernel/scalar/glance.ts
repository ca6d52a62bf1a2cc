/*
 * A first look at codes of many dimensions: the share of the squared distance that the first components show
 * rules out rows that are well behind the worst of a full beam. See asm/glance.ts for the reasoning.
 */

import { distanceOf } from '../keys.js';
import * as L from '../layout.js';
import { dotOf } from './distance.js';
import { nearest } from './float.js';
import { codeOf, field, type Memory } from './memory.js';

import { squaredNorm } from './verdict.js';

const { fround } = Math;

/** About 2.2 standard deviations at 192 of 784 components. */
const MARGIN = fround(1.2);

/** Numbers of a query for the first look; `r` is its rotated residual, rounded to `scale` × r in steps of `step`. */
export function prepareGlance(m: Memory, query: number, r: number, step: number, scale: number): void {
  const dimensions = field(m, L.D_GLANCE) * 2;
  const share = fround(dimensions / field(m, L.D_DIMENSION));
  let sum = 0;
  for (let i = 0; i < dimensions; i++) sum += nearest(fround(m.f32[(r >>> 2) + i]! * scale));
  const at = (query + L.Q_GLANCE) >>> 2;
  m.f32[at] = squaredNorm(m, r, dimensions);
  m.f32[at + 1] = 2 * step;
  m.f32[at + 2] = 7.5 * sum;
  m.f32[at + 3] = fround((field(m, L.D_METRIC) === L.COSINE ? 2 : 1) * MARGIN) * share;
}

/** Leaves the rows that the first look does not put behind `worst` (a key). Returns how many. */
export function glance(m: Memory, query: number, n: number, rows: number, worst: number): number {
  const at = (query + L.Q_GLANCE) >>> 2;
  const limit = fround(distanceOf(worst) * m.f32[at + 3]!);
  const bytes = field(m, L.D_GLANCE);
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const row = m.u32[(rows >>> 2) + i]!;
    const code = codeOf(m, row);
    const numbers = (code + field(m, L.D_TRAILER)) >>> 2;
    const inner = fround(m.f32[numbers]! * fround(dotOf(m, query, code, bytes) - m.f32[at + 2]!));
    const lengths = fround(m.f32[at]! + m.f32[numbers + L.T_GLANCE / 4]!);
    const seen = fround(lengths - fround(m.f32[at + 1]! * inner));
    if (seen <= limit) m.u32[(rows >>> 2) + kept++] = row;
  }
  return kept;
}
