// @ts-check
// Raw LMDB: what the disk and the B-trees cost, and nothing else. Three tables, as one would lay them out: id to row,
// row to vector, row to id and payload (Silt keeps the last two in one value). Ids and payloads are bytes before the clock starts; keys and values are
// put together in buffers that serve for all rows.
import { open as openLmdb } from 'lmdb';
import { pack, unpack } from 'msgpackr';

const KEY_BYTES = 12; // collection and row number, as in Silt
const NO_COLLECTION = 0;

/** @typedef {import('lmdb').Database<Buffer, Buffer>} Table */
/** @typedef {{ ids: Buffer[], vectors: Buffer[], points: Buffer[] }} Batch */

/** @param {string} folder @param {boolean} asynchronous */
function tablesOf(folder, asynchronous) {
  // Where each commit is waited for, a sync that overlaps the next one has nothing to overlap.
  const env = openLmdb({ path: folder, noSubdir: false, maxDbs: 3, overlappingSync: asynchronous });
  const table = (/** @type {string} */ name) =>
    /** @type {Table} */ (env.openDB({ name, encoding: 'binary', keyEncoding: 'binary' }));
  return { env, ids: table('ids'), vectors: table('vectors'), points: table('points') };
}

/** @param {import('../../base/points.mjs').Point[]} points @returns {Batch} */
function prepare(points) {
  const ids = points.map(({ id }) => Buffer.from(`\0\0\0\0\x02${id}`));
  return {
    ids,
    vectors: points.map(({ vector }) => Buffer.from(vector.buffer, vector.byteOffset, vector.byteLength)),
    points: points.map(({ payload }, i) => {
      const id = /** @type {Buffer} */ (ids[i]).subarray(4);
      const length = Buffer.alloc(2);
      length.writeUInt16LE(id.length);
      return Buffer.concat([length, id, Buffer.alloc(1), pack(payload)]);
    }),
  };
}

/**
 * @param {string} folder
 * @param {import('./writers.mjs').Setup} _
 * @param {{ asynchronous: boolean }} options
 * @returns {import('./writers.mjs').Writer<Batch>}
 */
export function open(folder, _, { asynchronous }) {
  const { env, ids, vectors, points } = tablesOf(folder, asynchronous);
  let rows = 0;
  const key = Buffer.alloc(KEY_BYTES);
  const number = Buffer.alloc(8);
  const next = () => {
    key.writeUInt32BE(NO_COLLECTION, 0);
    key.writeUInt32BE(++rows, 8);
    number.writeDoubleLE(rows);
  };
  const write = (/** @type {Batch} */ batch) =>
    env.transactionSync(() => {
      for (let i = 0; i < batch.ids.length; i++) {
        next();
        ids.putSync(/** @type {Buffer} */ (batch.ids[i]), number);
        vectors.putSync(key, /** @type {Buffer} */ (batch.vectors[i]));
        points.putSync(key, /** @type {Buffer} */ (batch.points[i]));
      }
    });
  const writeBehind = async (/** @type {Batch} */ batch) => {
    for (let i = 0; i < batch.ids.length; i++) {
      next();
      // It may read keys and values later, so that each put needs its own.
      const own = Buffer.from(key);
      ids.put(/** @type {Buffer} */ (batch.ids[i]), Buffer.from(number));
      vectors.put(own, /** @type {Buffer} */ (batch.vectors[i]));
      points.put(own, /** @type {Buffer} */ (batch.points[i]));
    }
    await env.flushed;
  };
  return { prepare, write: asynchronous ? writeBehind : write, close: () => env.close() };
}

/** @param {string} folder @returns {import('./writers.mjs').Reader} */
export function read(folder) {
  const { env, ids, vectors, points } = tablesOf(folder, false);
  return {
    count: () => vectors.getCount(),
    get(id) {
      const row = ids.getBinary(Buffer.from(`\0\0\0\0\x02${id}`))?.readDoubleLE(0);
      if (row === undefined) return undefined;
      const key = Buffer.alloc(KEY_BYTES);
      key.writeUInt32BE(row, 8);
      const vector = vectors.getBinary(key);
      const point = points.getBinary(key);
      if (vector === undefined || point === undefined) return undefined;
      const floats = new Float32Array(new Uint8Array(vector).buffer);
      return { vector: floats, payload: unpack(point.subarray(2 + point.readUInt16LE(0) + 1)) };
    },
    close: () => env.close(),
  };
}
