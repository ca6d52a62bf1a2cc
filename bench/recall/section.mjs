// @ts-check
// The recall that searches ask for against the recall they get, on queries that are not stored; and what it costs, beside
// beams of a fixed width that find as much.
import { Child } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

const TARGETS = [0.9, 0.95, 0.98, 0.99, 0.995];
const BEAMS = [16, 24, 32, 48, 64, 96, 128, 192, 256, 384, 512, 768, 1024, 2048];

/** @typedef {import('./child.mjs').Point} Point */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runRecall(data, options) {
  note(`recall: ${data.name}, ${figure(data.rowCount)} rows`);
  const child = new Child(new URL('child.mjs', import.meta.url));
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed, rounds } = options;
  const job = {
    rowsFile: scratchFile('recall.rows', data.rows),
    queriesFile: scratchFile('recall.queries', data.queries),
    ...{ metric, dimension, m, efConstruction, threads, seed, rounds },
    ks: [1, 10, 100],
    targets: TARGETS,
    beams: BEAMS,
    waitMs: options.quick ? 30_000 : 300_000,
  };
  try {
    /** @type {{ learnedSeconds: number, queries: number, points: Point[] }} */
    const found = await child.ask('recall', job);
    return { result: found, text: describe(data, found) };
  } finally {
    await child.end();
  }
}

/** What fixed beams take for as much recall, between two of them by their distance from all. @param {Point[]} beams */
function beamTimes(beams, /** @type {number} */ recall) {
  const sorted = [...beams].sort((a, b) => a.recall - b.recall);
  const at = sorted.findIndex((point) => point.recall >= recall);
  const [before, after] = [sorted[at - 1], sorted[at]];
  if (at <= 0 || !before || !after) return null;
  const share = (recall - before.recall) / (after.recall - before.recall);
  const between = (/** @type {number} */ a, /** @type {number} */ b) => a + share * (b - a);
  return { mean: between(before.mean, after.mean), slowest: between(before.slowest, after.slowest) };
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {{ learnedSeconds: number, queries: number, points: Point[] }} found
 */
function describe(data, { learnedSeconds, queries, points }) {
  const head = [
    'asked for',
    'k',
    'found',
    'mean us',
    'p50',
    'p99',
    'slowest 10 %',
    'fixed ef: mean',
    'slowest 10 %',
  ];
  const body = points
    .filter(({ target }) => target !== null)
    .map((point) => {
      const beams = points.filter(({ k, target }) => target === null && k === point.k);
      const fixed = beamTimes(beams, point.recall);
      return [
        String(point.target),
        String(point.k),
        figure(point.recall, 4),
        ...[point.mean, point.p50, point.p99, point.slowest].map((micros) => figure(micros)),
        figure(fixed?.mean),
        figure(fixed?.slowest),
      ];
    });
  return [
    `Recall asked for and found: ${figure(data.queryCount)} queries that are not stored, one after another\n` +
      `${data.name}, ${figure(data.rowCount)} x ${data.dimension} rows, ${data.metric}`,
    table(head, body),
    `Learned within ${figure(learnedSeconds, 1)} s behind the build, from ${figure(queries)} rows that were asked as if they\n` +
      'were not stored. Fixed ef: what beams of a fixed width take to find as much, between the two that are next to it.',
  ].join('\n\n');
}
