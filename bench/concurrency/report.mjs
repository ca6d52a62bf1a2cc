// @ts-check
// The two tables of the section, and whether its targets are met.
import { figure, median } from '../base/numbers.mjs';
import { table } from '../report/table.mjs';

/** @typedef {import('./section.mjs').CaseResult} CaseResult */
/** @typedef {{ ratio: number, loopMs: number, leastRecall: number }} Target */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {CaseResult[]} results
 * @param {Target} target
 */
export function describe(data, results, target) {
  const sound = results.filter(({ failure }) => failure === null);
  const failed = results.filter(({ failure }) => failure !== null);
  return [
    `Searches at once: ${figure(data.rowCount)} x ${data.dimension}, ${data.metric}; the least ef with recall ` +
      `${target.leastRecall}`,
    rates(sound),
    'searches/s with so many callers, each waiting for its answer; batch: all queries in one call, of one caller.\n' +
      "usearch has no call that leaves the thread: 2, 4, 16 are batches of so many. Silt's hits have payloads.",
    loops(sound.filter(({ loop }) => loop !== null)),
    'ms that the event loop is held up with 16 callers, beyond the 1 ms timer that measures it; beside: while a tenth\n' +
      'of the rows is written again, in batches of 100, and linked.',
    [...targets(sound, target), ...failed.map(({ name, failure }) => `${name} FAILED: ${failure}`)].join(
      '\n',
    ),
  ].join('\n\n');
}

/** @param {CaseResult[]} results */
function rates(results) {
  const head = ['', 'ef', 'recall', '1', '2', '4', '16', 'batch', '16 / 1'];
  const body = results.map(({ name, ef, recall, points, ratio }) => [
    name,
    figure(ef),
    figure(recall, 3),
    ...points.map(({ rounds }) => figure(median(rounds.map(({ perSecond }) => perSecond)))),
    figure(ratio, 2),
  ]);
  return table(head, body);
}

/** @param {CaseResult[]} results */
function loops(results) {
  const head = ['16 callers', 'p50 ms', 'p99', 'max', 'beside: p50', 'p99', 'max', 'searches/s', 'rows/s'];
  const body = results.map(({ name, loop, beside }) => [
    name,
    ...delays(loop),
    ...delays(beside?.loop ?? null),
    figure(beside?.perSecond),
    figure(beside?.rowsPerSecond),
  ]);
  return table(head, body);
}

/** @param {import('../base/loop.mjs').LoopDelay | null} loop */
function delays(loop) {
  return [figure(loop?.p50Ms, 2), figure(loop?.p99Ms, 2), figure(loop?.maxMs, 1)];
}

/** @param {CaseResult[]} results @param {Target} target */
function targets(results, { ratio: least, loopMs }) {
  const word = (/** @type {boolean} */ met) => (met ? 'met' : 'NOT MET');
  return results
    .filter(({ name }) => name.startsWith('silt'))
    .map(({ name, ratio, loop, beside }) => {
      const p99 = Math.max(loop?.p99Ms ?? Number.NaN, beside?.loop?.p99Ms ?? Number.NaN);
      return (
        `${name}: 16 callers / 1 ${figure(ratio, 2)} (target: at least ${least}): ${word(ratio >= least)}; ` +
        `loop p99 ${figure(p99, 1)} ms (target: below ${loopMs}): ${word(p99 < loopMs)}`
      );
    });
}
