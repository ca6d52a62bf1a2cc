// @ts-check
// Silt: `upsert` with its defaults, which means that it resolves when the rows are on the disk.
import { silt } from '../../base/silt.mjs';

const NAME = 'rows';

/**
 * @param {string} folder
 * @param {import('./writers.mjs').Setup} setup
 * @param {{ paused: boolean }} options
 * @returns {Promise<import('./writers.mjs').Writer<import('../../base/points.mjs').Point[]>>}
 */
export async function open(folder, { metric, dimension, m, efConstruction, threads, seed }, { paused }) {
  const { open: openSilt } = await silt();
  const db = await openSilt(folder);
  const hnsw = { m, efConstruction, seed };
  const indexing = { threads, paused };
  const rows = await db.createCollection(NAME, { dimension, metric, hnsw, indexing });
  return {
    prepare: (points) => points,
    write: (batch) => rows.upsert(batch),
    ...(!paused && { pending: () => rows.status().pending, link: () => rows.buildNow() }),
    close: () => db.close(),
  };
}

/** @param {string} folder @returns {Promise<import('./writers.mjs').Reader>} */
export async function read(folder) {
  const { open: openSilt } = await silt();
  const db = await openSilt(folder);
  const rows = db.collection(NAME);
  return {
    count: () => rows.count(),
    async get(id) {
      const found = await rows.get(id);
      return found?.vector && found.payload && { vector: found.vector, payload: found.payload };
    },
    close: () => db.close(),
  };
}
