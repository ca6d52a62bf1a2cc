// @ts-check
// Keyword search of each engine, BM25 with k1 1.2 and b 0.75 where it can be set. `stems`: English, as an engine does that by
// itself (for the quality of rankings); without: words as they are, the same for all.
import { createRequire } from 'node:module';
import { availableParallelism } from 'node:os';
import { silt } from '../base/silt.mjs';

const load = createRequire(import.meta.url);

/** @typedef {import('../ranked/child.mjs').Ranked} Ranked */
/** @typedef {import('../ranked/child.mjs').RankingEngine<string, string>} TextEngine */

/** @typedef {{ folder: string, stems: boolean }} Setup */

const BATCH = 1000;

/** @param {number} count */
function* batches(count, size = BATCH) {
  for (let first = 0; first < count; first += size) yield { first, end: Math.min(count, first + size) };
}

/** @param {() => unknown} work */
async function timed(work) {
  const began = performance.now();
  await work();
  return performance.now() - began;
}

/** @type {Record<string, (setup: Setup) => Promise<TextEngine>>} */
const open = {
  async silt({ stems }) {
    const { open } = await silt();
    const db = await open();
    const language = stems ? 'english' : 'none';
    const collection = await db.createCollection('texts', { text: { body: { path: 'body', language } } });
    return {
      async build(documents) {
        let ms = 0;
        for (const { first, end } of batches(documents.length)) {
          const points = documents.slice(first, end).map((body, i) => ({ id: first + i, payload: { body } }));
          ms += await timed(() => collection.upsert(points));
        }
        return ms + (await timed(() => collection.search({ text: 'w0' })));
      },
      search: async (text, k) =>
        (await collection.search({ text }, { k, withPayload: false })).map(({ id, score }) => [
          Number(id),
          score,
        ]),
      ownBytes: () => collection.status().memoryBytes,
      close: () => db.close(),
    };
  },

  async zvec({ folder, stems }) {
    const zvec = load('@zvec/zvec');
    zvec.ZVecInitialize({ logLevel: zvec.ZVecLogLevel.ERROR });
    const { ZVecDataType: types, ZVecIndexType: kinds, ZVecMetricType: metrics } = zvec;
    const tokenizer = stems
      ? { tokenizerName: 'standard', filters: ['lowercase', 'stemmer'] }
      : { tokenizerName: 'whitespace', filters: [] };
    const schema = new zvec.ZVecCollectionSchema({
      name: 'texts',
      // It wants a vector.
      vectors: {
        name: 'v',
        dataType: types.VECTOR_FP32,
        dimension: 2,
        indexParams: { indexType: kinds.FLAT, metricType: metrics.L2 },
      },
      fields: [{ name: 'body', dataType: types.STRING, indexParams: { indexType: kinds.FTS, ...tokenizer } }],
    });
    const collection = zvec.ZVecCreateAndOpen(folder, schema, {});
    return {
      async build(documents) {
        let ms = 0;
        for (const { first, end } of batches(documents.length)) {
          const rows = documents
            .slice(first, end)
            .map((body, i) => ({ id: String(first + i), vectors: { v: [0, 1] }, fields: { body } }));
          ms += await timed(() => {
            const failed = collection.insertSync(rows).find((/** @type {{ ok: boolean }} */ { ok }) => !ok);
            if (failed) throw new Error(`zvec refused a row: ${failed.message}`);
          });
        }
        return ms + (await timed(() => collection.optimizeSync({})));
      },
      search: (query, topk) =>
        collection
          .querySync({ fieldName: 'body', topk, fts: { matchString: query }, outputFields: [] })
          .map((/** @type {{ id: string, score: number }} */ { id, score }) => [Number(id), score]),
      close: () => collection.closeSync(),
    };
  },

  async lancedb({ folder, stems }) {
    // By default it keeps two cores free of its own work, and with one thread left for that an index of many texts waits for
    // itself without end (lancedb issue 3568).
    process.env.LANCE_CPU_THREADS ??= String(Math.max(2, availableParallelism()));
    const lance = load('@lancedb/lancedb');
    const db = await lance.connect(folder);
    /** @type {any} */
    let table;
    const words = stems
      ? { baseTokenizer: 'simple', stem: true, removeStopWords: true, lowercase: true }
      : { baseTokenizer: 'whitespace', stem: false, removeStopWords: false, lowercase: false };
    return {
      async build(documents) {
        let ms = 0;
        for (const { first, end } of batches(documents.length, 20_000)) {
          const rows = documents.slice(first, end).map((body, i) => ({ id: first + i, body }));
          ms += await timed(async () => {
            if (table) await table.add(rows);
            else table = await db.createTable('texts', rows);
          });
        }
        const config = lance.Index.fts({ withPosition: false, asciiFolding: false, ...words });
        return ms + (await timed(() => table.createIndex('body', { config })));
      },
      async search(query, k) {
        const found = table
          .query()
          .fullTextSearch(new lance.MatchQuery(query, 'body'))
          .select(['id', '_score']);
        /** @type {{ id: unknown, _score: number }[]} */
        const hits = await found.limit(k).toArray();
        return hits.map(({ id, _score }) => [Number(id), _score]);
      },
      close: () => table.close(),
    };
  },

  async minisearch({ stems }) {
    const MiniSearch = load('minisearch');
    const index = new MiniSearch({
      fields: ['body'],
      searchOptions: { combineWith: 'OR' },
      // It has no stems of its own.
      ...(!stems && {
        tokenize: (/** @type {string} */ text) => text.split(' '),
        processTerm: (/** @type {string} */ term) => term,
      }),
    });
    return {
      build: (documents) => timed(() => index.addAll(documents.map((body, id) => ({ id, body })))),
      search: (query, k) =>
        index
          .search(query)
          .slice(0, k)
          .map((/** @type {{ id: number, score: number }} */ { id, score }) => [id, score]),
      close() {},
    };
  },

  async orama({ stems }) {
    // A variable, because this folder is checked without its packages.
    const name = '@orama/orama';
    const orama = await import(name);
    const tokenizer = stems
      ? { language: 'english', stemming: false }
      : {
          language: 'english',
          normalizationCache: new Map(),
          tokenize: (/** @type {string} */ text) => text.split(' '),
        };
    const db = orama.create({
      schema: { body: 'string' },
      components: { tokenizer: /** @type {any} */ (tokenizer) },
    });
    return {
      build: (documents) =>
        timed(() => {
          for (const [i, body] of documents.entries()) orama.insert(db, { id: String(i), body });
        }),
      async search(term, limit) {
        const relevance = { k: 1.2, b: 0.75, d: 0 };
        const { hits } = await orama.search(db, {
          term,
          limit,
          threshold: 1,
          properties: ['body'],
          relevance,
        });
        return hits.map((/** @type {{ id: string, score: number }} */ { id, score }) => [Number(id), score]);
      },
      close() {},
    };
  },

  async fts5({ folder, stems }) {
    const Database = load('better-sqlite3');
    const db = new Database(`${folder}.sqlite`);
    db.exec('pragma journal_mode = wal');
    db.exec(`create virtual table texts using fts5(body${stems ? ", tokenize = 'porter unicode61'" : ''})`);
    const insert = db.prepare('insert into texts (rowid, body) values (?, ?)');
    const many = db.transaction((/** @type {string[]} */ some, /** @type {number} */ first) => {
      for (const [i, body] of some.entries()) insert.run(first + i + 1, body);
    });
    const select = db.prepare('select rowid, rank from texts where texts match ? order by rank limit ?');
    return {
      async build(documents) {
        let ms = 0;
        for (const { first, end } of batches(documents.length)) {
          const some = documents.slice(first, end);
          ms += await timed(() => many(some, first));
        }
        return ms + (await timed(() => db.exec("insert into texts (texts) values ('optimize')")));
      },
      search(query, k) {
        const any = (query.match(/[\p{L}\p{M}\p{N}]+/gu) ?? []).map((word) => `"${word}"`).join(' OR ');
        /** @type {{ rowid: number, rank: number }[]} */
        const rows = select.all(any, k);
        return rows.map(({ rowid, rank }) => [rowid - 1, -rank]);
      },
      close: () => db.close(),
    };
  },
};

export const textEngines = Object.keys(open);

/** @param {string} name @param {Setup} setup @returns {Promise<TextEngine>} */
export function openText(name, setup) {
  const make = open[name];
  if (!make) throw new RangeError(`no engine of texts '${name}'`);
  return make(setup);
}
