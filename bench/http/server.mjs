// @ts-check
// The process that answers: over HTTP, by the client in the process, and by the collection itself. What it takes is measured here.
import { Child, serve } from '../base/child.mjs';
import { waitUntilLearned } from '../base/learned.mjs';
import { settledMemory } from '../base/memory.mjs';
import { percentile } from '../base/numbers.mjs';
import { timed } from './callers.mjs';
import { bareFastify, bareNode } from './floors.mjs';
import { profiled } from './profile.mjs';
import { vectors } from './vectors.mjs';

/** @typedef {{ folder: string, dimension: number, rows: number, queries: number, seed: number, k: number,
 *   learns: boolean }} Job */

/**
 * @typedef {object} How
 * @property {'http' | 'client' | 'collection' | 'node' | 'fastify'} by node, fastify: over HTTP, of servers that do nothing else
 * @property {'query' | 'bare' | 'upsert'} op bare: the same query of a collection of `k` points, which takes no search to speak of
 * @property {number} callers
 * @property {number} least calls
 * @property {number} minMs
 */

/**
 * @typedef {object} Measured
 * @property {number} perSecond
 * @property {number} p50 µs
 * @property {number} p99 µs
 * @property {number} cpuMicros of this process, for each call
 * @property {number} cores that this process kept busy
 */

const NAME = 'points';
const FEW = 'few';
const BATCH = 1000;
/** Said, so that nothing is learned of what is asked, in the background and at the cost of what is measured. */
const EF = 64;
const LEARN_MS = 20_000;
/** Points that are written again and again, one a call. */
const UPSERTS = 500;

/** @type {Job} */
let job;
/** @type {any} */
let client;
/** @type {any} */
let collection;
/** @type {any} */
let server;
/** @type {Record<'node' | 'fastify', import('./floors.mjs').Floor>} */
let floors;
/** @type {Child} */
let asking;
/** @type {Record<How['op'], object[]>} */
let bodies;

serve({
  async begin(/** @type {Job} */ given) {
    job = given;
    const { dimension, rows, queries, seed, k } = job;
    const [{ open }, { QdrantClient }, http] = await Promise.all(
      ['index.js', 'server/qdrant/index.js', 'server/http/index.js'].map(
        (file) => import(new URL(`../../dist/${file}`, import.meta.url).href),
      ),
    );
    const database = await open(job.folder);
    client = new QdrantClient({ database });
    await client.createCollection(NAME, {
      vectors: { size: dimension, distance: 'Cosine' },
      hnsw_config: { full_scan_threshold: 10 },
    });
    const all = vectors(rows, dimension, seed);
    await client.createCollection(FEW, { vectors: { size: dimension, distance: 'Cosine' } });
    await client.upsert(FEW, { wait: true, points: all.slice(0, k).map((vector, id) => ({ id, vector })) });
    for (let from = 0; from < rows; from += BATCH) {
      const points = all.slice(from, from + BATCH).map((vector, i) => ({ id: from + i, vector }));
      await client.upsert(NAME, { wait: true, points });
    }
    collection = database.collection(NAME);
    await collection.buildNow();
    if (job.learns) await waitUntilLearned(collection, Float32Array.from(all[0] ?? []), LEARN_MS);
    // A thousand connections are opened, and then asked one behind the other: the last sends nothing for a while.
    server = await http.serve({ database, port: 0, limits: { headMs: 600_000 } });
    bodies = {
      query: vectors(queries, dimension, seed + 1).map((query) => ({
        query,
        limit: k,
        params: { hnsw_ef: EF },
      })),
      upsert: vectors(UPSERTS, dimension, seed + 2).map((vector, id) => ({ points: [{ id, vector }] })),
      bare: [],
    };
    bodies.bare = bodies.query;
    const answer = { result: await ask('client', 'bare', 0), status: 'ok', time: 0.0001 };
    floors = { node: await bareNode(answer), fastify: await bareFastify(answer) };
    asking = new Child(new URL('client.mjs', import.meta.url));
    await checkAnswers();
  },

  /** @returns {Promise<Measured>} */
  async measure(/** @type {How} */ how) {
    if (how.by !== 'client' && how.by !== 'collection') await prepare(how.op, how.callers, portOf(how.by));
    const warm = { ...how, minMs: how.minMs / 4 };
    await run(warm);
    const cpu = process.cpuUsage();
    const { micros, seconds } = await run(how);
    const { user, system } = process.cpuUsage(cpu);
    return {
      perSecond: micros.length / seconds,
      p50: percentile(micros, 0.5),
      p99: percentile(micros, 0.99),
      cpuMicros: (user + system) / micros.length,
      cores: (user + system) / 1e6 / seconds,
    };
  },

  /** µs of the main thread for a request over HTTP, by whose code it is. @returns {Promise<Record<string, number>>} */
  async profile(/** @type {How} */ how) {
    await prepare(how.op, how.callers);
    return profiled(async () => (await run(how)).micros.length);
  },

  /** Bytes for each connection that was used once and is idle. */
  async idle(/** @type {number} */ count) {
    await prepare('query', count);
    await asking.ask('once'); // what grows with the first is not of the connections
    await asking.ask('connect', { port: server.port, count: 0 });
    const before = await settledMemory();
    await prepare('query', count);
    await asking.ask('once');
    const after = await settledMemory();
    return (after.resident - before.resident) / count;
  },

  async end() {
    await asking.end();
    await Promise.all([server, floors.node, floors.fastify].map((one) => one.close()));
  },
});

/** @param {'http' | 'node' | 'fastify'} by @returns {number} */
const portOf = (by) => (by === 'http' ? server : floors[by]).port;

/** @param {How['op']} op @param {number} count of connections @param {number} [port] */
async function prepare(op, count, port = server.port) {
  const path = `/collections/${op === 'bare' ? FEW : NAME}/points${op === 'upsert' ? '?wait=true' : '/query'}`;
  await asking.ask('prepare', { method: op === 'upsert' ? 'PUT' : 'POST', path, bodies: bodies[op] });
  await asking.ask('connect', { port, count });
}

/** @param {How} how @returns {Promise<import('./callers.mjs').Timed>} */
function run({ by, op, callers, least, minMs }) {
  if (by !== 'client' && by !== 'collection') return asking.ask('run', { least, minMs });
  return timed(callers, least, minMs, (_, call) => ask(by, op, call));
}

/** @param {'client' | 'collection'} by @param {How['op']} op @param {number} call */
function ask(by, op, call) {
  const body = /** @type {any} */ (bodies[op][call % bodies[op].length]);
  if (by === 'client' && op !== 'upsert') return client.query(op === 'bare' ? FEW : NAME, body);
  if (by === 'client') return client.upsert(NAME, { wait: true, ...body });
  return op === 'query'
    ? collection.search(body.query, { k: job.k, ef: EF, withPayload: false })
    : collection.upsert(body.points);
}

/** All three must find the same, or nothing that is measured means anything. */
async function checkAnswers() {
  await prepare('query', 1);
  const { result } = JSON.parse(await asking.ask('once'));
  const ids = (/** @type {{ id: unknown }[]} */ hits) => hits.map(({ id }) => Number(id)).join();
  const found = [
    ids(result.points),
    ids((await ask('client', 'query', 0)).points),
    ids(await ask('collection', 'query', 0)),
  ];
  if (found[0] === '' || new Set(found).size !== 1) throw new Error(`answers differ: ${found.join(' / ')}`);
}
