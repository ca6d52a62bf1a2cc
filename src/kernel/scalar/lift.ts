/* By which distance rows are linked where the nearest is the one with the greatest dot product: see asm/lift.ts. */
import * as L from '../layout.js';
import { field, type Memory, normOf } from './memory.js';

const { fround, max, min, sqrt } = Math;

/** A number of the descriptor, as its place among words. */
const own = (offset: number): number => (L.DESC + offset) >>> 2;

const SPAN = 0.75;
/** Rows that the mean is of, about: the last ones. */
const RECENT = 1024;
/** A row counts as if its square was no more times the mean. */
const MOST = 4;

/** What a row lacks to the length M. */
function lackOf(m: Memory, row: number): number {
  const factor = m.f32[normOf(m, row) >>> 2]!;
  const square = factor === 0 ? 0 : fround(1 / fround(factor * factor));
  const origin = m.f32[own(L.D_ORIGIN_LENGTH)]!;
  const whole = fround(SPAN * fround(m.f32[own(L.D_MEAN_SQUARE)]! + fround(origin * origin)));
  return fround(sqrt(max(fround(whole - square), 0)));
}

/** Makes a query, prepared from a row, one for linking. */
export function lift(m: Memory, row: number, query: number): void {
  m.f32[(query + L.Q_LACK) >>> 2] = field(m, L.D_METRIC) === L.DOT ? lackOf(m, row) : 0;
}

/** The distance between lifted rows, from the negative product, where one of them lacks `lack`. */
export function lifted(m: Memory, lack: number, row: number, distance: number): number {
  return fround(distance - fround(lack * lackOf(m, row)));
}

/** Takes note of the length of a row, where the metric asks for that. */
export function noteLength(m: Memory, row: number): void {
  const factor = m.f32[normOf(m, row) >>> 2]!;
  if (field(m, L.D_METRIC) !== L.DOT || factor === 0) return;
  const length = fround(1 / factor);
  const measured = m.u32[own(L.D_MEASURED)]!;
  const mean = m.f32[own(L.D_MEAN_SQUARE)]!;
  const all = fround(length * length);
  const square = measured === 0 ? all : min(all, fround(MOST * mean));
  const count = min(measured + 1, RECENT);
  m.f32[own(L.D_MEAN_SQUARE)] = mean + fround(fround(square - mean) / count);
  m.u32[own(L.D_MEASURED)] = count;
  m.f32[own(L.D_LONGEST)] = max(m.f32[own(L.D_LONGEST)]!, length);
}
