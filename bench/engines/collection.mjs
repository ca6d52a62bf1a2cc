// @ts-check
// Silt as most use it: a collection, in memory here, that is asked for a recall. What it learns for that, it learns of its
// own rows before anything is timed; of queries, it has seen none then. From there on those that are measured are queries
// that were asked, as in any collection: what it learns of them moves a point along the curve, and never off it.
import { waitUntilLearned } from '../base/learned.mjs';
import { silt } from '../base/silt.mjs';
import { subarrays } from './rows.mjs';

const { open } = await silt();

const BATCH = 1000;

/** @typedef {import('../base/silt.mjs').Hit[]} Hits */

/**
 * @param {import('./engines.mjs').Setup} setup
 * @returns {import('./engines.mjs').Engine<Hits>}
 */
export function create(setup) {
  const { dimension, metric, rowCount, m, efConstruction, threads, seed, k } = setup;
  const rows = subarrays(setup.rows, dimension);
  const queries = subarrays(setup.queries, dimension);
  /** @type {import('../base/silt.mjs').Database} */
  let db;
  /** @type {import('../base/silt.mjs').Collection} */
  let collection;
  /** @type {{ k: number, recall?: number, ef?: number }} */
  let options = { k };
  const search = (/** @type {number} */ query) =>
    collection.search(/** @type {Float32Array} */ (queries[query]), options);
  return {
    tolerance: 1e-5,
    async build(report) {
      db = await open();
      const indexing = { threads };
      const config = { metric, dimension, hnsw: { m, efConstruction, seed }, indexing };
      const startedAt = performance.now();
      collection = await db.createCollection('rows', config);
      for (let from = 0; from < rowCount; from += BATCH) {
        const some = rows.slice(from, from + BATCH);
        await collection.upsert(some.map((vector, i) => ({ id: from + i, vector })));
        report(Math.min(rowCount, from + BATCH));
      }
      await collection.buildNow();
      return (performance.now() - startedAt) / 1000;
    },
    learn: (waitMs) => waitUntilLearned(collection, /** @type {Float32Array} */ (queries[0]), waitMs),
    setEf(ef) {
      options = { k, ef };
    },
    setRecall(recall) {
      options = recall === null ? { k } : { k, recall };
    },
    search,
    ask: search,
    read: (hits) => ({
      ids: hits.map(({ id }) => Number(id)),
      distances: hits.map(({ score }) => (metric === 'cosine' ? 1 - score : score)),
    }),
    ownBytes: () => collection.status().memoryBytes,
    close: () => db.close(),
  };
}
