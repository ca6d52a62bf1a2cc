// @ts-check
// What a service feels while its index is being built in the same process.
import { Child } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

const LOOP_TARGET_MS = 10;
const QUERY_TARGET = 3;
const EF = 64;

/** @typedef {{ queries: number, p50: number, p99: number }} Spread */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runLive(data, options) {
  note(`live: ${data.name}, ${figure(data.rowCount)} rows streamed and searched`);
  const child = new Child(new URL('child.mjs', import.meta.url));
  const { metric, dimension } = data;
  const { m, efConstruction, threads, seed, k } = options;
  const job = {
    rowsFile: scratchFile('live.rows', data.rows),
    queriesFile: scratchFile('live.queries', data.queries),
    ...{ metric, dimension, m, efConstruction, threads, seed, k },
    ef: EF,
    mergeThreshold: options.quick ? 500 : 10_000,
    idleQueries: options.quick ? 200 : 4000,
  };
  try {
    const measured = await child.ask('live', job);
    const ratio = measured.during.p99 / measured.atRest.p99;
    // What the build itself costs a query: the same window, with and without linkers at work.
    const ratioFull = measured.during.p99 / measured.windowFull.p99;
    const result = {
      ...measured,
      ratio,
      ratioFull,
      queryTarget: QUERY_TARGET,
      loopTargetMs: LOOP_TARGET_MS,
      ef: EF,
    };
    return { result, text: describe(data, job.mergeThreshold, result) };
  } finally {
    child.stop();
  }
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {number} mergeThreshold
 * @param {any} result
 */
function describe(data, mergeThreshold, result) {
  const row = (/** @type {string} */ name, /** @type {Spread} */ spread) => [
    name,
    figure(spread.queries),
    figure(spread.p50),
    figure(spread.p99),
  ];
  return [
    `Searching while building: ${figure(data.rowCount)} x ${data.dimension}, ${data.metric}, ef ${result.ef}, ` +
      `merge threshold ${figure(mergeThreshold)}`,
    table(
      ['one query each 2 ms', 'queries', 'p50 µs', 'p99 µs'],
      [
        row('while building', result.during),
        row('at rest, all linked', result.atRest),
        row(`at rest, ${figure(result.pendingWhenFull)} rows pending`, result.windowFull),
      ],
    ),
    [
      `query p99 while building / at rest  ${figure(result.ratio, 2)} (target: at most ${QUERY_TARGET})`,
      `the same / at rest, window full     ${figure(result.ratioFull, 2)}`,
      `event loop delay p99                ${figure(result.loopP99Ms, 2)} ms, beyond the 1 ms timer that measures it` +
        ` (target: ${LOOP_TARGET_MS} ms)`,
      `event loop delay p50, worst         ${figure(result.loopP50Ms, 2)} ms, ${figure(result.loopMaxMs, 1)} ms`,
      `rows built meanwhile                ${figure(result.rowsPerSecond)} vec/s`,
    ].join('\n'),
  ].join('\n\n');
}
