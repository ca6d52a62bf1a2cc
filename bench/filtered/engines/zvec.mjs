// @ts-check
// zvec: an inverted index on each field that filters ask for, with its range optimization (the default). Where at most
// a tenth of the rows match it compares all of them, where nine tenths do it tests rows as it walks: its defaults,
// `bruteForceByKeysRatio` and `invertToForwardScanRatio`. It answers on the calling thread, which is its fastest way.
import { createRequire } from 'node:module';
import { payloadOf } from '../columns.mjs';
import { asSql, FIELDS } from '../filters.mjs';

const zvec = createRequire(import.meta.url)('@zvec/zvec');

const BATCH = 1000; // the binding refuses more than 1,024
const EFS = [32, 48, 64, 96, 128, 192, 256, 384, 512, 768];

/**
 * @param {import('./engines.mjs').Setup} setup
 * @returns {import('./engines.mjs').Engine<object, { id: string }[]>}
 */
export function open({ metric, dimension, m, efConstruction, threads, k, folder }) {
  const { ZVecIndexType: kind, ZVecMetricType: metrics, ZVecDataType: types } = zvec;
  zvec.ZVecInitialize({ logLevel: zvec.ZVecLogLevel.ERROR, optimizeThreads: threads });
  const metricType = metric === 'cosine' ? metrics.COSINE : metrics.L2;
  const indexParams = { indexType: kind.INVERT };
  const dataTypes = { float: types.DOUBLE, integer: types.INT64, keyword: types.STRING };
  const schema = new zvec.ZVecCollectionSchema({
    name: 'rows',
    vectors: {
      name: 'v',
      dataType: types.VECTOR_FP32,
      dimension,
      indexParams: { indexType: kind.HNSW, metricType, m, efConstruction },
    },
    fields: [
      { name: 'word', dataType: types.STRING },
      { name: 'length', dataType: types.INT64 },
      { name: 'initial', dataType: types.STRING },
      ...Object.entries(FIELDS).map(([name, type]) => ({ name, dataType: dataTypes[type], indexParams })),
    ],
  });
  let collection = zvec.ZVecCreateAndOpen(folder, schema, { enableMMAP: true });
  const params = { indexType: kind.HNSW, ef: EFS[0] };
  return {
    settings: `HNSW, m ${m}, efConstruction ${efConstruction}; inverted indexes`,
    efforts: EFS.map((ef) => `ef ${ef}`),
    setEffort(effort) {
      params.ef = EFS[effort];
    },
    async build(rows, columns, report) {
      const count = rows.length / dimension;
      for (let first = 0; first < count; first += BATCH) {
        const documents = Array.from({ length: Math.min(BATCH, count - first) }, (_, i) => {
          const v = rows.subarray((first + i) * dimension, (first + i + 1) * dimension);
          return { id: String(first + i), vectors: { v }, fields: payloadOf(columns, first + i) };
        });
        const statuses = collection.insertSync(documents);
        const failed = statuses.find((/** @type {{ ok: boolean }} */ status) => !status.ok);
        if (failed) throw new Error(`zvec refused a row: ${failed.message}`);
        report(first + documents.length);
      }
      collection.optimizeSync({ concurrency: threads });
      collection.closeSync();
      collection = zvec.ZVecOpen(folder, { readOnly: true, enableMMAP: true });
    },
    async index() {
      // Part of its schema, and built with the rows.
    },
    request: (query, filter) => ({
      ...{ fieldName: 'v', topk: k, vector: query, outputFields: [], params },
      ...(filter && { filter: asSql(filter) }),
    }),
    search: (request) => collection.querySync(request),
    rowsOf: (documents) => documents.map(({ id }) => Number(id)),
    close: () => collection.closeSync(),
  };
}
