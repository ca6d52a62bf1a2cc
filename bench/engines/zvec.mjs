// @ts-check
// zvec: a database, not a bare index. Rows are inserted as documents, then `optimize` builds the graph;
// both are timed. Opened again for reading it searches a few per cent faster, so that is what it does.
//
// About m: its typings call it "bi-directional links created for every new element", and the header of the
// index file of an m = 16 build says 32 neighbours on level 0, 16 above. So m means here what M means
// for hnswlib and usearch, and the same value is the fair one. `zvec-2m` has twice that.
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { subarrays } from './rows.mjs';

const zvec = createRequire(import.meta.url)('@zvec/zvec');

const BATCH = 1000; // documents per insert; the binding refuses more than 1,024

/** @typedef {{ id: string, score: number }[]} Raw */

/**
 * @param {import('./engines.mjs').Setup} setup
 * @param {{ mFactor: number }} options
 * @returns {import('./engines.mjs').Engine<Raw>}
 */
export function create(setup, { mFactor }) {
  const { dimension, metric, rows, rowCount, m, efConstruction, threads, k, scratch } = setup;
  const { ZVecIndexType: kind, ZVecMetricType: metrics, ZVecDataType: types } = zvec;
  const queryThreads = setup.searchThreads ?? 1;
  zvec.ZVecInitialize({ logLevel: zvec.ZVecLogLevel.ERROR, queryThreads, optimizeThreads: threads });
  const vector = {
    name: 'v',
    dataType: types.VECTOR_FP32,
    dimension,
    indexParams: {
      indexType: kind.HNSW,
      metricType: metric === 'cosine' ? metrics.COSINE : metrics.L2,
      m: m * mFactor,
      efConstruction,
    },
  };
  // Its default, memory-mapped files, builds and searches about twice as fast as the alternative.
  const schema = new zvec.ZVecCollectionSchema({ name: 'bench', vectors: vector });
  /** @type {any} */
  let collection;
  const params = { indexType: kind.HNSW, ef: k };
  const queries = subarrays(setup.queries, dimension).map((query) => ({
    fieldName: 'v',
    topk: k,
    vector: query,
    outputFields: [],
    params,
  }));
  return {
    tolerance: 1e-4,
    async build(report) {
      collection = zvec.ZVecCreateAndOpen(scratch, schema, { enableMMAP: true });
      let milliseconds = 0;
      for (let first = 0; first < rowCount; first += BATCH) {
        const last = Math.min(rowCount, first + BATCH);
        const documents = subarrays(rows.subarray(first * dimension, last * dimension), dimension).map(
          (row, i) => ({
            id: String(first + i),
            vectors: { v: row },
          }),
        );
        const startedAt = performance.now();
        const statuses = collection.insertSync(documents);
        milliseconds += performance.now() - startedAt;
        const failed = statuses.find((/** @type {{ ok: boolean }} */ status) => !status.ok);
        if (failed) throw new Error(`zvec refused a row: ${failed.message}`);
      }
      report(0); // nothing is linked yet; optimize does not tell how far it is
      const startedAt = performance.now();
      collection.optimizeSync({ concurrency: threads });
      milliseconds += performance.now() - startedAt;
      collection.closeSync();
      collection = zvec.ZVecOpen(scratch, { readOnly: true, enableMMAP: true });
      return milliseconds / 1000;
    },
    setEf(ef) {
      params.ef = ef;
    },
    search: (query) => collection.querySync(queries[query]),
    ask: (query) => collection.query(queries[query]),
    read: (documents) => ({
      ids: documents.map(({ id }) => Number(id)),
      // Its score is a distance; L2 is the square.
      distances: documents.map(({ score }) => (metric === 'cosine' ? score : Math.sqrt(Math.max(0, score)))),
    }),
    close() {
      collection.closeSync();
      rmSync(scratch, { recursive: true, force: true });
    },
  };
}
