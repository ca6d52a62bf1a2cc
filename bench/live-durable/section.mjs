// @ts-check
// What a service feels of a durable collection that takes rows in, links and compacts in the same process.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { phaseTable } from '../report/phases.mjs';

const LOOP_TARGET_MS = 10;
const QUERY_TARGET = 3;
const EF = 64;

/** @typedef {import('../live/watched.mjs').Phase} Phase */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runLiveDurable(data, options) {
  note(`live-durable: ${data.name}, ${figure(data.rowCount)} rows`);
  const child = new Child(new URL('child.mjs', import.meta.url));
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed, k, quick } = options;
  const job = {
    folder: scratchPath('live-durable'),
    rowsFile: scratchFile('live-durable.rows', data.rows),
    queriesFile: scratchFile('live-durable.queries', data.queries),
    ...{ metric, dimension, m, efConstruction, threads, seed, k },
    ef: EF,
    mergeThreshold: quick ? 500 : 10_000,
    idleQueries: quick ? 100 : 4000,
    batchRows: quick ? 20 : 100,
    pacedRowsPerSecond: 2000,
    pacedSeconds: quick ? 0.2 : 15,
  };
  try {
    /** @type {{ phases: Phase[], rows: number, masked: number }} */
    const measured = await child.ask('live', job);
    const result = { ...measured, queryTarget: QUERY_TARGET, loopTargetMs: LOOP_TARGET_MS, ...job };
    const { folder, rowsFile, queriesFile, ...kept } = result;
    return { result: kept, text: describe(data, kept) };
  } finally {
    await child.end();
    rmSync(job.folder, { recursive: true, force: true });
  }
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {{ phases: Phase[], rows: number, masked: number, ef: number, batchRows: number }} result
 */
function describe(data, { phases, rows, masked, ef, batchRows }) {
  const compaction = phases.find(({ name }) => name === 'compaction');
  return [
    `Searching a durable collection: ${figure(rows / 2)} to ${figure(rows)} x ${data.dimension} rows, ${data.metric}, ` +
      `ef ${ef}, batches of ${batchRows}`,
    phaseTable('one query each 2 ms', phases),
    `/ rest: p99 against that at rest (target: at most ${QUERY_TARGET}). loop: delay of the event loop beyond the\n` +
      `1 ms timer that measures it (target: p99 below ${LOOP_TARGET_MS} ms). ` +
      `Compaction of ${figure(masked)} masked rows: ${figure(compaction?.seconds, 1)} s.`,
  ].join('\n\n');
}
