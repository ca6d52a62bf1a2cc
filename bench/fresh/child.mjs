// @ts-check
// One row after another is written, and looked for as soon as its write resolves: once. A second look would be a
// failure, so that there is none, except to tell how long the row stayed away.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { percentile } from '../base/numbers.mjs';
import { batches, idOf, payloadOf } from '../base/points.mjs';
import { progress } from '../base/progress.mjs';
import { normal, random } from '../base/random.mjs';
import { silt } from '../base/silt.mjs';
import { perturbed } from '../data/noise.mjs';

const LOOKS = 1000;

/** @typedef {{ folder: string, rowsFile: string, metric: 'cosine' | 'euclidean', dimension: number, m: number,
 *   efConstruction: number, threads: number, seed: number, k: number, upserts: number, batchRows: number,
 *   mergeThreshold: number }} Job */

/** @typedef {{ id: string, state: string, looks: number }} Miss */

serve({
  async fresh(/** @type {Job} */ job) {
    const { metric, dimension, m, efConstruction, threads, seed, mergeThreshold } = job;
    const rows = new Float32Array(readBuffer(job.rowsFile));
    const { open } = await silt();
    const db = await open(job.folder);
    const collection = await db.createCollection('fresh', {
      ...{ metric, dimension, hnsw: { m, efConstruction, seed } },
      indexing: { threads, mergeThreshold },
    });
    // Half of the rows are there at first; the others stream in to keep the linkers busy.
    const half = Math.floor(rows.length / dimension / 2) * dimension;
    for (const batch of batches(rows.subarray(0, half), dimension, job.batchRows))
      await collection.upsert(batch);
    await collection.buildNow();
    const draw = drawer(rows, dimension, seed);
    const phase = (/** @type {string} */ name) => look(collection, job, name, draw);

    const linked = await phase('at rest');
    const stream = keepBusy(collection, rows.subarray(half), job);
    const linking = await phase('while linking');
    const streamed = await stream.end();
    await collection.buildNow();
    collection.pauseIndexing();
    const paused = await phase('indexing paused');
    const points = await collection.count();
    if (points !== half / dimension + streamed + draw.inserted())
      throw new Error(`${points} points are there, of ${half / dimension + streamed + draw.inserted()}`);
    await db.close();
    return { phases: [linked, linking, paused], streamed };
  },
});

/**
 * Rows that nobody has: new ones, and new vectors for ids that are there, in turn.
 * @param {Float32Array} rows
 * @param {number} dimension
 * @param {number} seed
 */
function drawer(rows, dimension, seed) {
  const uniform = random(seed);
  const gauss = normal(uniform);
  const count = rows.length / dimension;
  let drawn = 0;
  let inserted = 0;
  return {
    inserted: () => inserted,
    next() {
      const near = Math.floor(uniform() * count) * dimension;
      const vector = perturbed(rows.subarray(near, near + dimension), gauss);
      const isNew = drawn++ % 2 === 0;
      const row = isNew ? count + inserted++ : Math.floor((uniform() * count) / 2);
      return { id: idOf(row), vector, payload: payloadOf(row) };
    },
  };
}

/**
 * @param {import('../base/silt.mjs').Collection} collection
 * @param {Job} job
 * @param {string} name
 * @param {ReturnType<typeof drawer>} draw
 */
async function look(collection, { upserts, k }, name, draw) {
  /** @type {Miss[]} */
  const misses = [];
  const upsertMs = [];
  const searchMs = [];
  let building = 0;
  const startedAt = performance.now();
  for (let i = 0; i < upserts; i++) {
    const point = draw.next();
    const began = performance.now();
    await collection.upsert(point);
    const resolved = performance.now();
    const hits = await collection.search(point.vector, { k });
    const answered = performance.now();
    upsertMs.push(resolved - began);
    searchMs.push(answered - resolved);
    const { linkedPerSecond, state } = collection.status();
    if (linkedPerSecond > 0) building++;
    if (hits[0]?.id !== point.id)
      misses.push({ id: point.id, state, looks: await looksFor(collection, point, k) });
    if (new Set(hits.map((hit) => hit.id)).size !== hits.length) throw new Error(`an id came twice, ${name}`);
    progress(`${name}, upserts`, i + 1, upserts, startedAt);
  }
  return {
    name,
    upserts,
    building,
    misses,
    upsertP50Ms: percentile(upsertMs, 0.5),
    upsertP99Ms: percentile(upsertMs, 0.99),
    searchP50Ms: percentile(searchMs, 0.5),
    searchP99Ms: percentile(searchMs, 0.99),
    searchMaxMs: percentile(searchMs, 1),
  };
}

/**
 * How many looks a row took that the first one missed.
 * @param {import('../base/silt.mjs').Collection} collection
 * @param {import('../base/points.mjs').Point} point
 * @param {number} k
 */
async function looksFor(collection, { id, vector }, k) {
  for (let looks = 2; looks <= LOOKS; looks++) {
    const hits = await collection.search(vector, { k });
    if (hits[0]?.id === id) return looks;
    await new Promise((resolve) => setTimeout(resolve, 1));
  }
  return Number.POSITIVE_INFINITY;
}

/**
 * Streams rows beside the measured upserts, until told to end or none is left.
 * @param {import('../base/silt.mjs').Collection} collection
 * @param {Float32Array} rows those behind the first half
 * @param {Job} job
 */
function keepBusy(collection, rows, { dimension, batchRows }) {
  let ending = false;
  const run = async () => {
    let written = 0;
    for (const batch of batches(rows, dimension, batchRows)) {
      if (ending) break;
      await collection.upsert(batch.map((point, i) => ({ ...point, id: `streamed-${written + i}` })));
      written += batch.length;
    }
    return written;
  };
  const running = run();
  return {
    end() {
      ending = true;
      return running;
    },
  };
}
