// @ts-check
// Times one engine at one point of its curve: all queries, one per call, on one thread; whole passes until the clock has
// seen enough. Raw answers are kept and looked at afterwards, so that nothing but the call is timed. An answer that is a
// promise is waited for before the next query is asked, and that is timed as well.
import { percentile } from '../base/numbers.mjs';
import { checkAnswer } from './check.mjs';
import { rightOnes } from './recall.mjs';

const WARM_UP = 200; // queries: a changed ef may mean a freshly loaded index
const MAX_PASSES = 50;

/** @typedef {import('../engines/engines.mjs').Engine} Engine */
/** @typedef {import('../engines/engines.mjs').Setup} Setup */
/** @typedef {import('../data/truth.mjs').Truth} Truth */

/** What is asked for; recall null: nothing, so that it is what Silt does then.
 * @typedef {{ ef: number } | { recall: number | null }} Asked */

/**
 * @typedef {object} Measured
 * @property {number | null} ef one of these two was asked for
 * @property {number | null} asked a recall
 * @property {number} recall that was found
 * @property {number} qps queries per second
 * @property {number} p50 microseconds per query
 * @property {number} p99 microseconds per query
 */

/** Searches at once, by default. @typedef {Omit<Measured, 'ef' | 'asked'> & { callers: number }} AtOnce */

/**
 * @param {Engine} engine
 * @param {Setup} setup
 * @param {Truth} truth
 * @param {{ asked: Asked, minMs: number }} how
 * @returns {Promise<Measured>}
 */
export async function measure(engine, setup, truth, { asked, minMs }) {
  const { queryCount } = setup;
  choose(engine, asked);
  for (let i = 0; i < Math.min(WARM_UP, queryCount); i++) await engine.search(i);
  /** @type {unknown[]} */
  const answers = new Array(queryCount).fill(null);
  /** @type {number[]} */
  const micros = [];
  let total = 0;
  for (let pass = 0; pass === 0 || (total < minMs && pass < MAX_PASSES); pass++) {
    const startedAt = performance.now();
    let before = startedAt;
    for (let i = 0; i < queryCount; i++) {
      const answer = engine.search(i);
      answers[i] = answer instanceof Promise ? await answer : answer;
      const now = performance.now();
      micros.push((now - before) * 1000);
      before = now;
    }
    total += before - startedAt;
  }
  const recall = provedRecall(engine, setup, truth, answers);
  const which = 'ef' in asked ? { ef: asked.ef, asked: null } : { ef: null, asked: asked.recall };
  return { ...which, recall, qps: (micros.length / total) * 1000, ...spread(micros) };
}

/**
 * Callers that each wait for an answer before they ask again.
 * @param {Engine} engine
 * @param {Setup} setup
 * @param {Truth} truth
 * @param {{ asked: Asked, callers: number, minMs: number }} how
 * @returns {Promise<AtOnce>}
 */
export async function measureAtOnce(engine, setup, truth, { asked, callers, minMs }) {
  const { queryCount } = setup;
  const { ask } = engine;
  if (!ask) throw new Error('it has no call for many callers');
  choose(engine, asked);
  for (let i = 0; i < Math.min(WARM_UP, queryCount); i++) await ask(i);
  /** @type {unknown[]} */
  const answers = new Array(queryCount).fill(null);
  /** @type {number[]} */
  const micros = [];
  const startedAt = performance.now();
  let next = 0;
  const caller = async () => {
    while (next < queryCount || performance.now() - startedAt < minMs) {
      const query = next++ % queryCount;
      const before = performance.now();
      answers[query] = await ask(query);
      micros.push((performance.now() - before) * 1000);
    }
  };
  await Promise.all(Array.from({ length: callers }, caller));
  const total = performance.now() - startedAt;
  const recall = provedRecall(engine, setup, truth, answers);
  return { callers, recall, qps: (micros.length / total) * 1000, ...spread(micros) };
}

/** @param {Engine} engine @param {Asked} asked */
function choose(engine, asked) {
  if ('ef' in asked) engine.setEf(asked.ef);
  else engine.setRecall?.(asked.recall);
}

/** @param {number[]} micros */
const spread = (micros) => ({ p50: percentile(micros, 0.5), p99: percentile(micros, 0.99) });

/**
 * Throws where an answer is wrong in more than missing a row.
 * @param {Engine} engine
 * @param {Setup} setup
 * @param {Truth} truth
 * @param {unknown[]} answers of each query
 */
function provedRecall(engine, setup, truth, answers) {
  const { queries, dimension, k } = setup;
  let right = 0;
  answers.forEach((raw, i) => {
    const answer = engine.read(raw);
    checkAnswer(setup, queries.subarray(i * dimension, (i + 1) * dimension), answer, engine.tolerance);
    right += rightOnes(truth, i, answer.ids, k);
  });
  return right / (answers.length * k);
}
