// @ts-check
// Times one engine at one ef: all queries, one per call, on one thread; whole passes until the clock has
// seen enough. Raw answers are kept and looked at afterwards, so that nothing but the call is timed.
import { percentile } from '../base/numbers.mjs';
import { checkAnswer } from './check.mjs';
import { rightOnes } from './recall.mjs';

const WARM_UP = 200; // queries: a changed ef may mean a freshly loaded index
const MAX_PASSES = 50;

/**
 * @typedef {object} Measured
 * @property {number} ef
 * @property {number} recall
 * @property {number} qps queries per second
 * @property {number} p50 microseconds per query
 * @property {number} p99 microseconds per query
 */

/**
 * @param {import('../engines/engines.mjs').Engine} engine
 * @param {import('../engines/engines.mjs').Setup} setup
 * @param {import('../data/truth.mjs').Truth} truth
 * @param {{ ef: number, minMs: number }} how
 * @returns {Measured}
 */
export function measure(engine, setup, truth, { ef, minMs }) {
  const { queryCount, queries, dimension, k } = setup;
  engine.setEf(ef);
  for (let i = 0; i < Math.min(WARM_UP, queryCount); i++) engine.search(i);
  /** @type {unknown[]} */
  const answers = new Array(queryCount).fill(null);
  /** @type {number[]} */
  const micros = [];
  let total = 0;
  for (let pass = 0; pass === 0 || (total < minMs && pass < MAX_PASSES); pass++) {
    const startedAt = performance.now();
    let before = startedAt;
    for (let i = 0; i < queryCount; i++) {
      answers[i] = engine.search(i);
      const now = performance.now();
      micros.push((now - before) * 1000);
      before = now;
    }
    total += before - startedAt;
  }
  let right = 0;
  answers.forEach((raw, i) => {
    const answer = engine.read(raw);
    checkAnswer(setup, queries.subarray(i * dimension, (i + 1) * dimension), answer, engine.tolerance);
    right += rightOnes(truth, i, answer.ids, k);
  });
  return {
    ef,
    recall: right / (queryCount * k),
    qps: (micros.length / total) * 1000,
    p50: percentile(micros, 0.5),
    p99: percentile(micros, 0.99),
  };
}
