// @ts-check
// A process with many small collections: first the one that makes them, then one that opens them.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { settledMemory, threadCount } from '../base/memory.mjs';
import { percentile } from '../base/numbers.mjs';
import { idOf, points } from '../base/points.mjs';
import { progress } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';

/** @typedef {{ folder: string, rowsFile: string, metric: 'cosine' | 'euclidean', dimension: number, k: number,
 *   collections: number, rowsEach: number }} Job */

/** @param {number} i */
const nameOf = (i) => `collection ${i}`;

serve({
  async fill(/** @type {Job} */ job) {
    const { metric, dimension, collections, rowsEach } = job;
    const rows = new Float32Array(readBuffer(job.rowsFile));
    const { open } = await silt();
    const before = await settledMemory();
    const db = await open(job.folder);
    const startedAt = performance.now();
    for (let i = 0; i < collections; i++) {
      await db.createCollection(nameOf(i), { metric, dimension });
      progress('collections made', i + 1, collections, startedAt);
    }
    const createdAt = performance.now();
    for (let i = 0; i < collections; i++)
      await db.collection(nameOf(i)).upsert(points(rows, dimension, i * rowsEach, (i + 1) * rowsEach));
    const filledAt = performance.now();
    const searched = await searchAll(db, rows, job);
    const measured = await figures(before, searched);
    const closingAt = performance.now();
    await db.close();
    return {
      createMs: createdAt - startedAt,
      fillMs: filledAt - createdAt,
      closeMs: performance.now() - closingAt,
      ...measured,
    };
  },

  async open(/** @type {Job} */ job) {
    const rows = new Float32Array(readBuffer(job.rowsFile));
    const { open } = await silt();
    const before = await settledMemory();
    const startedAt = performance.now();
    const db = await open(job.folder);
    const openMs = performance.now() - startedAt;
    const infos = db.collections();
    if (infos.length !== job.collections || infos.some((info) => info.points !== job.rowsEach))
      throw new Error(`${infos.length} collections are there, or some without all of their rows`);
    const measured = await figures(before, await searchAll(db, rows, job));
    await db.close();
    return { openMs, ...measured };
  },
});

/**
 * One search in each; the row that was asked for must come first.
 * @param {import('../base/silt.mjs').Database} db
 * @param {Float32Array} rows
 * @param {Job} job
 */
async function searchAll(db, rows, { dimension, collections, rowsEach, k }) {
  const micros = [];
  for (let i = 0; i < collections; i++) {
    const row = i * rowsEach + (i % rowsEach);
    const query = rows.subarray(row * dimension, (row + 1) * dimension);
    const startedAt = performance.now();
    const hits = await db.collection(nameOf(i)).search(query, { k });
    micros.push((performance.now() - startedAt) * 1000);
    if (hits.length !== k || hits[0]?.id !== idOf(row))
      throw new Error(`row ${row} is not found in ${nameOf(i)}`);
  }
  return micros;
}

/** @param {import('../base/memory.mjs').Memory} before @param {number[]} micros */
async function figures(before, micros) {
  const now = await settledMemory();
  return {
    searchAllMs: micros.reduce((sum, value) => sum + value, 0) / 1000,
    searchP50: percentile(micros, 0.5),
    searchP99: percentile(micros, 0.99),
    residentBytes: now.resident - before.resident,
    anonymousBytes: now.anonymous - before.anonymous,
    threads: threadCount(),
  };
}
