// @ts-check
// One index that is built at full speed while it is searched, then searched again at rest.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setImmediate as turn } from 'node:timers/promises';
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { percentile } from '../base/numbers.mjs';
import { progress } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';
import { subarrays } from '../engines/rows.mjs';
import { ask } from './pace.mjs';
import { proveLive } from './prove.mjs';

const BATCH = 100; // rows per enqueue, as a service that collects a little
const RESOLUTION_MS = 1;
const WARM_UP = 1000; // rows, and queries

/** @typedef {{ rowsFile: string, queriesFile: string, metric: 'cosine' | 'euclidean', dimension: number,
 *   m: number, efConstruction: number, threads: number, seed: number, k: number, ef: number,
 *   mergeThreshold: number, idleQueries: number }} Job */

serve({
  async live(/** @type {Job} */ job) {
    const { HnswIndex, AsyncIndexBuilder } = await silt();
    const { dimension, metric, m, efConstruction, threads, seed, k, ef } = job;
    const rows = subarrays(new Float32Array(readBuffer(job.rowsFile)), dimension);
    const queries = subarrays(new Float32Array(readBuffer(job.queriesFile)), dimension);
    const make = () => {
      const index = new HnswIndex({ dimension, metric, m, efConstruction, threads, seed });
      return { index, builder: new AsyncIndexBuilder(index, { merge_threshold: job.mergeThreshold }) };
    };
    await warmUp(make(), job, rows, queries);
    const { index, builder } = make();
    const search = (/** @type {Float32Array} */ query) => builder.search(query, k, { ef });
    const idle = (/** @type {number} */ asked) => asked < job.idleQueries;
    // The last two windows are kept back: they show what a full window costs while nothing is built.
    const kept = Math.max(rows.length - 2 * job.mergeThreshold, Math.ceil(rows.length / 2));

    const loop = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
    let building = true;
    loop.enable();
    const startedAt = performance.now();
    const stream = produce(builder, rows.slice(0, kept), startedAt, search).finally(() => {
      building = false;
    });
    const during = await ask(search, queries, () => building);
    await stream;
    const seconds = (performance.now() - startedAt) / 1000;
    loop.disable();

    const atRest = await ask(search, queries, idle);
    for (let id = kept; id < rows.length; id += BATCH) enqueue(builder, rows, id);
    const windowFull = await ask(search, queries, idle);
    await builder.triggerBuildAsync();
    await proveLive(job, rows, queries, search);
    await index.close();
    return {
      rowsPerSecond: kept / seconds,
      seconds,
      pendingWhenFull: rows.length - kept,
      during: spread(during),
      atRest: spread(atRest),
      windowFull: spread(windowFull),
      // The histogram holds the time between two firings of a 1 ms timer, so an idle loop shows 1 ms.
      loopP50Ms: Math.max(0, loop.percentile(50) / 1e6 - RESOLUTION_MS),
      loopP99Ms: Math.max(0, loop.percentile(99) / 1e6 - RESOLUTION_MS),
      loopMaxMs: Math.max(0, loop.max / 1e6 - RESOLUTION_MS),
      loopRawP99Ms: loop.percentile(99) / 1e6,
    };
  },
});

/**
 * Starts the threads and gets the code compiled on an index of its own, so that neither counts below.
 * @param {{ index: import('../base/silt.mjs').Index, builder: import('../base/silt.mjs').Builder }} made
 * @param {Job} job
 * @param {Float32Array[]} rows
 * @param {Float32Array[]} queries
 */
async function warmUp({ index, builder }, { k, ef }, rows, queries) {
  for (let id = 0; id < Math.min(WARM_UP, rows.length); id += BATCH) enqueue(builder, rows, id);
  const build = builder.triggerBuildAsync();
  for (let i = 0; i < WARM_UP; i++) {
    builder.search(/** @type {Float32Array} */ (queries[i % queries.length]), k, { ef });
    if (i % 100 === 0) await turn();
  }
  await build;
  await index.close();
}

/**
 * Streams all rows and returns when the last one is linked. The window is bounded as a careful caller
 * would: at twice the threshold it waits for the running build.
 * @param {import('../base/silt.mjs').Builder} builder
 * @param {Float32Array[]} rows
 * @param {number} startedAt
 * @param {(query: Float32Array) => [number | bigint, number][]} search
 */
async function produce(builder, rows, startedAt, search) {
  for (let id = 0; id < rows.length; id += BATCH) {
    if (enqueue(builder, rows, id)) void builder.triggerBuildAsync();
    if (id % (BATCH * 50) === 0) found(search, rows, id);
    if (builder.bufferLength >= 2 * builder.mergeThreshold) await builder.triggerBuildAsync();
    else await turn();
    progress('silt, rows streamed', Math.min(id + BATCH, rows.length), rows.length, startedAt);
  }
  while (builder.bufferLength > 0) await builder.triggerBuildAsync();
}

/**
 * @param {import('../base/silt.mjs').Builder} builder
 * @param {Float32Array[]} rows
 * @param {number} first
 */
function enqueue(builder, rows, first) {
  return builder.enqueue(rows.slice(first, first + BATCH).map((vector, i) => [first + i, vector]));
}

/**
 * A row is searchable as soon as it is enqueued; one that is not makes every figure here worthless.
 * @param {(query: Float32Array) => [number | bigint, number][]} search
 * @param {Float32Array[]} rows
 * @param {number} id
 */
function found(search, rows, id) {
  const hits = search(/** @type {Float32Array} */ (rows[id]));
  if (!hits.some(([hit]) => Number(hit) === id)) throw new Error(`row ${id} was enqueued and is not found`);
}

/** @param {number[]} micros */
function spread(micros) {
  return { queries: micros.length, p50: percentile(micros, 0.5), p99: percentile(micros, 0.99) };
}
