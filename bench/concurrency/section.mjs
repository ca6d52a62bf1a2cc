// @ts-check
// Searches a second with one caller and with many, and how long the event loop is held up by them. Every case has a
// process of its own; all stay alive, and are asked in turn, round after round.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure, median } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { random } from '../base/random.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { engineVersion } from '../engines/installed.mjs';
import { uniforms } from '../filtered/columns.mjs';
import { filteredTruth } from '../filtered/truth.mjs';
import { cases, filterFrom, MATCHING } from './cases.mjs';
import { describe } from './report.mjs';

/** Each case gets the least ef that reaches it. */
export const LEAST_RECALL = 0.95;
/** Rows that are written meanwhile hide a little of the graph. */
const LEAST_BESIDE = 0.9;
const CALLERS = /** @type {const} */ ([1, 2, 4, 16, 'batch']);
const MOST = 16;
const RATIO_TARGET = 1.8;
const LOOP_TARGET_MS = 10;
const MIN_MS = 500;

/** @typedef {import('./child.mjs').Measured} Measured */

/**
 * @typedef {object} CaseResult
 * @property {string} name
 * @property {string} version
 * @property {string | null} failure
 * @property {number} ef
 * @property {number} recall
 * @property {{ callers: number | 'batch', rounds: Measured[] }[]} points
 * @property {number} ratio of 16 callers to one, in the same round; median
 * @property {import('../base/loop.mjs').LoopDelay | null} loop with 16 callers; worst of the rounds
 * @property {Measured | null} beside with 16 callers, while rows are written and linked
 */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runConcurrency(data, options) {
  const chosen = cases.filter(({ engine }) => engine === 'silt' || options.only.includes(engine));
  const files = await writeFiles(data, options);
  /** @type {Map<CaseResult, Child>} */
  const alive = new Map();
  const results = chosen.map(({ name, engine }) => blank(name, engineVersion(engine)));
  try {
    for (const [i, of] of chosen.entries()) {
      const result = /** @type {CaseResult} */ (results[i]);
      note(`concurrency: ${of.name}, ${figure(data.rowCount)} rows`);
      const child = new Child(new URL('child.mjs', import.meta.url));
      alive.set(result, child);
      await orFail(alive, result, async () => {
        await child.ask('build', { of, plain: plainOf(data, options, i), files: filesOf(files, of) });
        await leastEffort(child, options.ef, result);
      });
    }
    for (let round = 0; round < options.rounds; round++) {
      note(`concurrency: round ${round + 1} of ${options.rounds}`);
      for (const [result, child] of [...alive])
        await orFail(alive, result, () => measureRound(child, result, options.minMs > 0 ? MIN_MS : 0));
    }
    for (const [result, child] of [...alive])
      await orFail(alive, result, async () => {
        const how = { ef: result.ef, callers: MOST, minMs: 0, beside: true };
        result.beside = await proved(child, how, LEAST_BESIDE);
        await child.ask('close');
      });
  } finally {
    for (const child of alive.values()) await child.end();
    for (let i = 0; i < chosen.length; i++) rmSync(scratchOf(i), { recursive: true, force: true });
  }
  for (const result of results) summarize(result);
  const target = { ratio: RATIO_TARGET, loopMs: LOOP_TARGET_MS };
  return {
    result: { leastRecall: LEAST_RECALL, matching: MATCHING, target, cases: results },
    text: describe(data, results, { ...target, leastRecall: LEAST_RECALL }),
    failures: results.flatMap(({ name, failure }) =>
      failure !== null && name.startsWith('silt') ? [`${name}: ${failure}`] : [],
    ),
  };
}

/** @param {string} name @param {string} version @returns {CaseResult} */
function blank(name, version) {
  const unknown = { ef: Number.NaN, recall: Number.NaN, ratio: Number.NaN, loop: null, beside: null };
  return {
    name,
    version,
    failure: null,
    ...unknown,
    points: CALLERS.map((callers) => ({ callers, rounds: [] })),
  };
}

/**
 * Runs a step; a case that fails it is out, with the reason.
 * @param {Map<CaseResult, Child>} alive
 * @param {CaseResult} result
 * @param {() => Promise<void>} step
 */
