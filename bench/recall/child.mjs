// @ts-check
// One collection in memory: filled, linked, left alone until it knows its recall; then asked, target by target and beam by
// beam in turn, so that a noisy minute meets all of them. It is judged by exact searches of the same collection, which the
// curves hold against distances in float64.
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { waitUntilLearned } from '../base/learned.mjs';
import { median, percentile } from '../base/numbers.mjs';
import { points as pointsOf } from '../base/points.mjs';
import { progress } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';

const BATCH = 5_000;

/** @typedef {{ rowsFile: string, queriesFile: string, metric: 'cosine' | 'euclidean', dimension: number, m: number,
 *   efConstruction: number, threads: number, seed: number, rounds: number, ks: number[], targets: number[],
 *   beams: number[], waitMs: number }} Job */

/** Microseconds; slowest: the mean of the slowest tenth.
 * @typedef {{ recall: number, mean: number, p50: number, p99: number, slowest: number }} Figures */

/** One target, or one beam, at one k. @typedef {Figures & { target: number | null, ef: number | null, k: number }} Point */

serve({
  async recall(/** @type {Job} */ job) {
    const { metric, dimension, m, efConstruction, threads, seed, rounds, ks, targets, beams } = job;
    const rows = new Float32Array(readBuffer(job.rowsFile));
    const all = new Float32Array(readBuffer(job.queriesFile));
    const queries = Array.from({ length: all.length / dimension }, (_, i) =>
      all.subarray(i * dimension, (i + 1) * dimension),
    );
    const { open } = await silt();
    const db = await open();
    const config = {
      metric,
      dimension,
      hnsw: { m, efConstruction, seed },
      indexing: { threads },
    };
    const collection = await db.createCollection('recall', config);
    const count = rows.length / dimension;
    for (let at = 0; at < count; at += BATCH)
      await collection.upsert(pointsOf(rows, dimension, at, Math.min(count, at + BATCH)));
    await collection.buildNow();
    const learned = await waitUntilLearned(collection, /** @type {Float32Array} */ (queries[0]), job.waitMs);

    /** @type {Point[]} */
    const points = [];
    for (const k of ks) {
      const truth = [];
      for (const query of queries) truth.push(scoresOf(await collection.search(query, { k, exact: true })));
      const asked = [
        ...targets.map((target) => ({ target, ef: null, o: { recall: target } })),
        ...beams.filter((ef) => ef >= k).map((ef) => ({ target: null, ef, o: { ef } })),
      ];
      /** @type {Figures[][]} */
      const measured = asked.map(() => []);
      for (let round = 0; round < rounds; round++) {
        for (const [i, { o }] of asked.entries()) {
          measured[i]?.push(await measure(collection, queries, truth, { ...o, k, withPayload: false }));
          progress(`recall@${k}, points of a round`, i + 1, asked.length, performance.now());
        }
      }
      for (const [i, { target, ef }] of asked.entries())
        points.push({ target, ef, k, ...middle(measured[i] ?? []) });
    }
    await db.close();
    return { ...learned, points };
  },
});

/** Scores of hits, whichever way they are in order. @param {import('../base/silt.mjs').Hit[]} hits */
const scoresOf = (hits) => new Map(hits.map(({ id, score }) => [id, score]));

/**
 * @param {import('../base/silt.mjs').Collection} collection
 * @param {Float32Array[]} queries
 * @param {Map<string | number | bigint, number>[]} truth
 * @param {{ k: number, recall?: number, ef?: number, withPayload: boolean }} o
 */
async function measure(collection, queries, truth, o) {
  const micros = [];
  let right = 0;
  for (const [i, query] of queries.entries()) {
    const began = performance.now();
    const hits = await collection.search(query, o);
    micros.push((performance.now() - began) * 1000);
    const exact = /** @type {Map<string, number>} */ (truth[i]);
    const last = [...exact.values()].at(-1);
    right += Math.min(
      exact.size,
      hits.filter(({ id, score }) => exact.has(String(id)) || score === last).length,
    );
  }
  micros.sort((a, b) => a - b);
  const slowest = micros.slice(Math.floor(0.9 * micros.length));
  return {
    recall: right / queries.length / o.k,
    mean: mean(micros),
    p50: percentile(micros, 0.5),
    p99: percentile(micros, 0.99),
    slowest: mean(slowest),
  };
}

/** @param {number[]} values */
const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;

/** Medians over the rounds. @param {Figures[]} rounds @returns {Figures} */
function middle(rounds) {
  const of = (/** @type {keyof Figures} */ field) => median(rounds.map((round) => round[field]));
  return { recall: of('recall'), mean: of('mean'), p50: of('p50'), p99: of('p99'), slowest: of('slowest') };
}
