// @ts-check
// LanceDB: each `add` writes files and commits a version of the table. It calls no fsync, and has no setting for
// it. Rows become Arrow tables before the clock starts. No index is made; searches read all rows.
import { createRequire } from 'node:module';

const lancedb = createRequire(import.meta.url)('@lancedb/lancedb');

const NAME = 'rows';

/**
 * @param {string} folder
 * @param {import('./writers.mjs').Setup} setup
 * @returns {Promise<import('./writers.mjs').Writer<object>>}
 */
export async function open(folder, { dimension }) {
  const db = await lancedb.connect(folder);
  /** @type {any} */
  let table;
  const empty = { id: '', vector: new Float32Array(dimension), group: '', rank: 0, kept: false };
  const { schema } = lancedb.makeArrowTable([empty]);
  return {
    prepare: (points) =>
      lancedb.makeArrowTable(points.map(({ id, vector, payload }) => ({ id, vector, ...payload }))),
    async write(batch) {
      table ??= await db.createEmptyTable(NAME, schema);
      await table.add(batch);
    },
    close() {
      table?.close();
      db.close();
    },
  };
}

/** @param {string} folder @returns {Promise<import('./writers.mjs').Reader>} */
export async function read(folder) {
  const db = await lancedb.connect(folder);
  const table = await db.openTable(NAME);
  return {
    count: () => table.countRows(),
    async get(id) {
      const [row] = await table.query().where(`id = '${id}'`).limit(1).toArray();
      if (row === undefined) return undefined;
      const { vector, group, rank, kept } = row;
      return { vector: Float32Array.from(vector), payload: { group, rank: Number(rank), kept } };
    },
    close() {
      table.close();
      db.close();
    },
  };
}
