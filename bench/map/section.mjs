// @ts-check
// The map of a collection: the time that laying it out takes, and how far neighbours in the plane are neighbours in space, beside
// umap-js on the same rows. The time of Silt is without that of the graph, which is there for searches; that of umap-js has its own.

import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { silt } from '../base/silt.mjs';
import { table } from '../report/table.mjs';
import { trustworthiness } from './trust.mjs';

const NEIGHBOURS = 15;
const JUDGED = { full: 5_000, quick: 300 };

/** @typedef {{ name: string, rows: number, seconds: number, trust: number | null }} Line */

/** @param {string} path in the build output @returns {Promise<any>} */
const inside = (path) => import(new URL(`../../dist/${path}`, import.meta.url).href);

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {number} rows
 * @param {import('../options.mjs').Options} options
 */
async function bySilt({ rows: all, dimension, metric }, rows, { m, efConstruction, seed }) {
  const { open } = await silt();
  const { coreOf } = await inside('collection/collection.js');
  const { PointMap } = await inside('collection/point-map.js');
  const database = await open();
  try {
    const collection = await database.createCollection('map', {
      dimension,
      metric,
      hnsw: { m, efConstruction, seed },
    });
    for (let row = 0; row < rows; row += 1_000) {
      const some = Array.from({ length: Math.min(1_000, rows - row) }, (_, i) => row + i);
      await collection.upsert(
        some.map((id) => ({ id, vector: all.slice(id * dimension, (id + 1) * dimension) })),
      );
    }
    await collection.buildNow();
    const began = performance.now();
    const map = await PointMap.layout(coreOf(collection), { seed });
    while (map.waiting > 0) await map.update();
    return { seconds: (performance.now() - began) / 1_000, xy: /** @type {Float32Array} */ (map.xy) };
  } finally {
    await database.close();
  }
}

/**
 * Undefined where umap-js is not installed.
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {number} rows
 * @param {number} seed
 */
async function byUmap({ rows: all, dimension, metric }, rows, seed) {
  const peer = 'umap-js'; // a variable, since this folder is checked without its packages
  const loaded = await import(peer).catch(() => undefined);
  if (!loaded) return undefined;
  const { randomFrom } = await inside('base/random.js');
  const vectors = Array.from({ length: rows }, (_, row) =>
    Array.from(all.subarray(row * dimension, (row + 1) * dimension)),
  );
  if (metric === 'cosine')
    for (const vector of vectors) {
      const length = Math.hypot(...vector);
      for (const i of vector.keys()) vector[i] = /** @type {number} */ (vector[i]) / length;
    }
  const umap = new loaded.UMAP({ nNeighbors: NEIGHBOURS, random: randomFrom(seed) });
  const began = performance.now();
  const placed = umap.fit(vectors);
  return { seconds: (performance.now() - began) / 1_000, xy: Float32Array.from(placed.flat()) };
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runMap(data, options) {
  const { quick, seed } = options;
  const judged = Math.min(data.rowCount, quick ? JUDGED.quick : JUDGED.full);
  /** @type {Line[]} */
  const lines = [];
  /** @param {string} name @param {{ seconds: number, xy: Float32Array }} laid */
  const judge = (name, { seconds, xy }) => {
    const trust = trustworthiness(data.rows, data.dimension, xy, NEIGHBOURS, data.metric);
    lines.push({ name, rows: judged, seconds, trust });
  };
  note(`map: ${data.name}, ${figure(judged)} rows`);
  judge('silt', await bySilt(data, judged, options));
  const peer = await byUmap(data, judged, seed);
  if (peer) judge('umap-js', peer);
  else note('map: umap-js is left out, which is not installed. Run: npm --prefix bench run setup');
  if (data.rowCount > judged) {
    note(`map: ${data.name}, ${figure(data.rowCount)} rows`);
    const { seconds } = await bySilt(data, data.rowCount, options);
    lines.push({ name: 'silt', rows: data.rowCount, seconds, trust: null });
  }
  const result = { data: data.name, neighbours: NEIGHBOURS, lines };
  const body = lines.map(({ name, rows, seconds, trust }) => [
    name,
    figure(rows),
    figure(seconds, 2),
    trust === null ? '' : figure(trust, 4),
  ]);
  const head = ['', 'rows', 'seconds', `trustworthiness, ${NEIGHBOURS} neighbours`];
  return { result, text: `Map: ${data.title}, one seed\n\n${table(head, body)}` };
}
