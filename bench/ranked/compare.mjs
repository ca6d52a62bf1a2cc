// @ts-check
// Engines that rank the same documents for the same queries, one after another, each in a process of its own; Silt is first.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure, percentile } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';

/** Scores are float32 here and float64 there. */
const TOLERANCE = 1e-4;

/** @typedef {import('./child.mjs').Ranked} Ranked */
/** @typedef {{ name: string, perSecond: number, bytes: number, p50: number, p99: number, qps: number, same: number | null }} Row */

/**
 * @param {object} what
 * @param {string} what.section
 * @param {URL} what.child
 * @param {string[]} what.engines
 * @param {import('../options.mjs').Options} options
 * @returns {Promise<Row[]>}
 */
export async function compareRanked({ section, child: module, engines }, options) {
  /** @type {Row[]} */
  const rows = [];
  /** @type {Ranked[]} */
  let expected = [];
  for (const name of engines) {
    note(`${section}: ${name}`);
    const folder = scratchPath(`${section}-${name}`);
    const child = new Child(module);
    try {
      const { texts, rows: most, queries, seed, k, rounds } = options;
      const built = await child.ask('build', { name, folder, options: { texts, rows: most, queries, seed } });
      const { times, answers } = await child.ask('search', { k, rounds });
      if (name === 'silt') expected = answers;
      const sum = times.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
      const found = {
        p50: percentile(times, 0.5),
        p99: percentile(times, 0.99),
        qps: (1000 * times.length) / sum,
      };
      const { perSecond, bytes } = built;
      rows.push({ name, perSecond, bytes, ...found, same: shareAlike(answers, expected) });
      await child.ask('close', { folder });
    } catch (error) {
      note(`${section}: ${name} failed: ${error instanceof Error ? error.message : error}`);
    } finally {
      await child.end();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

/**
 * The share of answers that are as good as Silt's: the same scores in order, up to one factor for all.
 * @param {Ranked[]} answers
 * @param {Ranked[]} expected
 */
function shareAlike(answers, expected) {
  if (expected.length !== answers.length) return null;
  const alike = answers.filter((answer, i) => {
    const own = expected[i] ?? [];
    const factor = Number(own[0]?.[1]) / Number(answer[0]?.[1]);
    return (
      own.length === answer.length &&
      own.every(([, score], at) => Math.abs(Number(answer[at]?.[1]) * factor - score) <= TOLERANCE * score)
    );
  });
  return alike.length / answers.length;
}

/** @param {string} title @param {string} of what is counted @param {Row[]} rows */
export function rankedTable(title, of, rows) {
  const body = rows.map(({ name, perSecond, bytes, p50, p99, qps, same }) => [
    name,
    figure(p50, 3),
    figure(p99, 3),
    figure(qps),
    figure(perSecond),
    figure(bytes),
    same === null ? '-' : figure(same, 2),
  ]);
  const head = ['', 'p50 ms', 'p99', 'queries/s', `${of}s/s`, `bytes/${of}`, 'as Silt'];
  return `${title}\n\n${table(head, body)}`;
}
