// @ts-check
// Recall against speed: every engine builds in a process of its own, one after another; then all of them
// stay alive and are asked in turn, round after round, so that a noisy minute meets all of them.
import { Child } from '../base/child.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { exactNeighbours } from '../data/truth.mjs';
import { engineRow } from '../engines/engines.mjs';
import { engineVersion } from '../engines/installed.mjs';

/**
 * @typedef {object} EngineResult
 * @property {string} name
 * @property {string} version
 * @property {string} note
 * @property {string | null} failure why it is out of the comparison
 * @property {{ seconds: number, vectorsPerSecond: number } | null} build
 * @property {{ bytesPerRow: number, anonymousBytesPerRow: number, ownBytesPerRow: number } | null} memory
 * @property {import('./measure.mjs').Measured[][]} rounds
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
      alive.set(result, new Child(new URL('child.mjs', import.meta.url)));
      result.build = await ask(result, 'build', { name: result.name, plain, files });
      if (result.build) note(`  ${Math.round(result.build.vectorsPerSecond).toLocaleString('en-US')} vec/s`);
      result.memory = await ask(result, 'memory');
    }
    for (let round = 0; round < options.rounds; round++) {
      for (const ef of options.ef) {
        note(`${data.name}: round ${round + 1} of ${options.rounds}, ef ${ef}`);
        for (const result of alive.keys()) {
          /** @type {import('./measure.mjs').Measured | null} */
          const point = await ask(result, 'measure', { ef, minMs: options.minMs });
          if (point) (result.rounds[round] ??= []).push(point);
        }
      }
    }
    for (const result of alive.keys()) await ask(result, 'close');
  } finally {
    for (const child of alive.values()) child.stop();
  }
  return results;
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
    rounds: [],
  };
}
