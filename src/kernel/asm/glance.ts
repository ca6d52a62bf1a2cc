/*
 * A first look at codes of many dimensions.
 *
 * After the random rotation, every part of the difference between two vectors carries its share of the squared
 * distance: the first P of D components show P/D of it, with a relative standard deviation of about
 * sqrt(2/P (1 - P/D)) (the idea of ADSampling: Gao & Long, SIGMOD 2023). Where that share alone puts a row well
 * behind the worst of a full beam, the rest of its code is neither fetched nor compared. Squared euclidean
 * distance, and 1 - cos, which is half of it on the unit sphere.
 */
import * as L from '../layout';
import { dotsOf, four } from './distance';
import { codesOfFour, field } from './memory';
import { squaredNorm } from './verdict';
import { distanceOf, fillUp, keepOf } from './order';

/** About 2.2 standard deviations at 192 of 784 components. */
const MARGIN: f32 = 1.2;

/** Numbers of a query for the first look; `r` is its rotated residual, rounded to `scale` × r in steps of `step`. */
export function prepareGlance(query: u32, r: u32, step: f32, scale: f32): void {
  const dimensions = field(L.D_GLANCE) << 1;
  const share = <f32>dimensions / <f32>field(L.D_DIMENSION);
  let sum: i32 = 0;
  for (let i: u32 = 0; i < dimensions; i++) sum += <i32>nearest(load<f32>(r + (i << 2)) * scale);
  const at = query + L.Q_GLANCE;
  store<f32>(at, <f32>squaredNorm(r, dimensions));
  store<f32>(at, 2 * step, 4);
  store<f32>(at, 7.5 * <f32>sum, 8);
  store<f32>(at, (field(L.D_METRIC) == L.COSINE ? 2 : 1) * MARGIN * share, 12);
}

/** Leaves the rows that the first look does not put behind `worst` (a key). Returns how many. */
export function glance(query: u32, n: u32, rows: u32, worst: u32): u32 {
  const bytes = field(L.D_GLANCE);
  const at = query + L.Q_GLANCE;
  const own = v128.load_splat<f32>(at);
  const factor = v128.load_splat<f32>(at + 4);
  const offset = v128.load_splat<f32>(at + 8);
  const limit = f32x4.splat(distanceOf(worst) * load<f32>(at + 12));
  fillUp(rows, n);
  let kept: u32 = 0;
  for (let i: u32 = 0; i < n; i += 4) {
    const codes = codesOfFour(rows + (i << 2));
    const a = <u32>i32x4.extract_lane(codes, 0);
    const b = <u32>i32x4.extract_lane(codes, 1);
    const c = <u32>i32x4.extract_lane(codes, 2);
    const d = <u32>i32x4.extract_lane(codes, 3);
    const dots = dotsOf(query + L.Q_DATA, bytes, a, b, c, d, true);
    const vs = four(0, a, b, c, d);
    const part = four(L.T_GLANCE, a, b, c, d);
    const seen = f32x4.sub(f32x4.add(own, part), f32x4.mul(factor, f32x4.mul(vs, f32x4.sub(dots, offset))));
    kept = keepOf(rows, kept, i, n, <u32>i32x4.bitmask(f32x4.le(seen, limit)));
  }
  return kept;
}
