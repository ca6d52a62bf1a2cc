// @ts-check
// The data sets by name. Rows and queries live in shared memory, so that the threads of the exact scan
// read them without a copy.
import { createHash } from 'node:crypto';
import { clusters } from './clusters.mjs';
import { fashion } from './fashion.mjs';
import { glove } from './glove.mjs';

/**
 * @typedef {object} Dataset
 * @property {string} name
 * @property {string} title for tables and plots
 * @property {'cosine' | 'euclidean'} metric
 * @property {number} dimension
 * @property {Float32Array} rows
 * @property {number} rowCount the id of a row is its number, 0 to rowCount - 1
 * @property {Float32Array} queries none of them is a row
 * @property {number} queryCount
 * @property {string} checksum of metric, rows and queries
 * @property {Origin} [origin] of those that were words
 */

/**
 * @typedef {object} Origin
 * @property {string[]} words of the rows
 * @property {Int32Array} rows where each was in the file, rising: the most frequent words come first
 * @property {Int32Array} queries the same of the queries
 */

/**
 * @typedef {object} Wanted
 * @property {number | null} rows at most so many; null: all
 * @property {number} queries
 * @property {number} seed
 * @property {string | null} fashionDir
 */

/** @typedef {Omit<Dataset, 'checksum' | 'rowCount' | 'queryCount'>} Source */

const CACHED_ROWS = 40_000;

/** @type {Record<string, (wanted: Wanted) => Promise<Source>>} */
const sources = {
  glove,
  // Small enough for the caches.
  'glove-40k': async (wanted) => ({
    ...(await glove({ ...wanted, rows: Math.min(wanted.rows ?? CACHED_ROWS, CACHED_ROWS) })),
    name: 'glove-40k',
    title: 'GloVe, 40,000 words',
  }),
  fashion,
  clusters: async (wanted) => clusters('cosine', wanted, { name: 'clusters', dimension: 32, rows: 20_000 }),
  'clusters-l2': async (wanted) =>
    clusters('euclidean', wanted, { name: 'clusters-l2', dimension: 32, rows: 20_000 }),
  // As wide as sentence embeddings are.
  'clusters-768': async (wanted) =>
    clusters('cosine', wanted, { name: 'clusters-768', dimension: 768, rows: 100_000 }),
};

export const datasetNames = Object.keys(sources);

/**
 * @param {string} name
 * @param {Wanted} wanted
 * @returns {Promise<Dataset>}
 */
export async function loadDataset(name, wanted) {
  const source = await /** @type {(wanted: Wanted) => Promise<Source>} */ (sources[name])(wanted);
  const { dimension, rows, queries } = source;
  const hash = createHash('sha256').update(`${source.metric} ${dimension} ${rows.length} `);
  for (const part of [rows, queries])
    hash.update(new Uint8Array(part.buffer, part.byteOffset, part.byteLength));
  return {
    ...source,
    rowCount: rows.length / dimension,
    queryCount: queries.length / dimension,
    checksum: hash.digest('hex').slice(0, 16),
  };
}
