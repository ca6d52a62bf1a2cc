// @ts-check
// Rows a second that are acknowledged: raw LMDB, Silt, and the peers that keep rows on the disk. Each writer has a
// process and a folder of its own; rounds are interleaved, and ratios are taken within each.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { diskWarning } from '../base/disk.mjs';
import { figure, median } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';
import { RAW, writers } from './writers/writers.mjs';

const TARGET = 0.8;
const PAUSED = 'silt, indexing paused';
const BATCH_ROWS = 1000;
const QUICK_BATCH_ROWS = 100;

/** @typedef {{ rowsPerSecond: number, batchP50Ms: number, batchP99Ms: number, pending: number,
 *   linkedSeconds: number | null, bytesOnDisk: number, ofRaw: number }} Measured */
/** @typedef {{ name: string, safe: string, failure: string | null, rounds: Measured[] }} Written */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runDurable(data, options) {
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed } = options;
  const job = {
    rowsFile: scratchFile('durable.rows', data.rows),
    batchRows: options.quick ? QUICK_BATCH_ROWS : BATCH_ROWS,
    setup: { metric, dimension, m, efConstruction, threads, seed },
  };
  /** @type {Written[]} */
  const results = writers
    .filter(({ engine }) => engine === null || options.only.includes(engine))
    .map(({ name, safe }) => ({ name, safe, failure: null, rounds: [] }));
  for (let round = 0; round < options.rounds; round++) {
    // There and back, so that nobody always comes behind the same one.
    for (const result of round % 2 === 0 ? results : results.toReversed()) {
      note(`durable, ${data.name}: round ${round + 1} of ${options.rounds}, ${result.name}`);
      if (result.failure === null) await writeOnce(result, round, { ...job, name: result.name });
    }
    const raw = results.find(({ name }) => name === RAW)?.rounds[round]?.rowsPerSecond ?? Number.NaN;
    for (const { rounds } of results) {
      const measured = rounds[round];
      if (measured) measured.ofRaw = measured.rowsPerSecond / raw;
    }
  }
  const broken = results.find(({ name, failure }) => failure !== null && !isPeer(name));
  if (broken) throw new Error(`${broken.name}: ${broken.failure}`);
  return {
    result: { target: TARGET, batchRows: job.batchRows, writers: results },
    text: describe(data, job.batchRows, results),
  };
}

/** @param {string} name */
function isPeer(name) {
  return !name.startsWith('silt') && !name.startsWith(RAW);
}

/**
 * @param {Written} result
 * @param {number} round
 * @param {Omit<import('./child.mjs').Job, 'folder'>} job
 */
async function writeOnce(result, round, job) {
  const folder = scratchPath('durable');
  const child = new Child(new URL('child.mjs', import.meta.url));
  try {
    result.rounds[round] = await child.ask('write', { ...job, folder });
    note(`  ${figure(result.rounds[round]?.rowsPerSecond)} rows/s`);
  } catch (error) {
    result.failure = error instanceof Error ? error.message : String(error);
    note(`  ${result.name} FAILED: ${result.failure}`);
  } finally {
    await child.end();
    for (const path of [folder, `${folder}-warm`]) rmSync(path, { recursive: true, force: true });
  }
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {number} batchRows
 * @param {Written[]} results
 */
function describe(data, batchRows, results) {
  const body = results.map(({ name, safe, failure, rounds }) => {
    if (failure !== null) return [name, safe, 'FAILED'];
    const of = (/** @type {(round: Measured) => number} */ value) => median(rounds.map(value));
    return [
      name,
      safe,
      figure(of((round) => round.rowsPerSecond)),
      figure(of((round) => round.ofRaw) * 100),
      figure(
        of((round) => round.batchP50Ms),
        1,
      ),
      figure(
        of((round) => round.batchP99Ms),
        1,
      ),
      figure(
        of((round) => round.linkedSeconds ?? Number.NaN),
        1,
      ),
      figure(of((round) => round.bytesOnDisk) / data.rowCount),
    ];
  });
  const paused = results.find(({ name }) => name === PAUSED);
  const share = median((paused?.rounds ?? []).map(({ ofRaw }) => ofRaw)) * 100;
  const head = ['', 'safe in', 'rows/s', '% of lmdb', 'p50 ms', 'p99 ms', 'linked s', 'bytes/row'];
  return [
    `Durable ingest: ${figure(data.rowCount)} x ${data.dimension}, ${data.metric}, batches of ` +
      `${figure(batchRows)}, each waited for`,
    diskWarning(scratchPath('.')) + table(head, body),
    `silt, indexing paused / lmdb: ${figure(share)} % (target: at least ${TARGET * 100} %)\n` +
      'safe in: disk, flushed before the acknowledgement; system, written to the operating system only.\n' +
      'p50, p99: of a batch. linked: from the first row until the graph has all. bytes/row: of all files,\n' +
      "with Silt's snapshot. Medians of the rounds.",
  ].join('\n\n');
}
