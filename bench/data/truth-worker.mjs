// @ts-check
// One thread of the exact scan: a range of queries against all rows, summed in double precision. Four
// queries share each load of a row, and rows come in blocks that stay in the second-level cache.
import { parentPort, workerData } from 'node:worker_threads';
import { WIDE } from './truth.mjs';

/** @type {{ metric: string, dimension: number, rows: Float32Array, queries: Float32Array,
 *   from: number, to: number, ids: Int32Array, distances: Float64Array }} */
const { metric, dimension, rows, queries, from, to, ids, distances } = workerData;
const rowCount = rows.length / dimension;
const blockRows = Math.max(16, Math.floor(262_144 / (dimension * 4)));
const norms = (/** @type {Float32Array} */ all) =>
  Float64Array.from({ length: all.length / dimension }, (_, row) => squaredNorm(all, row * dimension));
const rowNorms = norms(rows);
const queryNorms = norms(queries);
const dots = new Float64Array(4);

distances.fill(Number.POSITIVE_INFINITY, from * WIDE, to * WIDE);
ids.fill(-1, from * WIDE, to * WIDE);
for (let first = 0; first < rowCount; first += blockRows) {
  const last = Math.min(rowCount, first + blockRows);
  for (let query = from; query < to; query += 4) {
    for (let row = first; row < last; row++) {
      dotFour(row * dimension, query);
      for (let i = 0; i < 4 && query + i < to; i++) offer(query + i, row, Number(dots[i]));
    }
  }
  parentPort?.postMessage(last);
}

/**
 * @param {Float32Array} all
 * @param {number} at
 */
function squaredNorm(all, at) {
  let sum = 0;
  for (let i = at; i < at + dimension; i++) sum += Number(all[i]) * Number(all[i]);
  return sum;
}

/**
 * @param {number} row offset of its first component
 * @param {number} query number of the first of four; past the end the last one is repeated
 */
function dotFour(row, query) {
  const a = query * dimension;
  const b = Math.min(query + 1, to - 1) * dimension;
  const c = Math.min(query + 2, to - 1) * dimension;
  const d = Math.min(query + 3, to - 1) * dimension;
  let sumA = 0;
  let sumB = 0;
  let sumC = 0;
  let sumD = 0;
  for (let i = 0; i < dimension; i++) {
    const value = /** @type {number} */ (rows[row + i]);
    sumA += value * /** @type {number} */ (queries[a + i]);
    sumB += value * /** @type {number} */ (queries[b + i]);
    sumC += value * /** @type {number} */ (queries[c + i]);
    sumD += value * /** @type {number} */ (queries[d + i]);
  }
  dots[0] = sumA;
  dots[1] = sumB;
  dots[2] = sumC;
  dots[3] = sumD;
}

/**
 * Keeps the WIDE nearest rows of a query, sorted; the earlier row of two at the same distance comes first.
 * @param {number} query
 * @param {number} row
 * @param {number} dot
 */
function offer(query, row, dot) {
  const norm = Number(rowNorms[row]);
  const own = Number(queryNorms[query]);
  const value =
    metric === 'cosine' ? 1 - dot / Math.sqrt(norm * own) : Math.sqrt(Math.max(0, norm + own - 2 * dot));
  const base = query * WIDE;
  if (value >= Number(distances[base + WIDE - 1])) return;
  let at = base + WIDE - 1;
  for (; at > base && Number(distances[at - 1]) > value; at--) {
    distances[at] = Number(distances[at - 1]);
    ids[at] = Number(ids[at - 1]);
  }
  distances[at] = value;
  ids[at] = row;
}
