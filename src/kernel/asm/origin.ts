/* The origin of an arena's codes, and residuals from it: see encode.ts. */
import * as L from '../layout';
import { dotWide } from './float';
import { field, normOf, vectorOf } from './memory';
import { squaredNorm, WIDE_ABOVE } from './verdict';

/** The vector, or its direction under cosine, less the origin. */
export function residual(v: u32, norm2: f64, x: u32): void {
  const origin = field(L.D_ORIGIN);
  const unit: f64 = field(L.D_METRIC) == L.COSINE ? 1 / Math.sqrt(norm2) : 1;
  const units = f32x4.splat(<f32>unit);
  for (let i: u32 = 0, bytes = field(L.D_DIMENSION) << 2; i < bytes; i += 16) {
    v128.store(x + i, f32x4.sub(f32x4.mul(v128.load(v + i), units), v128.load(origin + i)));
  }
}

/** What a residual adds to every distance: |x|² or -<x, o>. */
export function ownPart(x: u32): f64 {
  const dimension = field(L.D_DIMENSION);
  return field(L.D_METRIC) == L.EUCLIDEAN ? squaredNorm(x, dimension) : -dotWide(x, field(L.D_ORIGIN), dimension);
}


/** The origin is worth having from this share of the mean squared length on. */
const ORIGIN_SHARE: f64 = 0.5;

/**
 * Sets the origin to the mean of `sample` rows, evenly spread over the first `rows` (of their directions under
 * cosine), if that is most of what they are: later rows need not be like them, and an origin that does not fit
 * costs precision. Returns 1 if it was set; codes made before must be encoded again then, and nobody may walk
 * meanwhile.
 */
export function setOrigin(rows: u32, sample: u32): u32 {
  const dimension = field(L.D_DIMENSION);
  const origin = field(L.D_ORIGIN);
  const cosine = field(L.D_METRIC) == L.COSINE;
  const stride = max<u32>(1, rows / sample);
  let energy: f64 = 0;
  let own: f64 = 0;
  for (let i: u32 = 0; i < dimension; i++) {
    let sum: f64 = 0;
    for (let j: u32 = 0; j < sample; j++) {
      const row = j * stride;
      const component = load<f32>(vectorOf(row) + (i << 2));
      if (!(abs(component) <= WIDE_ABOVE)) continue;
      const value: f64 = cosine ? <f64>component * <f64>load<f32>(normOf(row)) : <f64>component;
      sum += value;
      energy += value * value;
    }
    const mean = sum / <f64>sample;
    own += mean * mean;
    store<f32>(origin + (i << 2), <f32>mean);
  }
  const worth = own >= ORIGIN_SHARE * (energy / <f64>sample);
  if (!worth) memory.fill(origin, 0, dimension << 2);
  measureOrigin();
  return worth ? 1 : 0;
}

/** Works out what the origin, as it stands, adds to distances. */
export function measureOrigin(): void {
  const metric = field(L.D_METRIC);
  const origin = field(L.D_ORIGIN);
  const dimension = field(L.D_DIMENSION);
  const norm2 = squaredNorm(origin, dimension);
  const base = metric == L.COSINE ? 1 - norm2 : metric == L.DOT ? -norm2 : 0;
  store<f32>(L.DESC + L.D_ORIGIN_BASE, <f32>base);
  store<f32>(L.DESC + L.D_ORIGIN_LENGTH, <f32>Math.sqrt(norm2));
}
