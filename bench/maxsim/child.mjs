// @ts-check
// A durable collection whose points have several vectors each, searched by MaxSim: all points, or the best of a prefetch.
import { serve } from '../base/child.mjs';
import { bytesOnDisk } from '../base/disk.mjs';
import { watchLoop } from '../base/loop.mjs';
import { percentile } from '../base/numbers.mjs';
import { normal, random } from '../base/random.mjs';
import { silt } from '../base/silt.mjs';

const BATCH_POINTS = 100;
/** How far a query is from the point it was made of. */
const NOISE = 0.5;
/** Answers compared with those of a plain loop. */
const PROVED = 2;
const TOLERANCE = 1e-4;

/** @typedef {{ folder: string, points: number, vectors: number, dimension: number, queries: number, prefetch: number,
 *   k: number, seed: number }} Job */

/** @typedef {{ name: string, queries: number, p50: number, p99: number, qps: number,
 *   loop: import('../base/loop.mjs').LoopDelay }} Way latencies in milliseconds */

/** @typedef {{ tokens: Float32Array[], mean: Float32Array }} Document */

serve({
  async maxsim(/** @type {Job} */ job) {
    const { folder, dimension, k, prefetch } = job;
    const documents = made(job);
    const queries = asked(documents, job);
    const { open } = await silt();
    const db = await open(folder);
    const collection = await db.createCollection('passages', {
      vectors: {
        mean: { dimension, metric: 'cosine' },
        tokens: { dimension, metric: 'cosine', multi: true },
      },
    });
    const filling = watchLoop();
    const startedAt = performance.now();
    for (let first = 0; first < documents.length; first += BATCH_POINTS) {
      const some = documents.slice(first, first + BATCH_POINTS);
      await collection.upsert(some.map((vector, i) => ({ id: first + i, vector: { ...vector } })));
    }
    const perSecond = (1000 * documents.length) / (performance.now() - startedAt);
    const loop = filling();
    await collection.buildNow();

    const exact = (/** @type {Document} */ { tokens }) =>
      collection.query({ query: tokens, using: 'tokens', k });
    const rescored = (/** @type {Document} */ { tokens, mean }) =>
      collection.query({
        query: tokens,
        using: 'tokens',
        prefetch: { query: mean, using: 'mean', k: prefetch },
        k,
      });
    for (const query of queries.slice(0, PROVED)) prove(documents, query, await exact(query), k);
    const ways = [
      await timed('all points', queries, exact),
      await timed(`the best ${prefetch} of a prefetch`, queries, rescored),
    ];
    const { memoryBytes } = collection.status();
    await db.close();
    return { perSecond, loop, ways, memoryBytes, diskBytes: bytesOnDisk(folder) };
  },
});

/** @param {Job} job @returns {Document[]} */
function made({ points, vectors, dimension, seed }) {
  const bell = normal(random(seed));
  return Array.from({ length: points }, () => {
    // The vectors of a passage have something in common, as those of its words do.
    const subject = Float32Array.from({ length: dimension }, bell);
    const tokens = Array.from({ length: vectors }, () => subject.map((value) => value + bell()));
    return { tokens, mean: meanOf(tokens) };
  });
}

/** @param {Document[]} documents @param {Job} job @returns {Document[]} */
function asked(documents, { queries, seed }) {
  const uniform = random(seed + 1);
  const bell = normal(uniform);
  return Array.from({ length: queries }, () => {
    const { tokens: all } = /** @type {Document} */ (documents[Math.floor(uniform() * documents.length)]);
    const tokens = all.map((token) => token.map((value) => value + NOISE * bell()));
    return { tokens, mean: meanOf(tokens) };
  });
}

/** @param {Float32Array[]} tokens */
function meanOf(tokens) {
  return Float32Array.from(
    { length: Number(tokens[0]?.length) },
    (_, i) => tokens.reduce((sum, token) => sum + Number(token[i]), 0) / tokens.length,
  );
}

/**
 * @param {string} name
 * @param {Document[]} queries
 * @param {(query: Document) => Promise<unknown>} search
 * @returns {Promise<Way>}
 */
async function timed(name, queries, search) {
  const [first] = queries;
  if (first) await search(first); // warm
  const watched = watchLoop();
  /** @type {number[]} */
  const times = [];
  for (const query of queries) {
    const began = performance.now();
    await search(query);
    times.push(performance.now() - began);
  }
  const sum = times.reduce((a, b) => a + b, 0);
  const [p50, p99] = [percentile(times, 0.5), percentile(times, 0.99)];
  return { name, queries: times.length, p50, p99, qps: (1000 * times.length) / sum, loop: watched() };
}

/**
 * @param {Document[]} documents
 * @param {Document} query
 * @param {import('../base/silt.mjs').Hit[]} hits
 * @param {number} k
 */
function prove(documents, { tokens }, hits, k) {
  const asked = tokens.map(unit);
  const scores = documents.map(({ tokens: own }) => {
    const units = own.map(unit);
    return asked.reduce((sum, one) => sum + Math.max(...units.map((vector) => dot(one, vector))), 0);
  });
  const best = [...scores].sort((a, b) => b - a).slice(0, k);
  for (const [place, score] of best.entries())
    if (!(Math.abs(Number(hits[place]?.score) - score) <= TOLERANCE * Math.abs(score)))
      throw new Error(`place ${place} scores ${hits[place]?.score}, and should score ${score}`);
}

/** @param {Float32Array} vector */
function unit(vector) {
  const length = Math.sqrt(dot(vector, vector));
  return vector.map((value) => value / length);
}

/** @param {Float32Array} a @param {Float32Array} b */
function dot(a, b) {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Number(a[i]) * Number(b[i]);
  return sum;
}
