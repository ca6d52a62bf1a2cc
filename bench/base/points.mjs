// @ts-check
// Rows as a service has them: a string id that tells nothing of the order, and a small payload.

const SPREAD = 2654435761; // odd, so that no two numbers below 2^32 get one id

/**
 * @typedef {object} Point
 * @property {string} id
 * @property {Float32Array} vector
 * @property {{ group: string, rank: number, kept: boolean }} payload
 */

/** Ids come in no order, as hashes and UUIDs do: a B-tree takes them in its middle. @param {number} row */
export function idOf(row) {
  return `point-${(Math.imul(row + 1, SPREAD) >>> 0).toString(16).padStart(8, '0')}`;
}

/** @param {number} row */
export function payloadOf(row) {
  return { group: `group ${row % 100}`, rank: row, kept: row % 2 === 0 };
}

/**
 * @param {Float32Array} rows
 * @param {number} dimension
 * @param {number} from
 * @param {number} to
 * @returns {Point[]}
 */
export function points(rows, dimension, from, to) {
  return Array.from({ length: to - from }, (_, i) => {
    const row = from + i;
    const vector = rows.subarray(row * dimension, (row + 1) * dimension);
    return { id: idOf(row), vector, payload: payloadOf(row) };
  });
}

/**
 * @param {Float32Array} rows
 * @param {number} dimension
 * @param {number} size
 * @returns {Generator<Point[]>} all rows, so many at a time
 */
export function* batches(rows, dimension, size) {
  const count = rows.length / dimension;
  for (let from = 0; from < count; from += size)
    yield points(rows, dimension, from, Math.min(count, from + size));
}
