// @ts-check
// Keyword search, best ten by BM25: each engine in a process of its own, on the same words and queries.
import { rmSync } from 'node:fs';
import { Child } from '../base/child.mjs';
import { figure, percentile } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { scratchPath } from '../data/scratch.mjs';
import { table } from '../report/table.mjs';
import { textsOf } from './texts.mjs';

/** Scores are float32 here and float64 there. */
const TOLERANCE = 1e-4;

/** @typedef {{ name: string, perSecond: number, bytes: number, p50: number, p99: number, qps: number, same: number | null }} Row */

/** @param {null} _ @param {import('../options.mjs').Options} options */
export async function runText(_, options) {
  const { name: what, documents } = textsOf(options);
  /** @type {Row[]} */
  const rows = [];
  /** @type {import('./engines.mjs').Ranked[]} */
  let expected = [];
  for (const name of [
    'silt',
    ...(options.quick ? ['minisearch'] : ['zvec', 'lancedb', 'fts5', 'minisearch', 'orama']),
  ]) {
    if (!options.only.includes(name)) continue;
    note(`text: ${name}, ${figure(documents.length)} texts`);
    const folder = scratchPath(`text-${name}`);
    const child = new Child(new URL('child.mjs', import.meta.url));
    try {
      const { texts, rows: most, queries, seed, k, rounds } = options;
      const built = await child.ask('build', { name, folder, options: { texts, rows: most, queries, seed } });
      const { times, answers } = await child.ask('search', { k, rounds });
      if (name === 'silt') expected = answers;
      const mean =
        times.reduce((/** @type {number} */ a, /** @type {number} */ b) => a + b, 0) / times.length;
      const found = { p50: percentile(times, 0.5), p99: percentile(times, 0.99), qps: 1000 / mean };
      const { perSecond, bytes } = built;
      rows.push({ name, perSecond, bytes, ...found, same: shareAlike(answers, expected) });
      await child.ask('close', { folder });
    } catch (error) {
      note(`text: ${name} failed: ${error instanceof Error ? error.message : error}`);
    } finally {
      await child.end();
      rmSync(folder, { recursive: true, force: true });
    }
  }
  return {
    result: { texts: what, documents: documents.length, rows },
    text: describe(what, documents.length, rows),
  };
}

/**
 * The share of answers that are as good as Silt's, whose BM25 is Lucene's: the same scores in order, up to one factor for all.
 * @param {import('./engines.mjs').Ranked[]} answers
 * @param {import('./engines.mjs').Ranked[]} expected
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

/** @param {string} what @param {number} count @param {Row[]} rows */
function describe(what, count, rows) {
  const body = rows.map(({ name, perSecond, bytes, p50, p99, qps, same }) => [
    name,
    figure(p50, 3),
    figure(p99, 3),
    figure(qps),
    figure(perSecond),
    figure(bytes),
    same === null ? '-' : figure(same, 2),
  ]);
  const title = `Keyword search: ${figure(count)} texts (${what}), best 10 by BM25`;
  const head = ['', 'p50 ms', 'p99', 'queries/s', 'texts/s', 'bytes/text', 'as Silt'];
  return `${title}\n\n${table(head, body)}`;
}
