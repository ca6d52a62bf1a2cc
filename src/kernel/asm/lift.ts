/*
 * By which distance rows are linked where the nearest is the one with the greatest dot product. By products alone all
 * rows link to the long ones: most are nobody's best, and no way leads to a row that a query asks for because it is short,
 * or points away. By euclidean distance the long rows, which most queries ask for, are far from all others.
 *
 * So rows are lifted by one dimension, in which each has what it lacks to the length M: among rows that are not longer
 * than M, the greatest product is then the least euclidean distance (Bachrach et al., RecSys 2014), half the square of
 * which is, but for M²,
 *     -<x, y> - s(x) s(y),   s(x) = sqrt(max(M² - |x|², 0))
 * Rows much shorter than M are linked as by euclidean distance, those that are longer by products alone. With M² = ¾ of the
 * mean square of lengths, few rows are short where lengths hardly differ, and nothing changes; where they differ much, most
 * are. With rows that lie to one side of zero, so that their codes have an origin, queries may look to the other side: then
 * M² is larger, by ¾ of the origin's square. docs/ARCHITECTURE.md has what else was tried.
 */
import * as L from '../layout';
import { field, normOf } from './memory';
import { distanceOf, keyOf } from './order';

const SPAN: f32 = 0.75;
/** Rows that the mean is of, about: the last ones, since lengths may change as rows come. */
const RECENT: u32 = 1024;
/** A row counts as if its square was no more times the mean: one that is very long among others says nothing of them. */
const MOST: f32 = 4;

/** What a row lacks to the length M. */
@inline function lackOf(row: u32): f32 {
  const factor = load<f32>(normOf(row));
  const square: f32 = factor == 0 ? 0 : <f32>1 / (factor * factor);
  const origin = load<f32>(L.DESC + L.D_ORIGIN_LENGTH);
  const whole: f32 = SPAN * (load<f32>(L.DESC + L.D_MEAN_SQUARE) + origin * origin);
  return sqrt<f32>(max<f32>(whole - square, 0));
}

/** Makes a query, prepared from a row, one for linking. */
export function lift(row: u32, query: u32): void {
  store<f32>(query, field(L.D_METRIC) == L.DOT ? lackOf(row) : 0, L.Q_LACK);
}

/** Turns the keys of negative products into those of distances to a row that lacks `own`. */
export function liftKeys(own: f32, n: u32, rows: u32, keys: u32): void {
  for (let i: u32 = 0; i < n; i++) {
    const at = keys + (i << 2);
    store<u32>(at, keyOf(distanceOf(load<u32>(at)) - own * lackOf(load<u32>(rows + (i << 2)))));
  }
}

/** Takes note of the length of a row, where the metric asks for that. */
export function noteLength(row: u32): void {
  const factor = load<f32>(normOf(row));
  if (field(L.D_METRIC) != L.DOT || factor == 0) return;
  const length: f32 = 1 / factor;
  const measured = load<u32>(L.DESC + L.D_MEASURED);
  const mean = load<f32>(L.DESC + L.D_MEAN_SQUARE);
  const square: f32 = measured == 0 ? length * length : min<f32>(length * length, MOST * mean);
  const count = min<u32>(measured + 1, RECENT);
  store<f32>(L.DESC + L.D_MEAN_SQUARE, mean + (square - mean) / <f32>count);
  store<u32>(L.DESC + L.D_MEASURED, count);
  if (length > load<f32>(L.DESC + L.D_LONGEST)) store<f32>(L.DESC + L.D_LONGEST, length);
}
