// @ts-check
// The table of those who write. Adding one is a row here and one file beside it.

/**
 * @typedef {object} Setup
 * @property {'cosine' | 'euclidean'} metric
 * @property {number} dimension
 * @property {number} m
 * @property {number} efConstruction
 * @property {number} threads
 * @property {number} seed
 */

/**
 * @template [Batch=any]
 * @typedef {object} Writer
 * @property {(points: import('../../base/points.mjs').Point[]) => Batch} prepare into the form it wants; not timed
 * @property {(batch: Batch) => unknown} write resolves, or returns, when the rows are as safe as it makes them
 * @property {() => number} [pending] rows that are not in its index yet
 * @property {() => Promise<unknown>} [link] resolves when none is
 * @property {() => unknown} close
 */

/**
 * What was written, read by a second opening of the same folder.
 * @typedef {object} Reader
 * @property {() => number | Promise<number>} count
 * @property {(id: string) => Read | Promise<Read>} get
 * @property {() => unknown} close
 */

/** @typedef {{ vector: Float32Array, payload: object } | undefined} Read */

/**
 * @typedef {object} WriterModule
 * @property {(folder: string, setup: Setup, options: any) => Writer | Promise<Writer>} open in a folder that is not there yet
 * @property {(folder: string, setup: Setup) => Reader | Promise<Reader>} read
 */

/**
 * @typedef {object} WriterRow
 * @property {string} name
 * @property {string | null} engine as `--only` calls it; null: always there
 * @property {'disk' | 'system'} safe where rows are when they are acknowledged: on the disk, or in the cache of
 *   the operating system, which outlives the process but no loss of power
 * @property {boolean} exact whether it gives back vectors bit by bit
 * @property {string} module
 * @property {object} options
 */

/** @type {WriterRow[]} */
export const writers = [
  {
    name: 'lmdb',
    engine: null,
    safe: 'disk',
    exact: true,
    module: './lmdb.mjs',
    options: { asynchronous: false },
  },
  {
    name: 'lmdb, asynchronous',
    engine: null,
    safe: 'disk',
    exact: true,
    module: './lmdb.mjs',
    options: { asynchronous: true },
  },
  {
    name: 'silt, indexing paused',
    engine: 'silt',
    safe: 'disk',
    exact: true,
    module: './silt.mjs',
    options: { paused: true },
  },
  {
    name: 'silt, indexing',
    engine: 'silt',
    safe: 'disk',
    exact: true,
    module: './silt.mjs',
    options: { paused: false },
  },
  { name: 'zvec', engine: 'zvec', safe: 'system', exact: false, module: './zvec.mjs', options: {} },
  { name: 'lancedb', engine: 'lancedb', safe: 'system', exact: true, module: './lancedb.mjs', options: {} },
];

/** The writer that all others are compared with. */
export const RAW = 'lmdb';

/** @param {string} name @returns {WriterRow} */
export function writerRow(name) {
  const row = writers.find((each) => each.name === name);
  if (row === undefined) throw new RangeError(`no writer '${name}'`);
  return row;
}
