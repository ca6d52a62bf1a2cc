// @ts-check
// One thread of the exact answers, summed in double precision.
import { parentPort, workerData } from 'node:worker_threads';
import { WIDE } from '../data/truth.mjs';
import { matcher } from './filters.mjs';

/** @type {{ metric: string, dimension: number, rows: Float32Array, queries: Float32Array, queryCount: number,
 *   columns: import('./columns.mjs').Columns, deleted: Uint8Array | null,
 *   tasks: { slot: number, query: number, filters: import('./filters.mjs').Filter[] }[],
 *   ids: Int32Array, distances: Float64Array, matching: Int32Array }} */
const { metric, dimension, rows, queries, queryCount, columns, deleted, tasks, ids, distances, matching } =
  workerData;
const rowCount = rows.length / dimension;
const rowNorms = Float64Array.from({ length: rowCount }, (_, row) => product(rows, row, rows, row));
const toRows = new Float64Array(rowCount);

for (const { slot, query, filters } of tasks) {
  const own = product(queries, query, queries, query);
  for (let row = 0; row < rowCount; row++)
    toRows[row] = distanceTo(row, product(queries, query, rows, row), own);
  filters.forEach((filter, i) => {
    answer(i * queryCount + slot, matcher(filter, columns));
  });
  parentPort?.postMessage(slot);
}

/**
 * @param {Float32Array} a
 * @param {number} aRow
 * @param {Float32Array} b
 * @param {number} bRow
 */
function product(a, aRow, b, bRow) {
  const from = aRow * dimension;
  const other = bRow * dimension;
  let sum = 0;
  for (let i = 0; i < dimension; i++)
    sum += /** @type {number} */ (a[from + i]) * /** @type {number} */ (b[other + i]);
  return sum;
}

/** @param {number} row @param {number} dot @param {number} own */
function distanceTo(row, dot, own) {
  const norm = Number(rowNorms[row]);
  return metric === 'cosine' ? 1 - dot / Math.sqrt(norm * own) : Math.sqrt(Math.max(0, norm + own - 2 * dot));
}

/**
 * @param {number} place of its answer
 * @param {(row: number) => boolean} matches
 */
function answer(place, matches) {
  const base = place * WIDE;
  const last = base + WIDE - 1;
  let count = 0;
  for (let row = 0; row < rowCount; row++) {
    if (deleted?.[row] === 1 || !matches(row)) continue;
    count++;
    const value = /** @type {number} */ (toRows[row]);
    if (value >= /** @type {number} */ (distances[last])) continue;
    let at = last;
    for (; at > base && Number(distances[at - 1]) > value; at--) {
      distances[at] = Number(distances[at - 1]);
      ids[at] = Number(ids[at - 1]);
    }
    distances[at] = value;
    ids[at] = row;
  }
  matching[place] = count;
}
