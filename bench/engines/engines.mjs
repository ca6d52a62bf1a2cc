// @ts-check
// The table of engines. Adding one is a row here and one file beside it.

/**
 * What an adapter is told. Whatever it needs in another form (plain arrays, 64-bit keys, documents) it
 * makes outside of the timed calls, and its queries already when it is created, before memory is read.
 * @typedef {object} Setup
 * @property {'cosine' | 'euclidean'} metric
 * @property {number} dimension
 * @property {Float32Array} rows
 * @property {number} rowCount
 * @property {Float32Array} queries
 * @property {number} queryCount
 * @property {number} k
 * @property {number} m
 * @property {number} efConstruction
 * @property {number} threads for building
 * @property {number} [searchThreads] default 1
 * @property {number} seed
 * @property {string} scratch a path that the adapter may use for files, not existing yet
 */

/**
 * @typedef {object} Answer
 * @property {number[]} ids best first
 * @property {number[]} distances 1 - cosine similarity, or the euclidean distance
 */

/**
 * @template [Raw=unknown]
 * @typedef {object} Engine
 * @property {(report: (done: number) => void) => Promise<number>} build makes and fills the index; resolves
 *   to the seconds spent inside the engine
 * @property {(waitMs: number) => Promise<import('../base/learned.mjs').Learned>} [learn] waits until it has learned what it
 *   learns by itself; not part of the build
 * @property {(ef: number) => void} setEf
 * @property {(recall: number | null) => void} [setRecall] where it can be asked for a recall; null: for none, its default
 * @property {(query: number) => Raw | Promise<Raw>} search one query by its number: the timed call, nothing else in it
 * @property {(query: number) => Promise<Raw>} [ask] the same for many callers at once, where the calling thread is not
 *   held up meanwhile
 * @property {(first: number, count: number, threads: number) => Raw[] | Promise<Raw[]>} [together] queries from `first`
 *   on in one call, where there is one
 * @property {(raw: Raw) => Answer} read not timed
 * @property {number} tolerance of its distances, relative to max(1, distance)
 * @property {() => number | null} [ownBytes] what the engine itself says it occupies
 * @property {() => void | Promise<void>} close
 */

/**
 * @typedef {object} EngineRow
 * @property {string} name
 * @property {string | null} package null: Silt, from the build output of this repository
 * @property {string} note
 * @property {string | null} module null: not in the curves; sections `durable` and `filtered` have adapters of their own
 * @property {Record<string, unknown>} options
 * @property {'ef' | 'recall'} [sweep] what the curves ask for, point by point (default ef)
 * @property {true} [elsewhere] on the Node that --node names
 * @property {Record<string, string>} [env] of its process
 */

/** @type {EngineRow[]} */
export const engines = [
  { name: 'silt', package: null, note: 'by ef', module: './silt.mjs', options: {} },
  {
    name: 'silt-recall',
    package: null,
    note: 'by recall',
    module: './collection.mjs',
    options: {},
    sweep: 'recall',
  },
  {
    name: 'hnswlib',
    package: 'hnswlib-node',
    note: 'builds on 1 thread',
    module: './hnswlib.mjs',
    options: {},
  },
  {
    name: 'usearch',
    package: 'usearch',
    note: 'f32',
    module: './usearch.mjs',
    options: { quantization: 'f32' },
  },
  { name: 'zvec', package: '@zvec/zvec', note: 'f32', module: './zvec.mjs', options: { mFactor: 1 } },
  { name: 'lancedb', package: '@lancedb/lancedb', note: '', module: null, options: {} },
  // Not part of a plain run; ask for them with --only.
  {
    name: 'usearch-f16',
    package: 'usearch',
    note: 'f16',
    module: './usearch.mjs',
    options: { quantization: 'f16' },
  },
  {
    name: 'usearch-i8',
    package: 'usearch',
    note: 'i8',
    module: './usearch.mjs',
    options: { quantization: 'i8' },
  },
  {
    name: 'zvec-2m',
    package: '@zvec/zvec',
    note: 'f32, twice M',
    module: './zvec.mjs',
    options: { mFactor: 2 },
  },
  // Silt on another Node: V8 and the kernel differ, so that there is one with the kernel of Node 20 as well.
  {
    name: 'silt-node',
    package: null,
    note: 'by ef',
    module: './silt.mjs',
    options: {},
    elsewhere: true,
  },
  {
    name: 'silt-node-simd',
    package: null,
    note: 'by ef',
    module: './silt.mjs',
    options: {},
    elsewhere: true,
    env: { SILT_KERNEL: 'simd' },
  },
  {
    name: 'silt-recall-node',
    package: null,
    note: 'by recall',
    module: './collection.mjs',
    options: {},
    sweep: 'recall',
    elsewhere: true,
  },
  // Of keyword search alone.
  { name: 'minisearch', package: 'minisearch', note: '', module: null, options: {} },
  { name: 'orama', package: '@orama/orama', note: '', module: null, options: {} },
  { name: 'fts5', package: 'better-sqlite3', note: 'SQLite', module: null, options: {} },
  { name: 'lancedb-pq', package: '@lancedb/lancedb', note: 'IVF_PQ', module: null, options: {} },
];

export const defaultEngines = [
  'silt',
  'silt-recall',
  'hnswlib',
  'usearch',
  'zvec',
  'lancedb',
  'minisearch',
  'orama',
  'fts5',
];

/** @param {string} name */
export function engineRow(name) {
  const row = engines.find((each) => each.name === name);
  if (row === undefined)
    throw new RangeError(`no engine '${name}'; there are ${engines.map((e) => e.name).join(', ')}`);
  return row;
}

/**
 * Loads the library of an engine; the index itself is made by calling the result.
 * @param {string} name
 * @returns {Promise<(setup: Setup) => Engine>}
 */
export async function loadEngine(name) {
  const row = engineRow(name);
  if (row.module === null) throw new RangeError(`'${name}' is no engine of the curves`);
  const { create } = await import(row.module);
  return (setup) => create(setup, row.options);
}
