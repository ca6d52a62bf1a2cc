/*
 * What a search may spend on a walk, as one number: the more, the more it finds. This is the knob that calibration learns
 * to set (calibration.ts); the only file that knows what becomes of it.
 *
 * From 0 on, it is the bound that ends the walk (kernel/asm/limit.ts). Below 0, where a bound of 0 finds more than is asked
 * for, the beam is narrowed as well, down to little more than `k` at -1.
 */

/** The beam width and the bound of a walk, as in Query. */
export interface WalkLimits {
  readonly ef: number;
  readonly bound: number;
}

/** Efforts that are measured, rising; those between are interpolated. */
export const EFFORTS: readonly number[] = [
  ...[-1, -0.75, -0.5, -0.25, 0, 0.02, 0.04, 0.06, 0.08, 0.1, 0.12, 0.14, 0.16, 0.18, 0.2, 0.22, 0.25, 0.3],
  ...[0.35, 0.4, 0.5, 0.7, 1, 2],
];

/** How wide a beam may get that a bound ends; and below which share of the live rows it stays, since a scan is faster then. */
const BEAM_MAX = 4_096;
const BEAM_SHARE = 0.5;
/** The narrowest beam: with room for the row that is hidden when recall is measured. */
const SPARE = 2;
/** The beam that a bound of 0 takes over from: twice `k`, and no less than this. */
const NARROW_FROM = 20;

/** `live`: of the collection. */
export function limitsFor(effort: number, k: number, live: number): WalkLimits {
  if (effort < 0) {
    const narrowest = k + SPARE;
    const from = Math.max(2 * k, NARROW_FROM);
    return { ef: Math.round(narrowest * (from / narrowest) ** (1 + effort)), bound: 0 };
  }
  const ef = Math.min(Math.max(BEAM_MAX, 4 * k), Math.floor(BEAM_SHARE * live));
  return { ef: Math.max(k, ef), bound: effort };
}
