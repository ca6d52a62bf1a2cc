/*
 * The origin of the codes, a mean of its rows: what is coded of a vector is the residual, what remains of it
 * (of its direction under cosine) when the origin is taken away.
 */
import * as L from '../layout.js';
import { dotWide } from './float.js';
import { field, type Memory, normOf, vectorOf } from './memory.js';
import { squaredNorm, WIDE_ABOVE } from './verdict.js';

const { fround, sqrt } = Math;

/** The origin is worth having from this share of the mean squared length on. */
const ORIGIN_SHARE = 0.5;

/** The vector, or its direction under cosine, less the origin; zero-padded like it. */
export function residual(m: Memory, v: number, norm2: number, x: number): void {
  const dimension = field(m, L.D_DIMENSION);
  const origin = field(m, L.D_ORIGIN);
  const unit = field(m, L.D_METRIC) === L.COSINE ? fround(1 / sqrt(norm2)) : 1;
  for (let i = 0; i < ((dimension + 3) & ~3); i++) {
    m.f32[(x >>> 2) + i] = fround(m.f32[(v >>> 2) + i]! * unit) - m.f32[(origin >>> 2) + i]!;
  }
}

/** What a residual adds to every distance: |x|² or -<x, o>. */
export function ownPart(m: Memory, x: number): number {
  const dimension = field(m, L.D_DIMENSION);
  if (field(m, L.D_METRIC) === L.EUCLIDEAN) return squaredNorm(m, x, dimension);
  return -dotWide(m, x, field(m, L.D_ORIGIN), dimension);
}

/**
 * Sets the origin to the mean of `sample` rows, evenly spread over the first `rows` (of their directions under
 * cosine), if that is most of what they are. Returns 1 if it was set; codes made before must be encoded again
 * then, and nobody may walk meanwhile.
 */
export function setOrigin(m: Memory, rows: number, sample: number): number {
  const dimension = field(m, L.D_DIMENSION);
  const origin = field(m, L.D_ORIGIN) >>> 2;
  const cosine = field(m, L.D_METRIC) === L.COSINE;
  const stride = Math.max(1, Math.floor(rows / sample));
  let energy = 0;
  let own = 0;
  for (let i = 0; i < dimension; i++) {
    let sum = 0;
    for (let j = 0; j < sample; j++) {
      const at = (vectorOf(m, j * stride) >>> 2) + i;
      const component = m.f32[at]!;
      if (!(Math.abs(component) <= WIDE_ABOVE)) continue;
      const value = cosine ? component * m.f32[normOf(m, j * stride) >>> 2]! : component;
      sum += value;
      energy += value * value;
    }
    const mean = sum / sample;
    own += mean * mean;
    m.f32[origin + i] = mean;
  }
  const worth = own >= ORIGIN_SHARE * (energy / sample);
  if (!worth) m.f32.fill(0, origin, origin + dimension);
  measureOrigin(m);
  return worth ? 1 : 0;
}

/** Works out what the origin, as it stands, adds to distances. */
export function measureOrigin(m: Memory): void {
  const metric = field(m, L.D_METRIC);
  const norm2 = squaredNorm(m, field(m, L.D_ORIGIN), field(m, L.D_DIMENSION));
  const base = metric === L.COSINE ? 1 - norm2 : metric === L.DOT ? -norm2 : 0;
  m.f32[(L.DESC + L.D_ORIGIN_BASE) >>> 2] = base;
  m.f32[(L.DESC + L.D_ORIGIN_LENGTH) >>> 2] = sqrt(norm2);
}
