// @ts-check
// The process of one engine: it builds, then answers. Queries without a filter are asked in between those with one,
// so that whatever else the machine does meets both.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { waitUntilLearned } from '../base/learned.mjs';
import { progress } from '../base/progress.mjs';
import { subarrays } from '../engines/rows.mjs';
import { churn } from './churn.mjs';
import { openFilterEngine } from './engines/engines.mjs';

/** @typedef {import('./filters.mjs').Filter} Filter */
/** @typedef {{ query: number, filter: Filter }} Ask */
/** @typedef {{ rows: string, queries: string, word: string, rank: string, cluster: string, category: string,
 *   random: string }} Files */
/** @typedef {{ name: string, setup: import('./engines/engines.mjs').Setup, files: Files }} Job */

/** @type {import('./engines/engines.mjs').Engine & Partial<import('./engines/silt.mjs').SiltEngine>} */
let engine;
/** @type {import('./engines/engines.mjs').Setup} */
let setup;
/** @type {Float32Array[]} */
let queries;
/** @type {Float32Array} */
let rows;
/** @type {import('./columns.mjs').Columns} */
let columns;

serve({
  async build(/** @type {Job} */ job) {
    setup = job.setup;
    rows = new Float32Array(readBuffer(job.files.rows));
    queries = subarrays(new Float32Array(readBuffer(job.files.queries)), setup.dimension);
    columns = readColumns(job.files);
    engine = await openFilterEngine(job.name, setup);
    const count = rows.length / setup.dimension;
    const startedAt = performance.now();
    await engine.build(rows, columns, (done) => progress(`${job.name}, rows`, done, count, startedAt));
    const { settings, efforts } = engine;
    return { seconds: (performance.now() - startedAt) / 1000, settings, efforts };
  },

  async index() {
    const startedAt = performance.now();
    await engine.index();
    return (performance.now() - startedAt) / 1000;
  },

  /** Silt learns by itself how far a search must go, behind the build. */
  async learn(/** @type {{ waitMs: number }} */ { waitMs }) {
    return waitUntilLearned(collectionOf(), /** @type {Float32Array} */ (queries[0]), waitMs);
  },

  /** Answers without a filter, at one effort, which stays. */
  async plain(/** @type {{ effort: number, queries: number[] }} */ { effort, queries: which }) {
    engine.setEffort(effort);
    const found = [];
    for (const query of which) found.push(engine.rowsOf(await engine.search(requestOf(query, null))));
    return found;
  },

  async cell(/** @type {{ warm: Ask[], asks: Ask[] }} */ { warm, asks }) {
    await answers(warm);
    const { first, ...measured } = await answers(asks);
    return { ...measured, plan: await engine.plan?.(first), count: (await engine.count?.(first)) ?? null };
  },

  async churn(/** @type {{ random: string, deleted: string, seed: number }} */ { random, deleted, seed }) {
    columns = { ...columns, random: new Float64Array(readBuffer(random)) };
    const gone = new Uint8Array(readBuffer(deleted));
    return churn(collectionOf(), { rows, columns, gone, seed, dimension: setup.dimension });
  },

  async compact() {
    const collection = collectionOf();
    const { seconds } = await collection.compact();
    return { seconds, masked: collection.status().masked };
  },

  close: () => engine.close(),
});

/**
 * @param {Ask[]} asks
 * @returns {Promise<import('./judge.mjs').Answers & { first: any }>}
 */
async function answers(asks) {
  const requests = asks.map(({ query, filter }) => requestOf(query, filter));
  // Another query each time: its rows must not be in the cache because the one before had just asked for them.
  const plain = asks.map((_, i) =>
    requestOf(Number(asks[(i + (asks.length >> 1)) % asks.length]?.query), null),
  );
  /** @type {any[]} */
  const raw = [];
  /** @type {number[]} */
  const micros = [];
  const plainMicros = [];
  for (const [i, request] of requests.entries()) {
    const timed = async () => {
      const began = performance.now();
      raw.push(await engine.search(request));
      micros.push((performance.now() - began) * 1000);
    };
    if (i % 2 === 0) await timed();
    const began = performance.now();
    await engine.search(plain[i]);
    plainMicros.push((performance.now() - began) * 1000);
    if (i % 2 === 1) await timed();
  }
  return { rows: raw.map((each) => engine.rowsOf(each)), micros, plainMicros, first: requests[0] };
}

/** @param {number} query @param {Filter | null} filter */
function requestOf(query, filter) {
  const given = filter === null || filter.length === 0 ? null : filter;
  return engine.request(/** @type {Float32Array} */ (queries[query]), given);
}

function collectionOf() {
  if (engine.collection === undefined) throw new Error('only Silt is churned');
  return engine.collection;
}

/** @param {Files} files @returns {import('./columns.mjs').Columns} */
function readColumns({ word, rank, cluster, category, random }) {
  return {
    word: JSON.parse(Buffer.from(readBuffer(word)).toString()),
    rank: new Int32Array(readBuffer(rank)),
    cluster: new Int32Array(readBuffer(cluster)),
    category: new Int32Array(readBuffer(category)),
    random: new Float64Array(readBuffer(random)),
  };
}
