/*
 * One list from several. Points are told apart by their slots; of those that are equal in the end, the one written first
 * comes first. docs/QUERIES.md has the formulas.
 */
import { byScore, type List, type Scored } from './list.js';

/** Where a list has no deviation, and where it has one point alone, each point counts so much. */
const EVEN = 0.5;

/** What each list adds to its points: a number for each, by their places. */
type Shares = (list: List, weight: number) => readonly number[];

/** By ranks: 1 / ((place + 1) / weight + k - 1), places from 0 (Cormack, Clarke & Buettcher 2009, with Qdrant's weights). */
export function byRank(k: number): Shares {
  return ({ points }, weight) =>
    points.map((_, place) => (weight > 0 ? 1 / ((place + 1) / weight + k - 1) : 0));
}

/** Scores of which a greater one is better. */
function upwards({ points, higher }: List): number[] {
  return points.map(({ score }) => (higher ? score : -score));
}

/** By scores, scaled so that three deviations around the mean are 0 to 1 (distribution-based score fusion). */
export const byDeviation: Shares = (list, weight) => {
  const scores = upwards(list);
  // The mean of equal numbers may differ from them in its last bit.
  if (scores.every((x) => x === scores[0])) return scores.map(() => weight * EVEN);
  const mean = scores.reduce((sum, x) => sum + x, 0) / scores.length;
  const variance = scores.reduce((sum, x) => sum + (x - mean) ** 2, 0) / (scores.length - 1);
  const deviation = Math.sqrt(variance);
  return scores.map((x) => weight * ((x - mean + 3 * deviation) / (6 * deviation)));
};

/** By scores, scaled so that the worst is 0 and the best 1; all 1 where they are equal. */
export const byScale: Shares = (list, weight) => {
  const scores = upwards(list);
  const least = scores.reduce((a, b) => Math.min(a, b), Infinity);
  const width = scores.reduce((a, b) => Math.max(a, b), -Infinity) - least;
  return scores.map((x) => weight * (width > 0 ? (x - least) / width : 1));
};

export function fused(lists: readonly List[], shares: Shares, weights: readonly number[]): List {
  const sums = new Map<number, number>();
  for (const [i, list] of lists.entries()) {
    const added = shares(list, weights[i]!);
    const met = new Set<number>();
    for (const [place, { slot }] of list.points.entries()) {
      if (met.has(slot)) continue; // one of several values by which it is in order: the best place counts
      met.add(slot);
      sums.set(slot, (sums.get(slot) ?? 0) + added[place]!);
    }
  }
  const points: Scored[] = Array.from(sums, ([slot, score]) => ({ slot, score }));
  return { points: points.sort(byScore), higher: true };
}
