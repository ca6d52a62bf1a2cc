// @ts-check
// recall@k, ties counted fairly: a hit is right when it is no farther than the true k-th neighbour.
import { WIDE } from '../data/truth.mjs';

/**
 * @param {import('../data/truth.mjs').Truth} truth
 * @param {number} query
 * @param {number[]} ids
 * @param {number} k
 * @returns {number} how many of the k are right
 */
export function rightOnes(truth, query, ids, k) {
  const base = query * WIDE;
  const farthest = Number(truth.distances[base + k - 1]);
  let right = 0;
  for (let i = 0; i < WIDE && Number(truth.distances[base + i]) <= farthest; i++) {
    if (ids.includes(Number(truth.ids[base + i]))) right++;
  }
  return Math.min(right, k);
}
