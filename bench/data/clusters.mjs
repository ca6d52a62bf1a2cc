// @ts-check
// Made-up vectors in overlapping clusters, for runs that need no download: `--quick` and the tests.
import { normal, random } from '../base/random.mjs';
import { sharedFloats } from './split.mjs';

const DIMENSION = 32;
const DEFAULT_ROWS = 20_000;
const ROWS_PER_CLUSTER = 100;
// Wide enough that neighbours reach into the next cluster; tight clusters make every graph look good.
const SPREAD = 0.7;

/**
 * @param {'cosine' | 'euclidean'} metric
 * @param {import('./datasets.mjs').Wanted} wanted
 * @returns {import('./datasets.mjs').Source}
 */
export function clusters(metric, wanted) {
  const gauss = normal(random(wanted.seed));
  const rowCount = wanted.rows ?? DEFAULT_ROWS;
  const centreCount = Math.max(1, Math.ceil(rowCount / ROWS_PER_CLUSTER));
  const centres = Float32Array.from({ length: centreCount * DIMENSION }, gauss);
  const draw = (/** @type {number} */ count) => {
    const out = sharedFloats(count * DIMENSION);
    for (let i = 0; i < out.length; i++) {
      const centre = Math.floor(i / DIMENSION) % centreCount;
      out[i] = Number(centres[centre * DIMENSION + (i % DIMENSION)]) + SPREAD * gauss();
    }
    return out;
  };
  const name = metric === 'cosine' ? 'clusters' : 'clusters-l2';
  return {
    name,
    title: 'Clusters',
    metric,
    dimension: DIMENSION,
    rows: draw(rowCount),
    queries: draw(wanted.queries),
  };
}
