// @ts-check
// One engine after another, each in a process of its own: build, index, find the least effort, then cell by cell.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchFile, scratchPath } from '../data/scratch.mjs';
import { engineVersion } from '../engines/installed.mjs';
import { judge } from './judge.mjs';
import { measureCells } from './measure.mjs';
import { runChurn, runUnindexed } from './silt-only.mjs';

/** Longest wait for what Silt learns. */
const LEARN_MS = 300_000;
const QUICK_LEARN_MS = 3_000;

/** @typedef {import('./cells.mjs').Cell} Cell */
/** @typedef {import('./judge.mjs').Judged} Judged */
/** @typedef {import('./truth.mjs').FilteredTruth} FilteredTruth */

/**
 * @typedef {object} Plan all that is the same for every engine
 * @property {import('../data/datasets.mjs').Dataset} data
 * @property {import('./columns.mjs').Columns} columns
 * @property {import('./sample.mjs').Sample} sample
 * @property {Cell[]} cells
 * @property {FilteredTruth[]} truth per cell, of the measured queries
 * @property {FilteredTruth} tuningTruth
 * @property {import('./child.mjs').Files} files
 * @property {import('../options.mjs').Options} options
 * @property {number} leastRecall that efforts are raised to
 */

/**
 * @typedef {object} EngineResult
 * @property {string} name
 * @property {string} version
 * @property {string | null} failure
 * @property {string} settings
 * @property {number} buildSeconds with the payload indexes
 * @property {number} plainRecall without a filter, of the tuning queries
 * @property {Judged[]} cells
 * @property {import('./silt-only.mjs').Unindexed[]} [unindexed]
 * @property {import('./silt-only.mjs').Churned} [churned]
 */

/**
 * @param {string} name
 * @param {Plan} plan
 * @returns {Promise<EngineResult>}
 */
export async function runEngine(name, plan) {
  const { data, options, files } = plan;
  const { metric, dimension } = data;
  const { m, efConstruction, threads, k } = options;
  const folder = scratchPath(`filtered-${name}`);
  const child = new Child(new URL('child.mjs', import.meta.url));
  /** @type {EngineResult} */
  const result = {
    ...{ name, version: engineVersion(name), failure: null, settings: '' },
    ...{ buildSeconds: Number.NaN, plainRecall: Number.NaN, cells: [] },
  };
  try {
    note(`filtered: ${name} ${result.version} builds ${figure(data.rowCount)} rows`);
    const setup = { metric, dimension, m, efConstruction, threads, k, folder };
    const built = await child.ask('build', { name, setup, files });
    if (name === 'silt') result.unindexed = await runUnindexed(child, plan);
    result.buildSeconds = built.seconds + (await child.ask('index'));
    if (name === 'silt') await child.ask('learn', { waitMs: options.quick ? QUICK_LEARN_MS : LEARN_MS });
    const { effort, recall } = await leastEffort(child, built.efforts.length, plan);
    result.plainRecall = recall;
    result.settings = `${built.settings}; ${built.efforts[effort]}`;
    note(
      `  ${figure(result.buildSeconds, 1)} s; ${result.settings}: recall ${figure(recall, 3)} without a filter`,
    );
    const slots = name === 'silt' ? [...plan.sample.measured.keys()] : plan.sample.peerSlots;
    result.cells = await measureCells(child, name, plan, slots);
    if (name === 'silt') result.churned = await runChurn(child, plan);
    await child.ask('close');
  } catch (error) {
    result.failure = error instanceof Error ? error.message : String(error);
    note(`  ${name} FAILED: ${result.failure}`);
  } finally {
    await child.end();
    rmSync(folder, { recursive: true, force: true });
  }
  return result;
}

/**
 * The first effort that finds enough without a filter, or the last.
 * @param {Child} child
 * @param {number} efforts
 * @param {Plan} plan
 */
async function leastEffort(
  child,
  efforts,
  { data, columns, sample: { tuning }, tuningTruth, options, leastRecall },
) {
  const cell = { kind: '', share: 1, filter: () => [] };
  let recall = Number.NaN;
  for (let effort = 0; effort < efforts; effort++) {
    const rows = await child.ask('plain', { effort, queries: tuning });
    const answers = { rows, micros: [], plainMicros: [] };
    ({ recall } = judge(cell, [...tuning.keys()], tuning, answers, tuningTruth, columns, options.k));
    if (recall >= leastRecall || effort === efforts - 1) return { effort, recall };
  }
  throw new Error(`no setting to search ${data.name} with`);
}

/** @param {import('./columns.mjs').World} world @returns {import('./child.mjs').Files} */
export function writeFiles({ data, columns: { word, rank, cluster, category, random } }) {
  return {
    rows: scratchFile('filtered.rows', data.rows),
    queries: scratchFile('filtered.queries', data.queries),
    word: scratchFile('filtered.words', Buffer.from(JSON.stringify(word))),
    rank: scratchFile('filtered.rank', rank),
    cluster: scratchFile('filtered.cluster', cluster),
    category: scratchFile('filtered.category', category),
    random: scratchFile('filtered.random', random),
  };
}
