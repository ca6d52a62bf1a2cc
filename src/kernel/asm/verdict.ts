/* What a vector is, before anything is done with it: finite, zero, or beyond float32 arithmetic. */
import * as L from '../layout';

/** Beyond these magnitudes the squares of 65,536 components could leave float32. */
export const WIDE_ABOVE: f32 = 18014398509481984; // 2^54
const WIDE_BELOW: f32 = 9.094947017729282e-13; // 2^-40

/** 2^-100: a residual no larger than this is coded as none, since its scale would leave float32. */
export const TINY: f32 = 7.888609052210118e-31;

/** Largest magnitude of a component. */
export function largest(v: u32, length: u32): f32 {
  let max = f32x4.splat(0);
  const narrow = v + ((length & ~3) << 2);
  const end = v + (length << 2);
  for (; v < narrow; v += 16) max = f32x4.max(max, f32x4.abs(v128.load(v)));
  max = f32x4.max(max, v128.shuffle<f32>(max, max, 2, 3, 0, 1));
  let most = max_(f32x4.extract_lane(max, 0), f32x4.extract_lane(max, 1));
  for (; v < end; v += 4) most = max_(most, abs(load<f32>(v)));
  return most;
}

@inline function max_(a: f32, b: f32): f32 {
  return a < b ? b : a;
}

/** Sum of squares in float64: finite exactly when every component is. */
export function squaredNorm(v: u32, length: u32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const narrow = v + ((length & ~3) << 2);
  const end = v + (length << 2);
  for (; v < narrow; v += 16) {
    const x = v128.load(v);
    const a = f64x2.promote_low_f32x4(x);
    const b = f64x2.promote_low_f32x4(v128.shuffle<f32>(x, x, 2, 3, 0, 1));
    low = f64x2.add(low, f64x2.mul(a, a));
    high = f64x2.add(high, f64x2.mul(b, b));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; v < end; v += 4) sum += <f64>load<f32>(v) * <f64>load<f32>(v);
  return sum;
}

/** One of VECTOR_*, from the largest magnitude and the squared length. */
export function verdict(max: f32, norm2: f64): u32 {
  if (!(norm2 < Infinity)) return L.VECTOR_NOT_FINITE;
  if (max == 0) return L.VECTOR_ZERO;
  return max > WIDE_ABOVE || max < WIDE_BELOW ? L.VECTOR_WIDE : L.VECTOR_OK;
}