async function orFail(alive, result, step) {
  try {
    await step();
  } catch (error) {
    result.failure = error instanceof Error ? error.message : String(error);
    note(`  ${result.name} FAILED: ${result.failure}`);
    await alive.get(result)?.end();
    alive.delete(result);
  }
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
async function writeFiles(data, options) {
  const uniform = random(options.seed);
  const column = uniforms(data.rowCount, uniform);
  const bounds = uniforms(data.queryCount, () => uniform() * (1 - MATCHING));
  const columns = /** @type {import('../filtered/columns.mjs').Columns} */ ({ random: column });
  const queries = Array.from({ length: data.queryCount }, (_, i) => i);
  const filters = [
    () => [],
    (/** @type {number} */ query) => filterFrom(Number(bounds[query])),
    () => filterFrom(Number(bounds[0])),
  ];
  const truths = await filteredTruth(data, columns, queries, filters);
  const plain = {
    rows: scratchFile('concurrency.rows', data.rows),
    queries: scratchFile('concurrency.queries', data.queries),
    column: scratchFile('concurrency.column', column),
    bounds: scratchFile('concurrency.bounds', bounds),
  };
  const [all, own, first] = truths.map(({ ids, distances }, i) => ({
    ids: scratchFile(`concurrency-${i}.ids`, ids),
    distances: scratchFile(`concurrency-${i}.distances`, distances),
  }));
  return { plain, unfiltered: { exact: all, batch: all }, filtered: { exact: own, batch: first } };
}

/**
 * @param {Awaited<ReturnType<typeof writeFiles>>} files
 * @param {import('./cases.mjs').Case} of
 */
function filesOf(files, of) {
  return { ...files.plain, ...(of.filtered ? files.filtered : files.unfiltered) };
}

/** @param {number} i */
function scratchOf(i) {
  return scratchPath(`concurrency-${i}`);
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 * @param {number} i of the case
 * @returns {import('./child.mjs').Plain}
 */
function plainOf({ metric, dimension, rowCount, queryCount }, { k, m, efConstruction, threads, seed }, i) {
  const searchThreads = threads;
  const how = { k, m, efConstruction, threads, searchThreads, seed, scratch: scratchOf(i) };
  return { metric, dimension, rowCount, queryCount, ...how };
}

/**
 * @param {Child} child
 * @param {number[]} efs rising
 * @param {CaseResult} result
 */
async function leastEffort(child, efs, result) {
  for (const ef of efs) {
    /** @type {Measured} */
    const { recall } = await child.ask('measure', { ef, callers: 1, minMs: 0 });
    Object.assign(result, { ef, recall });
    if (recall >= LEAST_RECALL) return;
  }
  throw new Error(`recall is ${figure(result.recall, 4)} with the largest ef, below ${LEAST_RECALL}`);
}

/** @param {Child} child @param {CaseResult} result @param {number} minMs */
async function measureRound(child, result, minMs) {
  for (const { callers, rounds } of result.points) {
    const measured = await proved(child, { ef: result.ef, callers, minMs }, LEAST_RECALL);
    if (measured) rounds.push(measured);
  }
}

/**
 * @param {Child} child
 * @param {import('./child.mjs').How} how
 * @param {number} least recall
 * @returns {Promise<Measured | null>}
 */
async function proved(child, how, least) {
  /** @type {Measured | null} */
  const measured = await child.ask('measure', how);
  if (measured && measured.recall < least)
    throw new Error(`recall is ${figure(measured.recall, 4)} with ${how.callers} callers, below ${least}`);
  return measured;
}

/** @param {CaseResult} result */
function summarize(result) {
  const of = (/** @type {number} */ callers) =>
    result.points.find((point) => point.callers === callers)?.rounds ?? [];
  const one = of(1);
  const most = of(MOST);
  if (one.length === 0 || one.length !== most.length) return;
  result.ratio = median(most.map(({ perSecond }, i) => perSecond / Number(one[i]?.perSecond)));
  const loops = most.flatMap(({ loop }) => loop ?? []);
  if (loops.length === 0) return;
  const worst = (/** @type {'p50Ms' | 'p99Ms' | 'maxMs'} */ part) =>
    Math.max(...loops.map((loop) => loop[part]));
  result.loop = { p50Ms: worst('p50Ms'), p99Ms: worst('p99Ms'), maxMs: worst('maxMs') };
}
