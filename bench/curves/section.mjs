// @ts-check
// Recall against speed: every engine builds once, in a process of its own, one after another; then all of them
// stay alive and are asked in turn, round after round, so that a noisy minute meets all of them.
import { Child } from '../base/child.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { exactNeighbours } from '../data/truth.mjs';
import { engineRow } from '../engines/engines.mjs';
import { engineVersion } from '../engines/installed.mjs';

/** Callers at once of searches by default; on how many threads is the library's affair. */
const CALLERS = [1, 2, 16];
const LEARN_MS = 300_000;

/**
 * @typedef {object} EngineResult
 * @property {string} name
 * @property {string} version
 * @property {string} note
 * @property {string | null} failure why it is out of the comparison
 * @property {{ seconds: number, vectorsPerSecond: number } | null} build
 * @property {{ bytesPerRow: number, anonymousBytesPerRow: number, ownBytesPerRow: number } | null} memory
 * @property {{ node: string, kernel: string } | null} runs of Silt: on what
 * @property {import('../base/learned.mjs').Learned | null} learned of those that are asked for a recall
 * @property {import('./measure.mjs').Measured[][]} rounds
 * @property {import('./measure.mjs').AtOnce[][]} byDefault of those that are asked for a recall: with no option but k
 */

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<EngineResult[]>}
 */
export async function runCurves(data, options) {
  const truth = await exactNeighbours(data);
  const files = {
    rows: scratchFile(`${data.name}.rows`, data.rows),
    queries: scratchFile(`${data.name}.queries`, data.queries),
    truthIds: scratchFile(`${data.name}.ids`, truth.ids),
    truthDistances: scratchFile(`${data.name}.distances`, truth.distances),
  };
  /** @type {Map<EngineResult, Child>} */
  const alive = new Map();
  const results = options.only.map((name) => blank(name));
  /**
   * @template T
   * @param {EngineResult} result
   * @param {string} op
   * @param {unknown} [params]
   * @returns {Promise<T | null>}
   */
  const ask = async (result, op, params) => {
    try {
      return (await alive.get(result)?.ask(op, params)) ?? null;
    } catch (error) {
      result.failure = `${op}: ${error instanceof Error ? error.message : error}`;
      note(`  ${result.name} FAILED at ${result.failure}`);
      alive.get(result)?.stop();
      alive.delete(result);
      return null;
    }
  };
  try {
    for (const result of results) {
      const { metric, dimension, rowCount, queryCount } = data;
      const { k, m, efConstruction, threads, seed } = options;
      const scratch = scratchPath(`${data.name}-${result.name}.index`);
      const plain = { metric, dimension, rowCount, queryCount, k, m, efConstruction, threads, seed, scratch };
      note(`${data.name}: ${result.name} ${result.version} builds ${rowCount.toLocaleString('en-US')} rows`);
      const { elsewhere, env } = engineRow(result.name);
      const runs = { node: elsewhere ? options.node : null, ...(env && { env }) };
      alive.set(result, new Child(new URL('child.mjs', import.meta.url), runs));
      result.runs = await ask(result, 'runs', { name: result.name });
      result.build = await ask(result, 'build', { name: result.name, plain, files });
      if (result.build) note(`  ${Math.round(result.build.vectorsPerSecond).toLocaleString('en-US')} vec/s`);
      result.learned = await ask(result, 'learn', { waitMs: options.quick ? LEARN_MS / 10 : LEARN_MS });
      result.memory = await ask(result, 'memory');
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const [step, asked] of stepsOf(results, options).entries()) {
        note(`${data.name}: round ${round + 1} of ${options.rounds}, step ${step + 1}`);
        for (const result of alive.keys()) {
          const own = asked.get(result);
          /** @type {import('./measure.mjs').Measured | null} */
          const point = own ? await ask(result, 'measure', { asked: own, minMs: options.minMs }) : null;
          if (point) (result.rounds[round] ??= []).push(point);
        }
      }
      for (const result of [...alive.keys()].filter(({ name }) => engineRow(name).sweep === 'recall')) {
        for (const callers of CALLERS) {
          const how = { asked: { recall: null }, callers, minMs: options.minMs };
          /** @type {import('./measure.mjs').AtOnce | null} */
          const measured = await ask(result, 'atOnce', how);
          if (measured) (result.byDefault[round] ??= []).push(measured);
        }
      }
    }
    for (const result of alive.keys()) await ask(result, 'close');
  } finally {
    for (const child of alive.values()) child.stop();
  }
  return results;
}

/**
 * What each engine is asked for, step by step of a round. Whose list is shorter has steps without it, here and there.
 * @param {EngineResult[]} results
 * @param {import('../options.mjs').Options} options
 */
function stepsOf(results, { ef: efs, recall: recalls }) {
  const sweeps = results.map((result) => {
    const byRecall = engineRow(result.name).sweep === 'recall';
    /** @type {import('./measure.mjs').Asked[]} */
    const asked = byRecall ? recalls.map((recall) => ({ recall })) : efs.map((ef) => ({ ef }));
    return { result, asked };
  });
  const count = Math.max(...sweeps.map(({ asked }) => asked.length));
  /** @type {Map<EngineResult, import('./measure.mjs').Asked>[]} */
  const steps = Array.from({ length: count }, () => new Map());
  for (const { result, asked } of sweeps)
    for (const [i, each] of asked.entries()) steps[Math.floor((i * count) / asked.length)]?.set(result, each);
  return steps;
}

/** @param {string} name @returns {EngineResult} */
function blank(name) {
  const { note: remark } = engineRow(name);
  return {
    name,
    version: engineVersion(name),
    note: remark,
    failure: null,
    build: null,
    memory: null,
    runs: null,
    learned: null,
    rounds: [],
    byDefault: [],
  };
}
