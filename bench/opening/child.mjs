// @ts-check
// One process of a database's life: it fills a folder and closes it, or is killed; or it opens the folder and
// answers.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { batches, idOf } from '../base/points.mjs';
import { progress } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';

const NAME = 'rows';
const BATCH_ROWS = 1000;
const PROVED = 100; // rows looked up by id and by vector

/** @typedef {{ folder: string, rowsFile: string, metric: 'cosine' | 'euclidean', dimension: number, m: number,
 *   efConstruction: number, threads: number, seed: number, k: number }} Job */

/** @type {import('../base/silt.mjs').Database} */
let db;
/** @type {import('../base/silt.mjs').Collection} */
let collection;

serve({
  /** Resolves right behind the last acknowledgement. */
  async fill(/** @type {Job} */ job) {
    const { metric, dimension, m, efConstruction, threads, seed } = job;
    const rows = new Float32Array(readBuffer(job.rowsFile));
    const { open } = await silt();
    db = await open(job.folder);
    const config = { metric, dimension, hnsw: { m, efConstruction, seed } };
    collection = await db.createCollection(NAME, { ...config, indexing: { threads } });
    const startedAt = performance.now();
    let written = 0;
    for (const batch of batches(rows, dimension, BATCH_ROWS)) {
      await collection.upsert(batch);
      written += batch.length;
      progress('rows written', written, rows.length / dimension, startedAt);
    }
    return { pending: collection.status().pending };
  },

  async link() {
    const startedAt = performance.now();
    await collection.buildNow();
    return (performance.now() - startedAt) / 1000;
  },

  async close() {
    const startedAt = performance.now();
    await db.close();
    return performance.now() - startedAt;
  },

  /** From the call of `open` to the first answer, which is the library's first of this process too. */
  async open(/** @type {Job} */ job) {
    const rows = new Float32Array(readBuffer(job.rowsFile));
    const { dimension, k } = job;
    const count = rows.length / dimension;
    const vectorOf = (/** @type {number} */ row) => rows.subarray(row * dimension, (row + 1) * dimension);
    const { open } = await silt();
    const startedAt = performance.now();
    db = await open(job.folder);
    collection = db.collection(NAME);
    const openedAt = performance.now();
    const hits = await collection.search(vectorOf(count - 1), { k });
    const answeredAt = performance.now();
    const { pending, points } = collection.status();

    if (points !== count) throw new Error(`${points} points are there, of ${count} that were acknowledged`);
    if (hits.length !== Math.min(k, count)) throw new Error(`${hits.length} hits instead of ${k}`);
    for (let i = 0; i < PROVED; i++) {
      const row = Math.floor((i * (count - 1)) / (PROVED - 1));
      const stored = await collection.get(idOf(row));
      if (!stored?.vector?.every((value, at) => value === vectorOf(row)[at]))
        throw new Error(`row ${row} is not there as it was written`);
      // Exactly: a walk of GloVe's graph misses about one row in a hundred by its own vector at the default ef.
      const [nearest] = await collection.search(vectorOf(row), { k, exact: true });
      if (!nearest || !(await isAsNear(nearest, vectorOf(row)))) throw new Error(`row ${row} is not found`);
    }
    return { openMs: openedAt - startedAt, firstMs: answeredAt - openedAt, pending };
  },
});

/**
 * Whether a hit has the very vector that was asked for: it may be another row's, if two are equal.
 * @param {import('../base/silt.mjs').Hit} hit
 * @param {Float32Array} vector
 */
async function isAsNear({ id }, vector) {
  const stored = await collection.get(String(id));
  return stored?.vector?.every((value, at) => value === vector[at]) === true;
}
