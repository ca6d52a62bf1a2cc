// @ts-check
// Bytes a row in memory, with vectors kept there or read from the disk. What LMDB maps counts into the resident
// size of a process and can be dropped by the kernel at any time: it is shown apart.
import { rmSync } from 'node:fs';
import { askAlone } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

/** Vectors on the disk, 768 components. */
const TARGET_BYTES = 1024;
const EF = 64;

const module = new URL('child.mjs', import.meta.url);

/** @typedef {import('../base/memory.mjs').Memory} Memory */
/** Rows of the collection that shows what threads, code and an empty database take. */
const FEW_ROWS = 100;

/** @typedef {{ memoryBytes: number, searchP50: number, before: Memory, opened: Memory, searched: Memory }} Measured */
/** @typedef {Measured & { vectors: 'memory' | 'disk', linkedSeconds: number, few: Measured }} Mode */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runFootprint(data, options) {
  const { metric, dimension, rowCount } = data;
  const { m, efConstruction, threads, seed, k } = options;
  const plain = { rowCount, metric, dimension, m, efConstruction, threads, seed, k, ef: EF };
  const rowsFile = scratchFile('footprint.rows', data.rows);
  const job = { ...plain, rowsFile, queriesFile: scratchFile('footprint.queries', data.queries) };
  /** @type {Mode[]} */
  const modes = [];
  for (const vectors of /** @type {const} */ (['memory', 'disk'])) {
    note(`footprint: ${figure(rowCount)} x ${dimension}, vectors: ${vectors}`);
    const folder = scratchPath('footprint');
    const few = await fillAndMeasure({ ...job, folder, vectors, rowCount: FEW_ROWS });
    modes.push({ vectors, few, ...(await fillAndMeasure({ ...job, folder, vectors })) });
  }
  return { result: { targetBytes: TARGET_BYTES, modes }, text: describe(data, modes) };
}

/** @param {import('./child.mjs').Job} job @returns {Promise<Measured & { linkedSeconds: number }>} */
async function fillAndMeasure(job) {
  try {
    const filled = await askAlone(module, 'fill', job);
    return { ...filled, ...(await askAlone(module, 'measure', job)) };
  } finally {
    rmSync(job.folder, { recursive: true, force: true });
  }
}

/** @param {Measured} measured @param {keyof Memory} part */
function growth({ before, searched }, part) {
  return searched[part] - before[part];
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {Mode[]} modes
 */
function describe(data, modes) {
  const { rowCount, dimension } = data;
  /** @param {Mode} mode @param {keyof Memory} part */
  const perRow = (mode, part) => (growth(mode, part) - growth(mode.few, part)) / (rowCount - FEW_ROWS);
  const own = (/** @type {Mode} */ mode) => perRow(mode, 'anonymous') + perRow(mode, 'shared');
  const body = modes.map((mode) => [
    mode.vectors,
    figure(mode.memoryBytes / rowCount),
    figure(own(mode)),
    figure(perRow(mode, 'file')),
    figure((growth(mode, 'anonymous') + growth(mode, 'shared')) / 1e6, 1),
    figure(growth(mode, 'file') / 1e6, 1),
    figure((growth(mode.few, 'anonymous') + growth(mode.few, 'shared')) / 1e6, 1),
    figure(mode.searchP50),
  ]);
  const disk = modes.find(({ vectors }) => vectors === 'disk');
  const head = [
    'vectors in',
    'status',
    'own',
    'mapped',
    'own MB',
    'mapped MB',
    'few rows, MB',
    'search p50 µs',
  ];
  return [
    `Memory, bytes a row: ${figure(rowCount)} x ${dimension}, ${data.metric}, all linked, opened by a new process`,
    table(head, body),
    `vectors on disk: ${figure(disk && own(disk))} bytes a row of its own (target: below ${figure(TARGET_BYTES)}; ` +
      `a vector has ${figure(dimension * 4)})\n` +
      'status: memoryBytes. own: growth of RssAnon and RssShmem since before `open`, beyond that with\n' +
      `${FEW_ROWS} rows. mapped: RssFile, which LMDB maps and the kernel may drop. After one pass of queries.`,
  ].join('\n\n');
}
