// @ts-check
// zvec: each insert goes into its write-ahead log before it returns. The binding has no call and no setting that
// flushes: the log is written, and left to the operating system. Rows are found by exact scan until `optimize`,
// which is not part of this.
import { createRequire } from 'node:module';

const zvec = createRequire(import.meta.url)('@zvec/zvec');
let ready = false;

function initialize() {
  if (!ready) zvec.ZVecInitialize({ logLevel: zvec.ZVecLogLevel.ERROR });
  ready = true;
}

/**
 * @param {string} folder
 * @param {import('./writers.mjs').Setup} setup
 * @returns {import('./writers.mjs').Writer<object[]>}
 */
export function open(folder, { metric, dimension, m, efConstruction }) {
  initialize();
  const { ZVecIndexType: kind, ZVecMetricType: metrics, ZVecDataType: types } = zvec;
  const metricType = metric === 'cosine' ? metrics.COSINE : metrics.L2;
  const schema = new zvec.ZVecCollectionSchema({
    name: 'rows',
    vectors: {
      name: 'v',
      dataType: types.VECTOR_FP32,
      dimension,
      indexParams: { indexType: kind.HNSW, metricType, m, efConstruction },
    },
    fields: [
      { name: 'group', dataType: types.STRING },
      { name: 'rank', dataType: types.INT64 },
      { name: 'kept', dataType: types.BOOL },
    ],
  });
  const collection = zvec.ZVecCreateAndOpen(folder, schema, { enableMMAP: true });
  return {
    prepare: (points) =>
      points.map(({ id, vector, payload }) => ({ id, vectors: { v: vector }, fields: payload })),
    write(batch) {
      const statuses = collection.insertSync(batch);
      const failed = statuses.find((/** @type {{ ok: boolean }} */ status) => !status.ok);
      if (failed) throw new Error(`zvec refused a row: ${failed.message}`);
    },
    close: () => collection.closeSync(),
  };
}

/** @param {string} folder @returns {import('./writers.mjs').Reader} */
export function read(folder) {
  initialize();
  const collection = zvec.ZVecOpen(folder, { readOnly: true, enableMMAP: true });
  return {
    count: () => Number(collection.stats.docCount),
    get(id) {
      const document = collection.fetchSync(id)[id];
      if (document === undefined) return undefined;
      const { group, rank, kept } = document.fields;
      return { vector: Float32Array.from(document.vectors.v), payload: { group, rank: Number(rank), kept } };
    },
    close: () => collection.closeSync(),
  };
}
