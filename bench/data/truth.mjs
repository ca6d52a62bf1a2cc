// @ts-check
// The exact answers, by a full scan on all cores, kept in a file per data set: the checksum is in its
// name, so that other rows or other queries can never meet an old answer.
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { Worker } from 'node:worker_threads';
import { progress } from '../base/progress.mjs';
import { cacheDir } from './scratch.mjs';

/** Candidates kept per query: k and whatever ties with the k-th (integer pixels do tie). */
export const WIDE = 32;

/**
 * @typedef {object} Truth
 * @property {Int32Array} ids WIDE per query, nearest first
 * @property {Float64Array} distances of the same shape; cosine: 1 - similarity; euclidean: the distance
 */

/**
 * @param {import('./datasets.mjs').Dataset} data
 * @returns {Promise<Truth>}
 */
export async function exactNeighbours(data) {
  const file = new URL(
    `truth-${data.name}-${data.rowCount}x${data.queryCount}-${data.checksum}.bin`,
    cacheDir,
  );
  const slots = data.queryCount * WIDE;
  /** @type {Buffer | null} */
  let bytes = null;
  try {
    bytes = readFileSync(file);
  } catch {
    // Not scanned yet.
  }
  if (bytes?.length !== slots * 12) {
    const truth = await scan(data, slots);
    mkdirSync(cacheDir, { recursive: true });
    const part = new URL(`${file.href}.${process.pid}.tmp`);
    writeFileSync(part, Buffer.concat([Buffer.from(truth.distances.buffer), Buffer.from(truth.ids.buffer)]));
    renameSync(part, file);
    return truth;
  }
  const copy = new Uint8Array(bytes).buffer;
  return { distances: new Float64Array(copy, 0, slots), ids: new Int32Array(copy, slots * 8, slots) };
}

/**
 * @param {import('./datasets.mjs').Dataset} data
 * @param {number} slots
 * @returns {Promise<Truth>}
 */
async function scan(data, slots) {
  const ids = new Int32Array(new SharedArrayBuffer(slots * 4));
  const distances = new Float64Array(new SharedArrayBuffer(slots * 8));
  const threads = Math.min(os.availableParallelism(), data.queryCount);
  const startedAt = performance.now();
  const done = new Int32Array(threads);
  await Promise.all(
    Array.from({ length: threads }, (_, i) => {
      const from = Math.floor((i * data.queryCount) / threads);
      const to = Math.floor(((i + 1) * data.queryCount) / threads);
      const { metric, dimension, rows, queries } = data;
      const workerData = { metric, dimension, rows, queries, from, to, ids, distances };
      const worker = new Worker(new URL('truth-worker.mjs', import.meta.url), { workerData });
      return new Promise((resolve, reject) => {
        worker.on('message', (/** @type {number} */ rowsDone) => {
          done[i] = rowsDone;
          progress('exact scan, rows', Math.min(...done), data.rowCount, startedAt);
        });
        worker.on('error', reject);
        worker.on('exit', resolve);
      });
    }),
  );
  return { ids: ids.slice(), distances: distances.slice() };
}
