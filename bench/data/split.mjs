// @ts-check
// Chooses held-out queries and, for a smaller run, fewer rows: both spread evenly over the whole set,
// because word vectors are sorted by how common the word is.
import { random } from '../base/random.mjs';

/**
 * @param {Float32Array} vectors
 * @param {number} dimension
 * @param {import('./datasets.mjs').Wanted} wanted
 * @returns {{ rows: Float32Array, queries: Float32Array, rowPlaces: number[], queryPlaces: number[] }} places: where
 *   in `vectors` each was, rising
 */
export function split(vectors, dimension, wanted) {
  const count = vectors.length / dimension;
  if (wanted.queries >= count) throw new RangeError(`${wanted.queries} queries of only ${count} vectors`);
  const uniform = random(wanted.seed);
  const held = new Uint8Array(count);
  /** @type {number[]} */
  const queries = [];
  for (let i = 0; i < wanted.queries; i++) {
    // One from each of as many equal ranges as there are queries.
    const from = Math.floor((i * count) / wanted.queries);
    const to = Math.floor(((i + 1) * count) / wanted.queries);
    const chosen = from + Math.floor(uniform() * (to - from));
    held[chosen] = 1;
    queries.push(chosen);
  }
  const rest = [];
  for (let i = 0; i < count; i++) if (held[i] === 0) rest.push(i);
  const rows = thin(rest, wanted.rows);
  return {
    rows: gather(vectors, dimension, rows),
    queries: gather(vectors, dimension, queries),
    rowPlaces: rows,
    queryPlaces: queries,
  };
}

/**
 * @template T
 * @param {T[]} list
 * @param {number | null} limit
 * @returns {T[]} at most `limit` of them, evenly spread
 */
export function thin(list, limit) {
  if (limit === null || limit >= list.length) return list;
  return Array.from(
    { length: limit },
    (_, i) => /** @type {T} */ (list[Math.floor((i * list.length) / limit)]),
  );
}

/**
 * @param {Float32Array} vectors
 * @param {number} dimension
 * @param {number[]} which
 * @returns {Float32Array} in shared memory
 */
export function gather(vectors, dimension, which) {
  const out = sharedFloats(which.length * dimension);
  which.forEach((row, i) => {
    out.set(vectors.subarray(row * dimension, (row + 1) * dimension), i * dimension);
  });
  return out;
}

/** @param {number} length */
export function sharedFloats(length) {
  return new Float32Array(new SharedArrayBuffer(length * 4));
}
