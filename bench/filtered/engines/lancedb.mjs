// @ts-check
// LanceDB: its documentation calls IVF_HNSW_SQ the best of recall and speed, with a partition for a million rows, but
// prefers IVF_PQ where many queries have filters, with one for 4,096. `lancedb` is the first, `lancedb-pq` the second. Of
// all words of GloVe, the first keeps recall .95 with every filter and is two to three times as fast with most; where a
// tenth of the rows match, all far from the query, it takes ten to twenty times as long. Columns of many values get a
// BTREE, those of few a BITMAP. Filters come before the search, its default; only the row number and the distance are
// asked for. It answers on threads of its own.
import { createRequire } from 'node:module';
import { payloadOf } from '../columns.mjs';
import { asSql, FIELDS } from '../filters.mjs';

const load = createRequire(import.meta.url);
const lancedb = load('@lancedb/lancedb');
const arrow = load('apache-arrow'); // comes with LanceDB

const BATCH = 50_000; // each `add` is a file; many small ones make it slow
const FEW_VALUES = ['cluster', 'category'];

/** @typedef {{ words: string, apply: (request: any) => void }} Effort */

/**
 * @typedef {object} Kind
 * @property {string} words
 * @property {(size: { count: number, dimension: number, m: number, efConstruction: number },
 *   distanceType: string) => object} config
 * @property {Effort[]} efforts
 */

/** @type {Record<string, Kind>} */
const KINDS = {
  hnsw: {
    words: 'IVF_HNSW_SQ',
    config: ({ count, m, efConstruction }, distanceType) =>
      lancedb.Index.hnswSq({ distanceType, numPartitions: Math.ceil(count / 1_048_576), m, efConstruction }),
    efforts: [15, 30, 50, 75, 100, 150, 200, 300, 500, 800].map((ef) => {
      // So many times k candidates are compared anew with the vectors themselves.
      const refine = ef < 50 ? 1 : ef < 300 ? 2 : 4;
      return { words: `ef ${ef}, refine ${refine}`, apply: (request) => request.ef(ef).refineFactor(refine) };
    }),
  },
  pq: {
    words: 'IVF_PQ',
    config: ({ count, dimension }, distanceType) =>
      lancedb.Index.ivfPq({
        distanceType,
        numPartitions: Math.max(1, Math.round(count / 4096)),
        numSubVectors: divisor(dimension, dimension / 8),
      }),
    efforts: [20, 40, 80].flatMap((nprobes) =>
      [2, 5, 10, 20].map((refine) => ({
        words: `nprobes ${nprobes} and more, refine ${refine}`,
        // No upper bound: it goes on where a filter leaves too few.
        apply: (request) => request.minimumNprobes(nprobes).maximumNprobes(0).refineFactor(refine),
      })),
    ),
  },
};

/** The least divisor that is not below `least`. @param {number} number @param {number} least */
function divisor(number, least) {
  let found = Math.ceil(least);
  while (number % found !== 0) found++;
  return found;
}

/**
 * @param {import('./engines.mjs').Setup} setup
 * @param {{ kind: string }} options
 * @returns {Promise<import('./engines.mjs').Engine<any, { id: number }[]>>}
 */
export async function open({ metric, dimension, m, efConstruction, k, folder }, options) {
  const db = await lancedb.connect(folder);
  const distanceType = metric === 'cosine' ? 'cosine' : 'l2';
  const { words, config, efforts } = /** @type {Kind} */ (KINDS[options.kind]);
  let effort = /** @type {Effort} */ (efforts[0]);
  /** @type {any} */
  let table;
  return {
    settings: `${words}; BTREE and BITMAP`,
    efforts: efforts.map((each) => each.words),
    setEffort(which) {
      effort = efforts[which] ?? effort;
    },
    async build(rows, columns, report) {
      const count = rows.length / dimension;
      for (let first = 0; first < count; first += BATCH) {
        const last = Math.min(count, first + BATCH);
        const batch = arrowTable(rows, columns, dimension, first, last);
        if (table) await table.add(batch);
        else table = await db.createTable('rows', batch);
        report(last);
      }
      const size = { count, dimension, m, efConstruction };
      await table.createIndex('vector', { config: config(size, distanceType) });
    },
    async index() {
      for (const field of Object.keys(FIELDS)) {
        const scalar = FEW_VALUES.includes(field) ? lancedb.Index.bitmap() : lancedb.Index.btree();
        await table.createIndex(field, { config: scalar });
      }
    },
    request(query, filter) {
      const request = table.query().nearestTo(query).distanceType(distanceType).limit(k);
      request.select(['id', '_distance']);
      effort.apply(request);
      return filter ? request.where(asSql(filter)) : request;
    },
    search: (request) => request.toArray(),
    rowsOf: (found) => found.map(({ id }) => id),
    close() {
      table?.close();
      db.close();
    },
  };
}

/**
 * @param {Float32Array} rows
 * @param {import('../columns.mjs').Columns} columns
 * @param {number} dimension
 * @param {number} first
 * @param {number} last
 */
function arrowTable(rows, columns, dimension, first, last) {
  const payloads = Array.from({ length: last - first }, (_, i) => payloadOf(columns, first + i));
  const type = new arrow.FixedSizeList(dimension, new arrow.Field('item', new arrow.Float32(), true));
  const child = arrow.makeData({
    type: new arrow.Float32(),
    data: rows.slice(first * dimension, last * dimension),
  });
  const vectors = arrow.makeData({ type, length: last - first, nullCount: 0, child });
  const integers = (/** @type {(payload: typeof payloads[0], i: number) => number} */ value) =>
    arrow.makeVector(Int32Array.from(payloads, value));
  const strings = (/** @type {(payload: typeof payloads[0]) => string} */ value) =>
    arrow.vectorFromArray(payloads.map(value), new arrow.Utf8());
  return new arrow.Table({
    id: integers((_, i) => first + i),
    vector: arrow.makeVector(vectors),
    word: strings(({ word }) => word),
    length: integers(({ length }) => length),
    initial: strings(({ initial }) => initial),
    rank: integers(({ rank }) => rank),
    cluster: integers(({ cluster }) => cluster),
    category: strings(({ category }) => category),
    random: arrow.makeVector(columns.random.slice(first, last)),
  });
}
