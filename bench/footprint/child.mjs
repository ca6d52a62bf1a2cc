// @ts-check
// Memory of a process that holds one collection, all linked. Filling and measuring are two processes, so that
// nothing of the building is left.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { settledMemory } from '../base/memory.mjs';
import { median } from '../base/numbers.mjs';
import { batches, idOf } from '../base/points.mjs';
import { progress } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';
import { subarrays } from '../engines/rows.mjs';

const NAME = 'rows';
const BATCH_ROWS = 1000;
const PROVED = 100;
/** Long enough for any snapshot: one that was given up would leave rows to link, and threads to do it. */
const CLOSE_BUDGET_MS = 600_000;

/** @typedef {{ folder: string, rowsFile: string, queriesFile: string, rowCount: number,
 *   vectors: 'memory' | 'disk', metric: 'cosine' | 'euclidean', dimension: number, m: number,
 *   efConstruction: number, threads: number, seed: number, k: number, ef: number }} Job */

serve({
  async fill(/** @type {Job} */ job) {
    const { vectors, metric, dimension, rowCount, m, efConstruction, threads, seed } = job;
    const rows = new Float32Array(readBuffer(job.rowsFile)).subarray(0, rowCount * dimension);
    const { open } = await silt();
    const db = await open(job.folder, { closeBudgetMs: CLOSE_BUDGET_MS });
    const collection = await db.createCollection(NAME, {
      ...{ storage: vectors, metric, dimension, hnsw: { m, efConstruction, seed } },
      indexing: { threads },
    });
    const startedAt = performance.now();
    let written = 0;
    for (const batch of batches(rows, dimension, BATCH_ROWS)) {
      await collection.upsert(batch);
      written += batch.length;
      progress(`vectors: ${vectors}, rows written`, written, rowCount, startedAt);
    }
    await collection.buildNow();
    const linkedSeconds = (performance.now() - startedAt) / 1000;
    await db.close();
    return { linkedSeconds };
  },

  async measure(/** @type {Job} */ { folder, queriesFile, dimension, rowCount, k, ef }) {
    const queries = subarrays(new Float32Array(readBuffer(queriesFile)), dimension);
    const { open } = await silt();
    const before = await settledMemory();
    const db = await open(folder);
    const collection = db.collection(NAME);
    const { points, pending, memoryBytes } = collection.status();
    if (points !== rowCount || pending > 0)
      throw new Error(`${points} points, ${pending} of them not linked`);
    const opened = await settledMemory();
    const micros = [];
    for (const query of queries) {
      const startedAt = performance.now();
      const hits = await collection.search(query, { k, ef });
      micros.push((performance.now() - startedAt) * 1000);
      if (hits.length !== k) throw new Error(`${hits.length} hits instead of ${k}`);
    }
    const searched = await settledMemory();
    for (let i = 0; i < PROVED; i++) {
      const id = idOf(Math.floor((i * rowCount) / PROVED));
      const vector = (await collection.get(id))?.vector;
      const hits = vector && (await collection.search(vector, { k, ef }));
      if (hits?.[0]?.id !== id) throw new Error(`${id} is not the nearest to itself`);
    }
    return { before, opened, searched, memoryBytes, searchP50: median(micros) };
  },
});
