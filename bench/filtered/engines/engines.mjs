// @ts-check
// The table of those who search with filters. Adding one is a row here and one file beside it.

/**
 * @typedef {object} Setup
 * @property {'cosine' | 'euclidean'} metric
 * @property {number} dimension
 * @property {number} m of the peers; Silt gets no setting at all
 * @property {number} efConstruction of the peers
 * @property {number} threads that build, where an engine takes a number
 * @property {number} k
 * @property {string} folder not there yet
 */

/**
 * @template [Request=any] a query and its filter, in the form that the engine wants
 * @template [Raw=any]
 * @typedef {object} Engine
 * @property {string} settings in words
 * @property {string[]} efforts settings of search, weakest first, in words
 * @property {(effort: number) => void} setEffort
 * @property {(rows: Float32Array, columns: import('../columns.mjs').Columns,
 *   report: (done: number) => void) => Promise<void>} build
 * @property {() => Promise<void>} index the payload, by the fields that filters ask for
 * @property {(query: Float32Array, filter: import('../filters.mjs').Filter | null) => Request} request not timed
 * @property {(request: Request) => Raw | Promise<Raw>} search the timed call, nothing else in it
 * @property {(raw: Raw) => number[]} rowsOf best first; not timed
 * @property {() => unknown} close
 */

/** @type {{ name: string, module: string, options: object }[]} */
export const filterEngines = [
  { name: 'silt', module: './silt.mjs', options: {} },
  { name: 'zvec', module: './zvec.mjs', options: {} },
  { name: 'lancedb', module: './lancedb.mjs', options: { kind: 'hnsw' } },
  { name: 'lancedb-pq', module: './lancedb.mjs', options: { kind: 'pq' } },
];

/**
 * @param {string} name
 * @param {Setup} setup
 * @returns {Promise<Engine>}
 */
export async function openFilterEngine(name, setup) {
  const row = filterEngines.find((each) => each.name === name);
  if (row === undefined) throw new RangeError(`'${name}' is no engine that filters here`);
  const { open } = await import(row.module);
  return open(setup, row.options);
}
