// @ts-check
// No figure without proof: every answer of every measured pass is held against the rows themselves. An
// engine that returns a wrong id, a wrong distance or too few hits is out, however fast it was.
import { distance } from '../data/distance.mjs';

/**
 * @param {import('../engines/engines.mjs').Setup} setup
 * @param {Float32Array} query
 * @param {import('../engines/engines.mjs').Answer} answer
 * @param {number} tolerance
 */
export function checkAnswer(setup, query, { ids, distances }, tolerance) {
  const { metric, dimension, rows, rowCount, k } = setup;
  const wanted = Math.min(k, rowCount);
  if (ids.length !== wanted || distances.length !== wanted) {
    throw new Error(`${ids.length} hits and ${distances.length} scores instead of ${wanted}`);
  }
  if (new Set(ids).size !== wanted) throw new Error(`an id came twice: ${ids.join(' ')}`);
  let before = Number.NEGATIVE_INFINITY;
  for (let i = 0; i < wanted; i++) {
    const id = Number(ids[i]);
    const given = Number(distances[i]);
    if (!Number.isInteger(id) || id < 0 || id >= rowCount) throw new Error(`id ${id} was never inserted`);
    const exact = distance(metric, query, rows.subarray(id * dimension, (id + 1) * dimension));
    const allowed = tolerance * Math.max(1, exact);
    if (!(Math.abs(given - exact) <= allowed)) {
      throw new Error(`id ${id} at rank ${i}: distance ${given}, but it is ${exact} (allowed: ${allowed})`);
    }
    if (given < before - allowed)
      throw new Error(`rank ${i} is nearer than rank ${i - 1}: ${given} < ${before}`);
    before = given;
  }
}
