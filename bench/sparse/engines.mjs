// @ts-check
// Dot products of sparse vectors, best ten, of each engine that has them.
import { createRequire } from 'node:module';
import { silt } from '../base/silt.mjs';

const load = createRequire(import.meta.url);

/** @typedef {import('./vectors.mjs').Sparse} Sparse */
/** @typedef {import('../ranked/child.mjs').RankingEngine<Sparse, Sparse>} SparseEngine */

const BATCH = 1000;

/** @type {Record<string, (folder: string) => Promise<SparseEngine>>} */
const open = {
  async silt() {
    const { open } = await silt();
    const db = await open();
    const collection = await db.createCollection('vectors', { sparse: { words: {} } });
    return {
      async build(documents) {
        let ms = 0;
        for (let first = 0; first < documents.length; first += BATCH) {
          const points = documents
            .slice(first, first + BATCH)
            .map((words, i) => ({ id: first + i, vector: { words } }));
          const began = performance.now();
          await collection.upsert(points);
          ms += performance.now() - began;
        }
        const began = performance.now();
        await collection.search(/** @type {Sparse} */ (documents[0]));
        return ms + performance.now() - began;
      },
      search: async (query, k) =>
        (await collection.search(query, { k, withPayload: false })).map(({ id, score }) => [
          Number(id),
          score,
        ]),
      ownBytes: () => collection.status().memoryBytes,
      close: () => db.close(),
    };
  },
  zvec: (folder) => zvec(folder, 'FLAT'),
  'zvec-hnsw': (folder) => zvec(folder, 'HNSW'),
};

/** @param {string} folder @param {'FLAT' | 'HNSW'} kind @returns {Promise<SparseEngine>} */
async function zvec(folder, kind) {
  const zvec = load('@zvec/zvec');
  zvec.ZVecInitialize({ logLevel: zvec.ZVecLogLevel.ERROR });
  const { ZVecDataType: types, ZVecIndexType: kinds, ZVecMetricType: metrics } = zvec;
  const schema = new zvec.ZVecCollectionSchema({
    name: 'vectors',
    vectors: {
      name: 'words',
      dataType: types.SPARSE_VECTOR_FP32,
      indexParams: { indexType: kinds[kind], metricType: metrics.IP },
    },
  });
  const collection = zvec.ZVecCreateAndOpen(folder, schema, {});
  /** @param {Sparse} vector */
  const asObject = ({ indices, values }) =>
    Object.fromEntries(Array.from(indices, (index, i) => [index, Number(values[i])]));
  return {
    async build(documents) {
      let ms = 0;
      for (let first = 0; first < documents.length; first += BATCH) {
        const rows = documents
          .slice(first, first + BATCH)
          .map((vector, i) => ({ id: String(first + i), vectors: { words: asObject(vector) } }));
        const began = performance.now();
        const failed = collection.insertSync(rows).find((/** @type {{ ok: boolean }} */ { ok }) => !ok);
        ms += performance.now() - began;
        if (failed) throw new Error(`zvec refused a row: ${failed.message}`);
      }
      const began = performance.now();
      collection.optimizeSync({});
      return ms + performance.now() - began;
    },
    search: (query, topk) =>
      collection
        .querySync({ fieldName: 'words', topk, vector: asObject(query), outputFields: [] })
        .map((/** @type {{ id: string, score: number }} */ { id, score }) => [Number(id), score]),
    close: () => collection.closeSync(),
  };
}

/** @param {string} name @param {string} folder @returns {Promise<SparseEngine>} */
export function openSparse(name, folder) {
  const make = open[name];
  if (!make) throw new RangeError(`no engine of sparse vectors '${name}'`);
  return make(folder);
}
