// @ts-check
// The exact answers to filtered queries: for each query all distances once, then one pass over the rows per filter.
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { progress } from '../base/progress.mjs';
import { WIDE } from '../data/truth.mjs';

/** @typedef {import('../data/truth.mjs').Truth & { matching: Int32Array }} FilteredTruth matching: rows, per query */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('./columns.mjs').Columns} columns
 * @param {number[]} queries their numbers
 * @param {((query: number) => import('./filters.mjs').Filter)[]} filters
 * @param {Uint8Array | null} deleted 1: the row is gone
 * @returns {Promise<FilteredTruth[]>} one per filter, with as many slots as there are queries
 */
export async function filteredTruth(data, columns, queries, filters, deleted = null) {
  const { metric, dimension, rows } = data;
  const slots = filters.length * queries.length;
  const ids = new Int32Array(new SharedArrayBuffer(slots * WIDE * 4)).fill(-1);
  const distances = new Float64Array(new SharedArrayBuffer(slots * WIDE * 8)).fill(Number.POSITIVE_INFINITY);
  const matching = new Int32Array(new SharedArrayBuffer(slots * 4));
  const threads = Math.min(os.availableParallelism(), queries.length);
  const { word, ...numbers } = columns;
  const startedAt = performance.now();
  let done = 0;
  await Promise.all(
    Array.from({ length: threads }, (_, thread) => {
      const tasks = queries.flatMap((query, slot) =>
        slot % threads === thread ? [{ slot, query, filters: filters.map((filter) => filter(query)) }] : [],
      );
      const shared = { metric, dimension, rows, queries: data.queries, columns: numbers, deleted };
      const workerData = { ...shared, tasks, queryCount: queries.length, ids, distances, matching };
      const worker = new Worker(new URL('truth-worker.mjs', import.meta.url), { workerData });
      return new Promise((resolve, reject) => {
        worker.on('message', () => progress('exact answers, queries', ++done, queries.length, startedAt));
        worker.on('error', reject);
        worker.on('exit', resolve);
      });
    }),
  );
  return filters.map((_, i) => {
    const from = i * queries.length;
    const to = from + queries.length;
    return {
      ids: ids.slice(from * WIDE, to * WIDE),
      distances: distances.slice(from * WIDE, to * WIDE),
      matching: matching.slice(from, to),
    };
  });
}
