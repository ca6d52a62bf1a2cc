/* Rows that an exact scan need not read: the bound on the error of a code, see encode.ts, rules them out. */
import * as L from '../layout';
import { dotsOf, four } from './distance';
import { codeOf, field, normOf } from './memory';
import { distanceOf, fillUp, keepOf } from './order';

/** Relative error of float32 sums of squares, with room to spare. */
const ROUNDING: f32 = 2e-6;

/** Leaves those of `n` rows whose distance may be at or below that of the key `worst`. Returns how many. */
@inline export function keepPossible(query: u32, rows: u32, n: u32, worst: u32, int4: bool): u32 {
  const metric = field(L.D_METRIC);
  const trailer = field(L.D_TRAILER);
  const bytes = field(L.D_CODE_BYTES);
  const limit = f32x4.splat(distanceOf(worst));
  const base = v128.load_splat<f32>(query);
  const factor = v128.load_splat<f32>(query + 4);
  const offset = v128.load_splat<f32>(query + 8);
  const rowError = v128.load_splat<f32>(query + L.Q_ROW_ERROR);
  const ownError = v128.load_splat<f32>(query + L.Q_OWN_ERROR);
  const originLength = v128.load_splat<f32>(L.DESC + L.D_ORIGIN_LENGTH);
  fillUp(rows, n);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i += 4) {
    const r0 = load<u32>(rows + (i << 2));
    const r1 = load<u32>(rows + (i << 2), 4);
    const r2 = load<u32>(rows + (i << 2), 8);
    const r3 = load<u32>(rows + (i << 2), 12);
    const a = codeOf(r0);
    const b = codeOf(r1);
    const c = codeOf(r2);
    const d = codeOf(r3);
    const dots = dotsOf(query + L.Q_DATA, bytes, a, b, c, d, int4);
    const vs = four(trailer, a, b, c, d);
    const error = four(trailer + L.T_ERROR, a, b, c, d);
    const bv = four(trailer + L.T_BASE, a, b, c, d);
    const estimate = f32x4.sub(f32x4.add(base, bv), f32x4.mul(factor, f32x4.mul(vs, f32x4.sub(dots, offset))));
    let slack = f32x4.mul(rowError, error);
    if (metric == L.COSINE) {
      slack = f32x4.add(slack, ownError);
    } else if (metric == L.EUCLIDEAN) {
      slack = f32x4.add(slack, f32x4.mul(ownError, f32x4.sqrt(bv)));
      slack = f32x4.add(slack, f32x4.mul(f32x4.splat(ROUNDING), f32x4.add(base, bv)));
    } else {
      const lengths = f32x4.div(f32x4.splat(1), four(0, normOf(r0), normOf(r1), normOf(r2), normOf(r3)));
      slack = f32x4.add(slack, f32x4.mul(ownError, f32x4.add(lengths, originLength)));
    }
    // "Not above" instead of "at or below": where a bound is NaN, the row is compared.
    const above = <u32>i32x4.bitmask(f32x4.gt(f32x4.sub(estimate, slack), limit));
    kept = keepOf(rows, kept, i, n, ~above);
  }
  return kept;
}
