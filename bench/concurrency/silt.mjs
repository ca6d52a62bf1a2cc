// @ts-check
// A collection as a service has it: string ids, small payloads that come with the hits.
import { idOf, payloadOf } from '../base/points.mjs';
import { silt } from '../base/silt.mjs';
import { subarrays } from '../engines/rows.mjs';
import { asGrammar } from '../filtered/filters.mjs';
import { filterFrom } from './cases.mjs';

const FILL_BATCH = 1000;
/** A service's writes are smaller. */
const REWRITE_BATCH = 100;
/** The part of the rows that is written again. */
const REWRITTEN = 0.1;

/** @typedef {import('../base/silt.mjs').Hit[]} Hits */

/**
 * @param {import('./cases.mjs').Setup} setup
 * @param {import('./cases.mjs').Case} of
 * @returns {Promise<import('./cases.mjs').Engine>}
 */
export async function create(setup, { filtered = false, storage = 'memory' }) {
  const { metric, dimension, rowCount, m, efConstruction, threads, seed, k, scratch } = setup;
  const rows = subarrays(setup.rows, dimension);
  const queries = subarrays(setup.queries, dimension);
  const filters = Array.from(setup.bounds, (bound) => asGrammar(filterFrom(bound)));
  const rowOf = new Map(Array.from({ length: rowCount }, (_, row) => [idOf(row), row]));
  const { open } = await silt();
  const db = await open(scratch);
  const collection = await db.createCollection('rows', {
    ...{ metric, dimension, storage, hnsw: { m, efConstruction, seed } },
    indexing: { threads },
  });
  const points = (/** @type {number} */ from, /** @type {number} */ to) =>
    rows.slice(from, to).map((vector, i) => ({
      id: idOf(from + i),
      vector,
      payload: { ...payloadOf(from + i), random: Number(setup.column[from + i]) },
    }));
  const write = async (
    /** @type {number} */ end,
    /** @type {number} */ size,
    /** @type {(done: number) => void} */ report,
  ) => {
    for (let from = 0; from < end; from += size) {
      await collection.upsert(points(from, Math.min(end, from + size)));
      report(Math.min(end, from + size));
    }
    await collection.buildNow();
    return end;
  };
  let ef = k;
  const options = (/** @type {number} */ query) =>
    filtered ? { k, ef, filter: /** @type {object} */ (filters[query]) } : { k, ef };
  const ask = (/** @type {number} */ query) =>
    collection.search(/** @type {Float32Array} */ (queries[query]), options(query));
  return {
    tolerance: 1e-5,
    async build(report) {
      const startedAt = performance.now();
      await write(rowCount, FILL_BATCH, report);
      if (filtered) await collection.createPayloadIndex('random', 'float');
      return (performance.now() - startedAt) / 1000;
    },
    setEf(value) {
      ef = value;
    },
    search: ask,
    ask,
    // One filter holds for all queries of a batch: that of the first.
    together: (first, count) => collection.searchBatch(queries.slice(first, first + count), options(0)),
    rewrite: () => write(Math.floor(rowCount * REWRITTEN), REWRITE_BATCH, () => {}),
    read: (/** @type {Hits} */ hits) => ({
      ids: hits.map(({ id }) => rowOf.get(String(id)) ?? -1),
      distances: hits.map(({ score }) => (metric === 'cosine' ? 1 - score : score)),
    }),
    close: () => db.close(),
  };
}
