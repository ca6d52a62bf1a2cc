/* Rows that an exact scan need not read: the bound on the error of a code rules them out. */

import { distanceOf } from '../keys.js';
import * as L from '../layout.js';
import { codeDistance } from './distance.js';
import { codeOf, field, type Memory, normOf } from './memory.js';

const { fround } = Math;

/** Relative error of float32 sums of squares, with room to spare. */
const ROUNDING = fround(2e-6);

/** Leaves those of `n` rows whose distance may be at or below that of the key `worst`. Returns how many. */
export function keepPossible(m: Memory, query: number, rows: number, n: number, worst: number): number {
  const limit = distanceOf(worst);
  let kept = 0;
  for (let i = 0; i < n; i++) {
    const row = m.u32[(rows >>> 2) + i]!;
    // "Not above" instead of "at or below": where a bound is NaN, the row is compared.
    if (!(leastDistance(m, query, row) > limit)) m.u32[(rows >>> 2) + kept++] = row;
  }
  return kept;
}

/** What the distance of a row is at least, in float32. */
function leastDistance(m: Memory, query: number, row: number): number {
  const metric = field(m, L.D_METRIC);
  const numbers = (codeOf(m, row) + field(m, L.D_TRAILER)) >>> 2;
  const base = m.f32[query >>> 2]!;
  const bv = m.f32[numbers + 1]!;
  const ownError = m.f32[(query + L.Q_OWN_ERROR) >>> 2]!;
  let slack = fround(m.f32[(query + L.Q_ROW_ERROR) >>> 2]! * m.f32[numbers + L.T_ERROR / 4]!);
  if (metric === L.COSINE) slack = fround(slack + ownError);
  else if (metric === L.EUCLIDEAN) {
    slack = fround(slack + fround(ownError * fround(Math.sqrt(bv))));
    slack = fround(slack + fround(ROUNDING * fround(base + bv)));
  } else {
    const length = fround(1 / m.f32[normOf(m, row) >>> 2]!);
    const originLength = m.f32[(L.DESC + L.D_ORIGIN_LENGTH) >>> 2]!;
    slack = fround(slack + fround(ownError * fround(length + originLength)));
  }
  return fround(codeDistance(m, query, row) - slack);
}
