// @ts-check
// A collection that is searched at a steady pace while it takes rows in, and while it is compacted.
import { setTimeout as sleep } from 'node:timers/promises';
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { idOf, payloadOf } from '../base/points.mjs';
import { normal, random } from '../base/random.mjs';
import { silt } from '../base/silt.mjs';
import { perturbed } from '../data/noise.mjs';
import { subarrays } from '../engines/rows.mjs';
import { ask } from '../live/pace.mjs';
import { proveLive } from '../live/prove.mjs';
import { watched } from '../live/watched.mjs';

const FILL_BATCH = 1000;

/** @typedef {{ folder: string, rowsFile: string, queriesFile: string, metric: 'cosine' | 'euclidean',
 *   dimension: number, m: number, efConstruction: number, threads: number, seed: number, k: number, ef: number,
 *   mergeThreshold: number, idleQueries: number, batchRows: number, pacedRowsPerSecond: number,
 *   pacedSeconds: number }} Job */

/** @typedef {import('../live/watched.mjs').Phase} Phase */

/** @typedef {{ collection: import('../base/silt.mjs').Collection, vectors: Float32Array[], job: Job }} Service */

serve({
  async live(/** @type {Job} */ job) {
    const { metric, dimension, m, efConstruction, threads, seed, mergeThreshold, idleQueries } = job;
    const vectors = subarrays(new Float32Array(readBuffer(job.rowsFile)), dimension);
    const queries = subarrays(new Float32Array(readBuffer(job.queriesFile)), dimension);
    const { open } = await silt();
    const db = await open(job.folder);
    const collection = await db.createCollection('live', {
      ...{ metric, dimension, hnsw: { m, efConstruction, seed } },
      indexing: { threads, mergeThreshold },
    });
    const service = { collection, vectors, job };
    const search = searcher(service);
    /** @type {Phase[]} */
    const phases = [];
    const phase = async (/** @type {string} */ name, /** @type {(() => Promise<number>) | null} */ work) => {
      phases.push(await watched(name, { search, queries, idleQueries }, work));
    };
    const half = vectors.length >> 1;
    const full = half + (vectors.length >> 2);

    await write(service, 0, half, FILL_BATCH);
    await collection.buildNow();
    await ask(search, queries, (asked) => asked < idleQueries / 4); // warm
    await phase('at rest', null);
    await phase('ingest, full speed', () => write(service, half, full, job.batchRows));
    await collection.buildNow();
    let end = full;
    await phase('ingest, steady pace', async () => {
      end = await writePaced(service, full);
      return end - full;
    });
    await collection.buildNow();
    await replaceHalf(service, end);
    await phase('half replaced, at rest', null);
    const { masked } = collection.status();
    await phase('compaction', async () => {
      await collection.compact();
      return 0;
    });
    if (collection.status().masked > 0) throw new Error('rows are still masked after compaction');
    await phase('compacted, at rest', null);

    const rowOf = new Map(Array.from({ length: end }, (_, row) => [idOf(row), row]));
    await proveLive(job, vectors.slice(0, end), queries, async (query) =>
      (await search(query)).map(({ id, score }) => [rowOf.get(String(id)) ?? -1, score]),
    );
    await db.close();
    return { phases, rows: end, masked };
  },
});

/** @param {Service} service */
function searcher({ collection, job: { k, ef } }) {
  return async (/** @type {Float32Array} */ query) => {
    const hits = await collection.search(query, { k, ef });
    if (hits.length !== k) throw new Error(`${hits.length} hits instead of ${k}`);
    return hits;
  };
}

/**
 * @param {Service} service
 * @param {number} from
 * @param {number} to
 * @param {number} size
 */
async function write({ collection, vectors }, from, to, size) {
  for (let row = from; row < to; row += size) {
    const some = vectors.slice(row, Math.min(to, row + size));
    await collection.upsert(
      some.map((vector, i) => ({ id: idOf(row + i), vector, payload: payloadOf(row + i) })),
    );
  }
  return to - from;
}

/**
 * A batch each time it is due, whether or not the one before is through.
 * @param {Service} service
 * @param {number} from
 * @returns {Promise<number>} the first row that was not written
 */
async function writePaced(service, from) {
  const { batchRows, pacedRowsPerSecond, pacedSeconds } = service.job;
  const to = Math.min(service.vectors.length, from + pacedRowsPerSecond * pacedSeconds);
  const startedAt = performance.now();
  const writes = [];
  for (let row = from; row < to; row += batchRows) {
    const due = startedAt + ((row - from) / pacedRowsPerSecond) * 1000;
    await sleep(Math.max(0, due - performance.now()));
    writes.push(write(service, row, Math.min(to, row + batchRows), batchRows));
  }
  await Promise.all(writes);
  return to;
}

/**
 * Gives each second row another vector. Paused, so that compaction does not begin before it is looked at.
 * @param {Service} service
 * @param {number} end
 */
async function replaceHalf({ collection, vectors, job }, end) {
  collection.pauseIndexing();
  const gauss = normal(random(job.seed));
  for (let first = 0; first < end; first += 2 * FILL_BATCH) {
    const batch = [];
    for (let row = first; row < Math.min(end, first + 2 * FILL_BATCH); row += 2) {
      const vector = perturbed(/** @type {Float32Array} */ (vectors[row]), gauss);
      vectors[row] = vector;
      batch.push({ id: idOf(row), vector, payload: payloadOf(row) });
    }
    await collection.upsert(batch);
  }
  await collection.buildNow();
}
