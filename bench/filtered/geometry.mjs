// @ts-check
// Clusters for filters that go along with the geometry: a row belongs to the nearest of some rows drawn as centres.
import { gather } from '../data/split.mjs';

/** @typedef {{ vectors: Float32Array, norms: Float64Array }} Centres norms: squared */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {number} count
 * @param {() => number} uniform
 * @returns {Centres}
 */
export function drawCentres({ rows, rowCount, dimension }, count, uniform) {
  /** @type {Set<number>} */
  const drawn = new Set();
  while (drawn.size < count) drawn.add(Math.floor(uniform() * rowCount));
  const vectors = gather(rows, dimension, [...drawn]);
  const norms = Float64Array.from({ length: count }, (_, i) =>
    product(vectors, i * dimension, vectors, i * dimension, dimension),
  );
  return { vectors, norms };
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {Centres} centres
 * @param {Float32Array} vectors rows or queries
 * @param {number} which
 * @returns {Float64Array} to each centre, smaller is nearer: comparable for one vector only
 */
export function distancesToCentres({ metric, dimension }, { vectors: centres, norms }, vectors, which) {
  return norms.map((norm, i) => {
    const dot = product(vectors, which * dimension, centres, i * dimension, dimension);
    return metric === 'cosine' ? -dot / Math.sqrt(norm) : norm / 2 - dot;
  });
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {Centres} centres
 * @returns {Int32Array} per row the nearest centre
 */
export function nearestCentres(data, centres) {
  return Int32Array.from({ length: data.rowCount }, (_, row) => {
    const distances = distancesToCentres(data, centres, data.rows, row);
    return distances.indexOf(Math.min(...distances));
  });
}

/**
 * @param {Float32Array} a
 * @param {number} aFrom
 * @param {Float32Array} b
 * @param {number} bFrom
 * @param {number} length
 */
function product(a, aFrom, b, bFrom, length) {
  let sum = 0;
  for (let i = 0; i < length; i++) sum += Number(a[aFrom + i]) * Number(b[bFrom + i]);
  return sum;
}
