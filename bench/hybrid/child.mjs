// @ts-check
// A durable collection of vectors and texts that is asked for both at once, at a steady pace, while it takes points in.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { idOf } from '../base/points.mjs';
import { silt } from '../base/silt.mjs';
import { subarrays } from '../engines/rows.mjs';
import { watched } from '../live/watched.mjs';
import { textsOf } from '../text/texts.mjs';

const FILL_BATCH = 1000;
/** Of each list that is fused. */
const DEPTH = 50;

/** @typedef {{ folder: string, rowsFile: string, queriesFile: string, rowCount: number, metric: 'cosine' | 'euclidean',
 *   dimension: number, m: number, efConstruction: number, threads: number, seed: number, k: number, idleQueries: number,
 *   batchRows: number }} Job */

/** @typedef {{ vector: Float32Array, text: string }} Both */

serve({
  async hybrid(/** @type {Job} */ job) {
    const { rowCount, dimension, metric, m, efConstruction, threads, seed, k, idleQueries, batchRows } = job;
    const vectors = subarrays(new Float32Array(readBuffer(job.rowsFile)), dimension).slice(0, rowCount);
    const asked = subarrays(new Float32Array(readBuffer(job.queriesFile)), dimension);
    const { documents, queries: words } = textsOf({
      texts: null,
      rows: rowCount,
      queries: asked.length,
      seed,
    });
    const queries = asked.map((vector, i) => ({ vector, text: String(words[i]) }));
    const { open } = await silt();
    const db = await open(job.folder);
    const collection = await db.createCollection('both', {
      vectors: { meaning: { dimension, metric, hnsw: { m, efConstruction, seed } } },
      text: { words: { path: 'body' } },
      indexing: { threads },
    });
    const write = async (
      /** @type {number} */ from,
      /** @type {number} */ to,
      /** @type {number} */ size,
    ) => {
      for (let row = from; row < to; row += size) {
        const some = vectors.slice(row, Math.min(to, row + size));
        await collection.upsert(
          some.map((meaning, i) => ({
            id: idOf(row + i),
            vector: { meaning },
            payload: { body: documents[row + i] },
          })),
        );
      }
      return to - from;
    };
    const search = async (/** @type {Both} */ { vector, text }) => {
      const prefetch = [
        { query: vector, using: 'meaning', k: DEPTH },
        { query: { text }, using: 'words', k: DEPTH },
      ];
      const hits = await collection.query({ prefetch, query: { fusion: 'rrf' }, k, withPayload: false });
      if (hits.length !== k) throw new Error(`${hits.length} hits instead of ${k}`);
    };
    const ask = { search, queries, idleQueries };
    const half = rowCount >> 1;
    await write(0, half, FILL_BATCH);
    await collection.buildNow();
    for (const query of queries.slice(0, idleQueries / 4)) await search(query); // warm
    const phases = [
      await watched('at rest', ask, null),
      await watched('ingest, full speed', ask, () => write(half, rowCount, batchRows)),
    ];
    await collection.buildNow();
    phases.push(await watched('at rest, twice as many', ask, null));
    const { memoryBytes } = collection.status();
    await db.close();
    return { phases, memoryBytes };
  },
});
