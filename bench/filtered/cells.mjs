// @ts-check
// What is measured: each kind of filter at each share of the rows, with a filter of its own for each query.
import { random } from '../base/random.mjs';
import { distancesToCentres } from './geometry.mjs';

const SHARES = [1, 0.5, 0.1, 0.01, 0.001, 0.0001];
const OVERSHOOT = 1.1; // whole clusters may match so many times the rows that are wanted
const ALIKE = 10; // categories near a size that queries take in turn

/** @typedef {import('./filters.mjs').Filter} Filter */
/** @typedef {import('./columns.mjs').World} World */

/**
 * @typedef {object} Cell
 * @property {string} kind
 * @property {number} share of the rows that should match
 * @property {(query: number) => Filter} filter of one query
 */

/**
 * @typedef {object} Kind
 * @property {string} name
 * @property {(world: World, share: number) => (query: number) => Filter} make
 * @property {number} [most] share
 */

/** @type {Kind[]} */
const kinds = [
  { name: 'random', make: (_, share) => (query) => [slice(share, query)] },
  { name: 'random, repeated', make: (_, share) => () => [{ field: 'random', from: 0, to: share }] },
  { name: 'near rank', make: byRank(nearWindow) },
  { name: 'far rank', make: byRank(farWindow) },
  { name: 'near clusters', make: byClusters(1) },
  { name: 'far clusters', make: byClusters(-1) },
  // The largest of the categories has an eighth of the rows.
  { name: 'category', make: byCategory, most: 0.1 },
];

/** @param {World} world @returns {Cell[]} */
export function makeCells(world) {
  return kinds.flatMap(({ name, make, most = 1 }) =>
    SHARES.filter((share) => share <= most).map((share) => ({
      kind: name,
      share,
      filter: make(world, share),
    })),
  );
}

/**
 * A range of random numbers that no other query asks for, so that no answer can be kept.
 * @param {number} share
 * @param {number} query
 * @returns {import('./filters.mjs').Within}
 */
function slice(share, query) {
  const uniform = random(query + 1);
  // Beyond both ends where all rows are wanted.
  const spare = share < 1 ? 1 - share : 0.5;
  const from = share < 1 ? uniform() * spare : -uniform() * spare;
  return { field: 'random', from: plain(from), to: plain(share < 1 ? from + share : 1 + uniform() * spare) };
}

/** Six digits, because engines differ in what they read of 1e-7. @param {number} value */
function plain(value) {
  return Number(value.toFixed(6));
}

/**
 * A range of ranks with the wanted number of rows, which stand in the order of their ranks.
 * @param {(place: number, size: number, count: number) => number} window its first row
 * @returns {Kind['make']}
 */
function byRank(window) {
  return ({ columns: { rank }, queryRanks }, share) => {
    const size = Math.max(1, Math.round(share * rank.length));
    return (query) => {
      const own = Number(queryRanks[query]);
      const next = rank.findIndex((value) => value >= own);
      const first = window(next < 0 ? rank.length : next, size, rank.length);
      const last = first + size - 1;
      // Past the ends of the file nothing matches: bounds there differ from query to query, to be new to all.
      const from = first === 0 ? -query : Number(rank[first]);
      const to = Number(rank[last]) + 1 + (last === rank.length - 1 ? query : 0);
      return [{ field: 'rank', from, to }];
    };
  };
}

/** @param {number} place @param {number} size @param {number} count */
function nearWindow(place, size, count) {
  return Math.min(Math.max(0, place - Math.floor(size / 2)), count - size);
}

/** @param {number} place @param {number} size @param {number} count */
function farWindow(place, size, count) {
  return place < count / 2 ? count - size : 0;
}

/**
 * The clusters nearest to a query, or the farthest, until they have enough rows; a random range thins them out where
 * they have too many.
 * @param {1 | -1} sign
 * @returns {Kind['make']}
 */
function byClusters(sign) {
  return ({ data, columns: { cluster }, centres }, share) => {
    const sizes = new Int32Array(centres.norms.length);
    for (const each of cluster) sizes[each] = Number(sizes[each]) + 1;
    const wanted = share * cluster.length;
    return (query) => {
      const distances = distancesToCentres(data, centres, data.queries, query);
      const order = [...distances.keys()].sort(
        (a, b) => sign * (Number(distances[a]) - Number(distances[b])),
      );
      const any = [];
      let rows = 0;
      for (const each of order) {
        if (rows >= wanted) break;
        any.push(each);
        rows += Number(sizes[each]);
      }
      /** @type {Filter} */
      const filter = [{ field: 'cluster', any }];
      return rows > wanted * OVERSHOOT ? [...filter, slice(wanted / rows, query)] : filter;
    };
  };
}

/** @type {Kind['make']} */
function byCategory({ columns: { category } }, share) {
  const sizes = new Int32Array(Math.max(...new Set(category)) + 1);
  for (const each of category) sizes[each] = Number(sizes[each]) + 1;
  const off = (/** @type {number} */ each) =>
    Math.abs(Math.log(Number(sizes[each]) / (share * category.length)));
  const alike = [...sizes.keys()]
    .filter((each) => Number(sizes[each]) > 0)
    .sort((a, b) => off(a) - off(b))
    .slice(0, share < 0.01 ? ALIKE : 1);
  return (query) => [{ field: 'category', any: [Number(alike[query % alike.length])] }];
}
