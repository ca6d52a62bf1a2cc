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
/**
 * @typedef {object} Measured
 * @property {number} perSecond
 * @property {number} bytes
 * @property {number} p50
 * @property {number} p99
 * @property {number} qps
 * @property {number} loopP99 of the event loop while it was built and while it was asked: whichever is worse
 * @property {number | null} same
 */

/** @typedef {{ name: string, failure: string | null } & Partial<Measured>} Row what was measured until it failed */

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
    /** @type {Row} */
    const row = { name, failure: null };
    rows.push(row);
    const most = name === 'silt' ? null : options.minutes;
    const stop = limit(child, most);
    try {
      const { texts, rows: documents, queries, seed, k, rounds } = options;
      const built = await child.ask('build', {
        name,
        folder,
        options: { texts, rows: documents, queries, seed },
      });
      Object.assign(row, { perSecond: built.perSecond, bytes: built.bytes, loopP99: built.loop.p99Ms });
      const { times, answers, loop } = await child.ask('search', { k, rounds });
      if (name === 'silt') expected = answers;
      const sum = times.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0);
      Object.assign(row, {
        loopP99: Math.max(built.loop.p99Ms, loop.p99Ms),
        p50: percentile(times, 0.5),
        p99: percentile(times, 0.99),
        qps: (1000 * times.length) / sum,
        same: shareAlike(answers, expected),
      });
      await child.ask('close', { folder });
    } catch (error) {
      row.failure = stop.late()
        ? `not done in ${most} min`
        : error instanceof Error
          ? error.message
          : String(error);
      note(`${section}: ${name}: ${row.failure}`);
    } finally {
      stop.clear();
      await child.end();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return rows;
}

/**
 * Ends a process that takes too long: whoever waits for it gets an error.
 * @param {Child} child
 * @param {number | null} minutes
 */
function limit(child, minutes) {
  let isLate = false;
  const timer =
    minutes === null
      ? undefined
      : setTimeout(() => {
          isLate = true;
          child.stop();
        }, minutes * 60_000);
  return { late: () => isLate, clear: () => clearTimeout(timer) };
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
  const body = rows.map(({ name, perSecond, bytes, p50, p99, qps, loopP99, same, failure }) => [
    name,
    figure(p50, 3),
    figure(p99, 3),
    figure(qps),
    figure(perSecond),
    figure(bytes),
    figure(loopP99, 1),
    failure ?? figure(same, 2),
  ]);
  const head = ['', 'p50 ms', 'p99', 'queries/s', `${of}s/s`, `bytes/${of}`, 'loop p99', 'as Silt'];
  return `${title}\n\n${table(head, body)}`;
}
