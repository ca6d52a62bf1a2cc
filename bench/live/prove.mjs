// @ts-check
// The index that was searched while it grew must be a good one in the end, with every row in it.
import { distance } from '../data/distance.mjs';

const SAMPLE = 20;
const LEAST_RECALL = 0.8;

/** @typedef {[number | bigint, number][]} Found */

/**
 * @param {{ metric: 'cosine' | 'euclidean', k: number }} how
 * @param {Float32Array[]} rows
 * @param {Float32Array[]} queries
 * @param {(query: Float32Array) => Found | Promise<Found>} search row numbers and scores
 */
export async function proveLive({ metric, k }, rows, queries, search) {
  let right = 0;
  const sample = queries.slice(0, SAMPLE);
  for (const query of sample) {
    const exact = rows.map((row) => distance(metric, query, row));
    const farthest = Number([...exact].sort((a, b) => a - b)[k - 1]);
    const ids = new Set((await search(query)).map(([id]) => Number(id)));
    if (ids.size !== k) throw new Error(`${ids.size} different hits instead of ${k}`);
    for (const id of ids) if (Number(exact[id]) <= farthest) right++;
  }
  const recall = right / (sample.length * k);
  if (recall < LEAST_RECALL) throw new Error(`recall is ${recall} after the build, below ${LEAST_RECALL}`);
}
