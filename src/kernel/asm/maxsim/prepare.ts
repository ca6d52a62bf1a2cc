/* The vectors of a point as they are compared: by cosine with the reciprocals of their lengths; sets of bits as 0 and 1. */
import { COSINE, HAMMING, JACCARD } from '../../layout';
import * as L from '../../maxsim-layout';

/** Squares of lengths beyond these are not what float32 computes with safely: such vectors are scaled to 1. */
const LEAST: f64 = 1e-60;
const MOST: f64 = 1e60;

export function prepare(metric: u32, vectors: u32): void {
  if (metric != COSINE && metric != HAMMING && metric != JACCARD) return;
  const dimension = load<u32>(L.DIMENSION);
  const numbers = load<u32>(L.NUMBERS);
  let at = load<u32>(L.POINT);
  for (let i: u32 = 0; i < vectors; i++, at += dimension << 2)
    store<f32>(numbers + (i << 2), metric == COSINE ? reciprocal(at, dimension) : setBits(at, dimension));
}

/** Four sums in float64, for components by their places, folded in one order. */
function squares(at: u32, dimension: u32): f64 {
  let low = f64x2.splat(0);
  let high = f64x2.splat(0);
  const whole = at + ((dimension & ~3) << 2);
  const end = at + (dimension << 2);
  for (; at < whole; at += 16) {
    const four = v128.load(at);
    const first = f64x2.promote_low_f32x4(four);
    const second = f64x2.promote_low_f32x4(v128.shuffle<f32>(four, four, 2, 3, 0, 1));
    low = f64x2.add(low, f64x2.mul(first, first));
    high = f64x2.add(high, f64x2.mul(second, second));
  }
  const both = f64x2.add(low, high);
  let sum = f64x2.extract_lane(both, 0) + f64x2.extract_lane(both, 1);
  for (; at < end; at += 4) sum += <f64>load<f32>(at) * <f64>load<f32>(at);
  return sum;
}

function reciprocal(at: u32, dimension: u32): f32 {
  const sum = squares(at, dimension);
  if (sum == 0) return 0;
  const length = sqrt(sum);
  if (sum > LEAST && sum < MOST) return <f32>(1 / length);
  const end = at + (dimension << 2);
  for (; at < end; at += 4) store<f32>(at, <f32>(<f64>load<f32>(at) / length));
  return 1;
}

/** Returns how many. */
function setBits(at: u32, dimension: u32): f32 {
  let count: f32 = 0;
  for (const end = at + (dimension << 2); at < end; at += 4) {
    const bit: f32 = load<f32>(at) > 0.5 ? 1 : 0;
    store<f32>(at, bit);
    count += bit;
  }
  return count;
}
