/*
 * What a search may spend on a walk, as one number: the more, the more it finds. This is the knob that calibration learns
 * to set (calibration.ts); the only file that knows what becomes of it.
 *
 * Effort sets how wide the beam may get, and with it the bound that ends the walk before (kernel/asm/beam.ts): the one at which
 * the beam of most queries is not full. So easy queries end at the bound, and the hardest at the beam, so that
 * the slowest tenth takes about as long as with a fixed beam that finds as much (up to 13 % longer: docs/ARCHITECTURE.md): with a
 * beam as wide as there is room for, it took half as much again.
 */

/** The beam width and the bound of a walk, as in Query. */
export interface WalkLimits {
  readonly ef: number;
  readonly bound: number;
}

/** Efforts that are measured, rising; those between are interpolated. Each is so many octaves above the narrowest beam. */
export const EFFORTS: readonly number[] = [
  ...[0, 0.25, 0.5, 0.75, 1, 1.5, 2, 2.5, 3, 3.5, 4, 4.5, 5, 5.5, 6, 6.5, 7, 7.5, 8, 9, 10, 11, 13, 16],
];

/** How wide a beam may get; and below which share of the live rows it stays, since a scan is faster then. */
const BEAM_MAX = 4_096;
const BEAM_SHARE = 0.5;
/** The narrowest beam: with room for the row that is hidden when recall is measured. */
const SPARE = 2;

/** Bounds are on the k-th best, and not below this one: the first few are too far apart. */
const RANK_MIN = 10;

/** Which of the best rows a bound on the walk for the `k` nearest is on. */
export function rankOf(k: number): number {
  return Math.max(RANK_MIN, k);
}

/**
 * Beams have room for whole rows: so the width is that of a measured effort, and between two of them it rises by equal factors,
 * from one whole number to the next. What is promised there is not more than a beam finds that is cut up to the next row.
 */
function widthAt(effort: number, k: number): number {
  const widthOf = (measured: number): number => Math.round((k + SPARE) * 2 ** measured);
  const above = EFFORTS.findIndex((measured) => measured >= effort);
  if (above < 0) return (k + SPARE) * 2 ** effort;
  if (EFFORTS[above] === effort) return widthOf(effort);
  const [from, to] = [EFFORTS[above - 1]!, EFFORTS[above]!];
  const narrow = widthOf(from);
  return narrow * (widthOf(to) / narrow) ** ((effort - from) / (to - from));
}

/** `live`: of the collection; `growth`: see growth.ts. */
export function limitsFor(effort: number, k: number, live: number, growth: number): WalkLimits {
  const width = (k + SPARE) * 2 ** effort;
  const most = Math.min(Math.max(BEAM_MAX, 4 * k), Math.floor(BEAM_SHARE * live));
  // Where there is no room for a wider beam, the bound still moves away.
  const farther = Math.max(1, width / rankOf(k)) ** (1 / growth);
  return { ef: Math.max(k, Math.min(most, Math.ceil(widthAt(effort, k)))), bound: farther - 1 };
}
