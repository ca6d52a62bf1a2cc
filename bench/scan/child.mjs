// @ts-check
// Fills the window of a builder with rows that nobody links, and times its exact scan and the yardstick
// over as many bytes in turn.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { progress } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';
import { distance } from '../data/distance.mjs';
import { subarrays } from '../engines/rows.mjs';
import { yardstick } from './yardstick.mjs';

const BATCH = 1000;
const PROVED = 5; // queries whose answers are compared with a plain loop over all rows
const TOLERANCE = 1e-4;

/** @typedef {{ rowsFile: string, queriesFile: string, metric: 'cosine' | 'euclidean', dimension: number,
 *   m: number, efConstruction: number, threads: number, seed: number, k: number, rounds: number }} Job */

serve({
  async scan(/** @type {Job} */ job) {
    const rows = new Float32Array(readBuffer(job.rowsFile));
    const queries = subarrays(new Float32Array(readBuffer(job.queriesFile)), job.dimension);
    const { builder, close } = await pending(job, rows);
    const sum = await yardstick(rows);
    for (const query of queries.slice(0, PROVED)) prove(job, rows, query, builder.searchBuffer(query, job.k));
    sum();
    const gigabytes = rows.byteLength / 1e9;
    /** @type {{ scan: number, sum: number }[]} */
    const rates = [];
    for (let round = 0; round < job.rounds; round++) {
      const query = /** @type {Float32Array} */ (queries[round % queries.length]);
      const scan = gigabytes / timed(() => builder.searchBuffer(query, job.k));
      rates.push({ scan, sum: gigabytes / timed(sum) });
    }
    await close();
    return { bytes: rows.byteLength, rates };
  },
});

/** @param {Job} job @param {Float32Array} rows */
async function pending(job, rows) {
  const { HnswIndex, AsyncIndexBuilder } = await silt();
  const { dimension, metric, m, efConstruction, threads, seed } = job;
  const index = new HnswIndex({ dimension, metric, m, efConstruction, threads, seed });
  const count = rows.length / dimension;
  // A threshold that is never reached: everything stays in the window.
  const builder = new AsyncIndexBuilder(index, { merge_threshold: count + 1 });
  const startedAt = performance.now();
  for (let first = 0; first < count; first += BATCH) {
    const last = Math.min(count, first + BATCH);
    const vectors = subarrays(rows.subarray(first * dimension, last * dimension), dimension);
    builder.enqueue(vectors.map((vector, i) => [first + i, vector]));
    progress('silt, rows pending', last, count, startedAt);
  }
  if (builder.bufferLength !== count)
    throw new Error(`${builder.bufferLength} rows are pending instead of ${count}`);
  return { builder, close: () => index.close() };
}

/**
 * The k hits must be as near as the k nearest are; ids of equal distances may differ.
 * @param {Job} job
 * @param {Float32Array} rows
 * @param {Float32Array} query
 * @param {[number | bigint, number][]} hits
 */
function prove({ metric, dimension, k }, rows, query, hits) {
  const exact = subarrays(rows, dimension).map((row) => distance(metric, query, row));
  const nearest = [...exact].sort((a, b) => a - b).slice(0, k);
  if (hits.length !== nearest.length) throw new Error(`${hits.length} hits instead of ${nearest.length}`);
  if (new Set(hits.map(([id]) => id)).size !== hits.length) throw new Error('an id came twice');
  hits.forEach(([id, score], rank) => {
    const given = metric === 'cosine' ? 1 - score : score;
    const own = Number(exact[Number(id)]);
    const best = Number(nearest[rank]);
    const allowed = TOLERANCE * Math.max(1, best);
    if (!(Math.abs(given - own) <= allowed && Math.abs(own - best) <= allowed)) {
      throw new Error(
        `rank ${rank}: id ${id} with ${given}, is ${own}; the nearest of that rank is at ${best}`,
      );
    }
  });
}

/** @param {() => unknown} work @returns {number} seconds */
function timed(work) {
  const startedAt = performance.now();
  work();
  return (performance.now() - startedAt) / 1000;
}
