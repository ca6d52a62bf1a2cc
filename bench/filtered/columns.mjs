// @ts-check
// The payloads of all rows, column by column. What filters ask for is kept as numbers, so that the exact answers are
// found without any engine's idea of a filter.
import { random } from '../base/random.mjs';
import { drawCentres, nearestCentres } from './geometry.mjs';

const CLUSTERS = 100;
const CATEGORIES = 1000;
const LEAST_CLUSTER_ROWS = 20; // a tiny run has fewer clusters

/**
 * @typedef {object} Columns
 * @property {string[]} word
 * @property {Int32Array} rank place in the file, rising from row to row
 * @property {Int32Array} cluster
 * @property {Int32Array} category sizes are Zipf's, members random
 * @property {Float64Array} random uniform in [0, 1)
 */

/**
 * @typedef {object} World all that filters are made of
 * @property {import('../data/datasets.mjs').Dataset} data
 * @property {Columns} columns
 * @property {Int32Array} queryRanks
 * @property {import('./geometry.mjs').Centres} centres
 */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {number} seed
 * @returns {World}
 */
export function makeWorld(data, seed) {
  const { origin, rowCount, queryCount } = data;
  const uniform = random(seed);
  const centres = drawCentres(data, Math.min(CLUSTERS, Math.ceil(rowCount / LEAST_CLUSTER_ROWS)), uniform);
  const columns = {
    word: origin?.words ?? Array.from({ length: rowCount }, (_, row) => `row ${row}`),
    rank: origin?.rows ?? Int32Array.from({ length: rowCount }, (_, row) => row),
    cluster: nearestCentres(data, centres),
    category: zipf(rowCount, uniform),
    random: uniforms(rowCount, uniform),
  };
  // Rows that come from no file of words are their own order, and queries stand evenly between them.
  const between = (/** @type {unknown} */ _, /** @type {number} */ i) =>
    Math.floor((i * rowCount) / queryCount);
  const queryRanks = origin?.queries ?? Int32Array.from({ length: queryCount }, between);
  return { data, columns, queryRanks, centres };
}

/** @param {number} count @param {() => number} uniform */
export function uniforms(count, uniform) {
  return Float64Array.from({ length: count }, uniform);
}

/** @param {number} count @param {() => number} uniform */
function zipf(count, uniform) {
  let sum = 0;
  const sums = Float64Array.from({ length: CATEGORIES }, (_, i) => (sum += 1 / (i + 1)));
  return Int32Array.from({ length: count }, () => {
    const drawn = uniform() * sum;
    return sums.findIndex((each) => drawn < each);
  });
}

/** @param {number} category */
export function categoryName(category) {
  return `category ${category}`;
}

/**
 * @param {Columns} columns
 * @param {number} row
 */
export function payloadOf({ word, rank, cluster, category, random: column }, row) {
  const text = String(word[row]);
  return {
    word: text,
    length: text.length,
    initial: text.slice(0, 1),
    rank: Number(rank[row]),
    cluster: Number(cluster[row]),
    category: categoryName(Number(category[row])),
    random: Number(column[row]),
  };
}
