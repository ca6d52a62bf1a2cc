// @ts-check
// What whoever asks at a steady pace feels of work that goes on beside: latencies, and the delay of the event loop.
import { watchLoop } from '../base/loop.mjs';
import { percentile } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { ask } from './pace.mjs';

/** @typedef {{ name: string, queries: number, p50: number, p99: number, loop: import('../base/loop.mjs').LoopDelay,
 *   seconds: number, rowsPerSecond: number | null }} Phase latencies in microseconds */

/**
 * Asks while `work` goes on; with nothing to do, `idleQueries` times.
 * @template Query
 * @param {string} name
 * @param {{ search: (query: Query) => Promise<unknown>, queries: Query[], idleQueries: number }} asked
 * @param {(() => Promise<number>) | null} work resolves to the rows it wrote
 * @returns {Promise<Phase>}
 */
export async function watched(name, { search, queries, idleQueries }, work) {
  note(`  ${name}`);
  const stopWatch = watchLoop();
  const startedAt = performance.now();
  let seconds = Number.NaN;
  const working = work?.().finally(() => {
    seconds = (performance.now() - startedAt) / 1000;
  });
  // Once at least, however short the work is.
  const more = working
    ? (/** @type {number} */ asked) => asked === 0 || Number.isNaN(seconds)
    : (/** @type {number} */ asked) => asked < idleQueries;
  const [micros, rows] = await Promise.all([ask(search, queries, more), working]);
  return {
    name,
    queries: micros.length,
    p50: percentile(micros, 0.5),
    p99: percentile(micros, 0.99),
    loop: stopWatch(),
    seconds,
    rowsPerSecond: rows ? rows / seconds : null,
  };
}
