// @ts-check
// What a point with three dense vectors takes in memory: as three fields of one collection, beside three collections of one.
import { rmSync } from 'node:fs';
import { askAlone } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

const MOST_ROWS = 100_000;
const QUICK_ROWS = 300;
const module = new URL('child.mjs', import.meta.url);

/** @typedef {import('../base/memory.mjs').Memory} Memory */
/** @typedef {{ name: string, linkedSeconds: number, memoryBytes: number, searchP50: number, before: Memory, searched: Memory }} Way */

const WAYS = [
  { name: 'one collection, one field', collections: ['a'], fields: ['x'] },
  { name: 'one collection, three fields', collections: ['a'], fields: ['x', 'y', 'z'] },
  { name: 'three collections of one field', collections: ['a', 'b', 'c'], fields: ['x'] },
];

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runFields(data, options) {
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed, k, quick } = options;
  const rowCount = Math.min(data.rowCount, quick ? QUICK_ROWS : MOST_ROWS);
  const kept = { rowCount, metric, dimension, m, efConstruction, threads, seed, k };
  const rowsFile = scratchFile('fields.rows', data.rows);
  const files = { rowsFile, queriesFile: scratchFile('fields.queries', data.queries) };
  /** @type {Way[]} */
  const ways = [];
  for (const { name, ...way } of quick ? WAYS.slice(1, 2) : WAYS) {
    note(`fields: ${name}, ${figure(rowCount)} x ${dimension}`);
    const folder = scratchPath('fields');
    const job = { ...kept, ...files, ...way, folder };
    try {
      const filled = await askAlone(module, 'fill', job);
      ways.push({ name, ...filled, ...(await askAlone(module, 'measure', job)) });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return { result: { ...kept, ways }, text: describe(kept, ways) };
}

/** @param {{ rowCount: number, dimension: number, metric: string }} of @param {Way[]} ways */
function describe({ rowCount, dimension, metric }, ways) {
  const growth = (/** @type {Way} */ { before, searched }, /** @type {keyof Memory} */ part) =>
    searched[part] - before[part];
  const body = ways.map((way) => [
    way.name,
    figure(way.memoryBytes / rowCount),
    figure((growth(way, 'anonymous') + growth(way, 'shared')) / rowCount),
    figure(growth(way, 'file') / rowCount),
    figure(way.searchP50),
    figure(way.linkedSeconds, 1),
  ]);
  const head = ['', 'status', 'own', 'mapped', 'search p50 µs', 'filled s'];
  return [
    `Memory, bytes a row: ${figure(rowCount)} x ${dimension}, ${metric}, all linked, opened by a new process`,
    table(head, body),
    'status: memoryBytes. own: growth of RssAnon and RssShmem since before `open`. mapped: RssFile, which the kernel may drop.',
  ].join('\n\n');
}
