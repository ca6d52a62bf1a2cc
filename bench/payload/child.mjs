// @ts-check
// Payloads of a linked, durable collection are changed in place: no vector is written, no row is linked again.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { watchLoop } from '../base/loop.mjs';
import { batches, idOf } from '../base/points.mjs';
import { silt } from '../base/silt.mjs';

const FILL_BATCH = 1000;
const PROVED = 100;

/** @typedef {{ folder: string, rowsFile: string, rowCount: number, metric: 'cosine' | 'euclidean', dimension: number, m: number,
 *   efConstruction: number, threads: number, seed: number, batchPoints: number }} Job */

/** @typedef {{ indexed: number, pending: number, deleted: number }} Rows */

/** @typedef {{ name: string, seconds: number, perSecond: number, loop: import('../base/loop.mjs').LoopDelay, before: Rows,
 *   after: Rows }} Way */

/** @typedef {import('../base/silt.mjs').Collection} Collection */

serve({
  async payload(/** @type {Job} */ job) {
    const { folder, rowCount, metric, dimension, m, efConstruction, threads, seed, batchPoints } = job;
    const rows = new Float32Array(readBuffer(job.rowsFile)).subarray(0, rowCount * dimension);
    const { open } = await silt();
    const db = await open(folder);
    const collection = await db.createCollection('points', {
      ...{ metric, dimension, hnsw: { m, efConstruction, seed } },
      indexing: { threads },
    });
    for (const batch of batches(rows, dimension, FILL_BATCH)) await collection.upsert(batch);
    await collection.buildNow();
    const ids = Array.from({ length: rowCount }, (_, row) => idOf(row));
    const byIds = async (/** @type {object} */ payload) => {
      for (let from = 0; from < rowCount; from += batchPoints)
        await collection.setPayload(ids.slice(from, from + batchPoints), payload);
    };
    const all = { must: { key: 'rank', range: { gte: 0 } } };
    const ways = [
      await timed(collection, job, `by ids, ${batchPoints} a call`, { state: 1 }, byIds),
      await timed(collection, job, 'by a filter, one call', { state: 2 }, (payload) =>
        collection.setPayload({ filter: all }, payload),
      ),
    ];
    await collection.createPayloadIndex('state', 'integer');
    ways.push(await timed(collection, job, `by ids, 'state' is indexed`, { state: 3 }, byIds));
    await db.close();
    return { ways };
  },
});

/**
 * @param {Collection} collection
 * @param {Job} job
 * @param {string} name
 * @param {{ state: number }} payload
 * @param {(payload: object) => Promise<unknown>} work
 * @returns {Promise<Way>}
 */
async function timed(collection, { rowCount }, name, payload, work) {
  const before = rowsOf(collection);
  const watched = watchLoop();
  const startedAt = performance.now();
  await work(payload);
  const seconds = (performance.now() - startedAt) / 1000;
  const loop = watched();
  const after = rowsOf(collection);
  const changed = await collection.count({
    filter: { must: { key: 'state', match: { value: payload.state } } },
  });
  if (changed !== rowCount) throw new Error(`${changed} points were changed instead of ${rowCount}`);
  for (let i = 0; i < PROVED; i++) {
    const row = Math.floor((i * rowCount) / PROVED);
    const found = /** @type {{ rank?: number, state?: number } | undefined} */ (
      (await collection.get(idOf(row)))?.payload
    );
    if (found?.rank !== row || found.state !== payload.state)
      throw new Error(`${idOf(row)} has another payload`);
  }
  return { name, seconds, perSecond: rowCount / seconds, loop, before, after };
}

/** @param {Collection} collection @returns {Rows} */
function rowsOf(collection) {
  const { indexed, pending, deleted } = collection.status();
  return { indexed, pending, deleted };
}
