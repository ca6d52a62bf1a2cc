// @ts-check
// Made-up vectors in overlapping clusters, for runs that need no download: `--quick` and the tests.
import { normal, random } from '../base/random.mjs';
import { sharedFloats } from './split.mjs';

const ROWS_PER_CLUSTER = 100;
// Wide enough that neighbours reach into the next cluster; tight clusters make every graph look good.
const SPREAD = 0.7;

/**
 * @param {'cosine' | 'euclidean'} metric
 * @param {import('./datasets.mjs').Wanted} wanted
 * @param {{ name: string, dimension: number, rows: number }} kind
 * @returns {import('./datasets.mjs').Source}
 */
export function clusters(metric, wanted, { name, dimension, rows }) {
  const gauss = normal(random(wanted.seed));
  const rowCount = wanted.rows ?? rows;
  const centreCount = Math.max(1, Math.ceil(rowCount / ROWS_PER_CLUSTER));
  const centres = Float32Array.from({ length: centreCount * dimension }, gauss);
  const draw = (/** @type {number} */ count) => {
    const out = sharedFloats(count * dimension);
    for (let i = 0; i < out.length; i++) {
      const centre = Math.floor(i / dimension) % centreCount;
      out[i] = Number(centres[centre * dimension + (i % dimension)]) + SPREAD * gauss();
    }
    return out;
  };
  return {
    name,
    title: 'Clusters',
    metric,
    dimension,
    rows: draw(rowCount),
    queries: draw(wanted.queries),
  };
}
