// @ts-check
// Silt's index as a user calls it: pairs of id and vector in, pairs of id and score out.
import { silt } from '../base/silt.mjs';
import { subarrays } from './rows.mjs';

const { HnswIndex, AsyncIndexBuilder } = await silt();

const REPORT_EVERY_MS = 500;

/** @typedef {[number | bigint, number][]} Hits */

/**
 * @param {import('./engines.mjs').Setup} setup
 * @returns {import('./engines.mjs').Engine<Hits>}
 */
export function create(setup) {
  const { dimension, metric, m, efConstruction, threads, seed, k } = setup;
  /** @type {import('../base/silt.mjs').Index} */
  let index;
  const queries = subarrays(setup.queries, dimension);
  const options = { ef: k };
  return {
    tolerance: 1e-5,
    async build(report) {
      index = new HnswIndex({ dimension, metric, m, efConstruction, threads, seed });
      // The linkers work on threads of their own; this one only looks at their counters.
      const builder = new AsyncIndexBuilder(index);
      const timer = setInterval(() => report(builder.progress.linked), REPORT_EVERY_MS);
      const startedAt = performance.now();
      await index.insertBatchParallel(pairs(setup.rows, dimension));
      const seconds = (performance.now() - startedAt) / 1000;
      clearInterval(timer);
      return seconds;
    },
    setEf(ef) {
      options.ef = ef;
    },
    search: (query) => index.search(/** @type {Float32Array} */ (queries[query]), k, options),
    read: (hits) => ({
      ids: hits.map(([id]) => Number(id)),
      distances: hits.map(([, score]) => (metric === 'cosine' ? 1 - score : score)),
    }),
    ownBytes: () => index.memoryBytes,
    close: () => index.close(),
  };
}

/**
 * @param {Float32Array} rows
 * @param {number} dimension
 * @returns {Iterable<[number, Float32Array]>}
 */
function* pairs(rows, dimension) {
  const count = rows.length / dimension;
  for (let id = 0; id < count; id++) yield [id, rows.subarray(id * dimension, (id + 1) * dimension)];
}
