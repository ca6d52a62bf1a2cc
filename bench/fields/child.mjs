// @ts-check
// Memory of a process that holds the same vectors as several fields of one collection, or as several collections. Filling and
// measuring are two processes, so that nothing of the building is left.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { settledMemory } from '../base/memory.mjs';
import { median } from '../base/numbers.mjs';
import { idOf } from '../base/points.mjs';
import { silt } from '../base/silt.mjs';
import { subarrays } from '../engines/rows.mjs';

const BATCH_ROWS = 1000;
const CLOSE_BUDGET_MS = 600_000;

/** @typedef {{ folder: string, rowsFile: string, queriesFile: string, rowCount: number, collections: string[], fields: string[],
 *   metric: 'cosine' | 'euclidean', dimension: number, m: number, efConstruction: number, threads: number, seed: number, k: number }} Job */

serve({
  async fill(/** @type {Job} */ job) {
    const { folder, rowCount, collections, fields, metric, dimension, m, efConstruction, threads, seed } =
      job;
    const vectors = subarrays(new Float32Array(readBuffer(job.rowsFile)), dimension);
    const { open } = await silt();
    const db = await open(folder, { closeBudgetMs: CLOSE_BUDGET_MS });
    const dense = { metric, dimension, hnsw: { m, efConstruction, seed } };
    const startedAt = performance.now();
    for (const [at, name] of collections.entries()) {
      const collection = await db.createCollection(name, {
        vectors: Object.fromEntries(fields.map((field) => [field, dense])),
        indexing: { threads },
      });
      // Each field has the rows in an order of its own.
      const vectorOf = (/** @type {number} */ row, /** @type {number} */ field) =>
        /** @type {Float32Array} */ (vectors[(row + (at + field) * Math.floor(rowCount / 3)) % rowCount]);
      for (let from = 0; from < rowCount; from += BATCH_ROWS) {
        const length = Math.min(BATCH_ROWS, rowCount - from);
        await collection.upsert(
          Array.from({ length }, (_, i) => ({
            id: idOf(from + i),
            vector: Object.fromEntries(fields.map((field, number) => [field, vectorOf(from + i, number)])),
          })),
        );
      }
      await collection.buildNow();
    }
    const linkedSeconds = (performance.now() - startedAt) / 1000;
    await db.close();
    return { linkedSeconds };
  },

  async measure(/** @type {Job} */ { folder, queriesFile, dimension, rowCount, collections, fields, k }) {
    const queries = subarrays(new Float32Array(readBuffer(queriesFile)), dimension);
    const { open } = await silt();
    const before = await settledMemory();
    const db = await open(folder);
    let memoryBytes = 0;
    const micros = [];
    for (const name of collections) {
      const collection = db.collection(name);
      const status = collection.status();
      if (status.points !== rowCount || status.pending > 0)
        throw new Error(`${status.points} points, ${status.pending} of them not linked`);
      memoryBytes += status.memoryBytes;
      for (const query of queries) {
        for (const using of fields) {
          const startedAt = performance.now();
          const hits = await collection.query({ query, using, k });
          micros.push((performance.now() - startedAt) * 1000);
          if (hits.length !== k) throw new Error(`${hits.length} hits instead of ${k}`);
        }
      }
    }
    return { before, searched: await settledMemory(), memoryBytes, searchP50: median(micros) };
  },
});
