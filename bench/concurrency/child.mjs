// @ts-check
// The process of one case: searches for a while, with so many callers at once, and looks at the answers afterwards.
import os from 'node:os';
import { serve } from '../base/child.mjs';
import { readBuffer } from '../base/files.mjs';
import { watchLoop } from '../base/loop.mjs';
import { progress } from '../base/progress.mjs';
import { checkAnswer } from '../curves/check.mjs';
import { rightOnes } from '../curves/recall.mjs';
import { createEngine, MATCHING } from './cases.mjs';

/** @typedef {Omit<import('./cases.mjs').Setup, 'rows' | 'queries' | 'column' | 'bounds'>} Plain */
/** @typedef {Record<'ids' | 'distances', string>} TruthFiles */
/** @typedef {Record<'rows' | 'queries' | 'column' | 'bounds', string> & Record<'exact' | 'batch', TruthFiles>} Files
 *   batch: where all queries have the filter of the first */
/** @typedef {import('../data/truth.mjs').Truth} Truth */

/**
 * @typedef {object} How
 * @property {number} ef
 * @property {number | 'batch'} callers searches under way at once; 'batch': all queries in one call
 * @property {number} minMs all queries are asked once, however long that takes
 * @property {boolean} [beside] while rows are written and linked
 */

/**
 * @typedef {object} Measured
 * @property {number} perSecond
 * @property {number} recall
 * @property {import('../base/loop.mjs').LoopDelay | null} loop null: the calls hold the thread, one after another
 * @property {number | null} rowsPerSecond written beside it
 */

/** @type {import('./cases.mjs').Case} */
let of;
/** @type {import('./cases.mjs').Setup} */
let setup;
/** @type {import('./cases.mjs').Engine} */
let engine;
/** @type {Record<'exact' | 'batch', Truth>} */
let truths;

serve({
  async build(/** @type {{ of: import('./cases.mjs').Case, plain: Plain, files: Files }} */ given) {
    const { plain, files } = given;
    of = given.of;
    const floats = (/** @type {string} */ file) => new Float32Array(readBuffer(file));
    const doubles = (/** @type {string} */ file) => new Float64Array(readBuffer(file));
    setup = {
      ...plain,
      ...{ rows: floats(files.rows), queries: floats(files.queries) },
      ...{ column: doubles(files.column), bounds: doubles(files.bounds) },
    };
    const truthOf = (/** @type {TruthFiles} */ { ids, distances }) => ({
      ids: new Int32Array(readBuffer(ids)),
      distances: doubles(distances),
    });
    truths = { exact: truthOf(files.exact), batch: truthOf(files.batch) };
    engine = await createEngine(of, setup);
    const startedAt = performance.now();
    return engine.build((done) => progress(`${of.name}, rows`, done, setup.rowCount, startedAt));
  },

  /** @returns {Promise<Measured | null>} null: it has no such call */
  async measure(/** @type {How} */ how) {
    if (how.callers === 'batch' ? !engine.together : how.beside && !engine.rewrite) return null;
    engine.setEf(how.ef);
    const watch = engine.ask ? watchLoop() : null;
    const startedAt = performance.now();
    let seconds = Number.NaN;
    const rewriting = how.beside
      ? engine.rewrite?.().finally(() => {
          seconds = (performance.now() - startedAt) / 1000;
        })
      : undefined;
    const isOver = () => (rewriting ? !Number.isNaN(seconds) : performance.now() - startedAt >= how.minMs);
    const { answers, asked } = await askFor(how.callers, isOver);
    const perSecond = asked / ((performance.now() - startedAt) / 1000);
    const loop = watch?.() ?? null;
    const rows = await rewriting;
    return {
      perSecond,
      recall: recallOf(answers, how.callers),
      loop,
      rowsPerSecond: rows ? rows / seconds : null,
    };
  },

  close: () => engine.close(),
});

/**
 * Asks all queries in turn, again and again, until it is over.
 * @param {number | 'batch'} callers
 * @param {() => boolean} isOver
 * @returns {Promise<{ answers: unknown[], asked: number }>} the latest answers, per query
 */
async function askFor(callers, isOver) {
  const { queryCount } = setup;
  const { ask, search, together } = engine;
  /** @type {unknown[]} */
  const answers = new Array(queryCount).fill(null);
  let asked = 0;
  const more = () => asked < queryCount || !isOver();
  if (callers === 'batch' || (!ask && together && callers > 1)) {
    // The threads of the engine, as many as there are callers and cores.
    const size = callers === 'batch' ? queryCount : callers;
    const threads = Math.min(size, os.availableParallelism());
    while (more()) {
      const first = asked % queryCount;
      const some = (await together?.(first, Math.min(size, queryCount - first), threads)) ?? [];
      some.forEach((answer, i) => {
        answers[first + i] = answer;
      });
      asked += some.length;
    }
  } else if (!ask) {
    for (; more(); asked++) answers[asked % queryCount] = search(asked % queryCount);
  } else {
    const caller = async () => {
      while (more()) {
        const query = asked++ % queryCount;
        answers[query] = await ask(query);
      }
    };
    await Promise.all(Array.from({ length: Number(callers) }, caller));
  }
  return { answers, asked };
}

/**
 * Of answers that were all proved right but for rows that are missing.
 * @param {unknown[]} answers
 * @param {number | 'batch'} callers
 */
function recallOf(answers, callers) {
  const { dimension, queries, queryCount, bounds, column, k } = setup;
  let right = 0;
  answers.forEach((raw, i) => {
    const answer = engine.read(raw);
    checkAnswer(setup, queries.subarray(i * dimension, (i + 1) * dimension), answer, engine.tolerance);
    const from = Number(bounds[callers === 'batch' ? 0 : i]);
    const stray = answer.ids.find((id) => Number(column[id]) < from || Number(column[id]) >= from + MATCHING);
    if (of.filtered && stray !== undefined) throw new Error(`row ${stray} does not match the filter`);
    right += rightOnes(callers === 'batch' ? truths.batch : truths.exact, i, answer.ids, k);
  });
  return right / (queryCount * k);
}
