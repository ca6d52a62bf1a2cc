// @ts-check
// The dashboard in a browser while 100,000 words stream into its server, all on one machine: its first paint, and its frames tab by tab.
import { figure, median } from '../base/numbers.mjs';
import { note } from '../base/progress.mjs';
import { table } from '../report/table.mjs';
import { launched } from './browser.mjs';
import { watched } from './frames.mjs';
import { firstPaints } from './paints.mjs';
import { tabs } from './tabs.mjs';

const FULL = { first: 2_000, streamed: 100_000, seconds: 10, times: 8 };
const QUICK = { first: 500, streamed: 1_000, seconds: 0.5, times: 1 };
/** Of a core: who has it took nothing to speak of. */
const QUIET = 0.1;
const PAINT_TARGET_MS = 200;

/** @typedef {{ tab: string, rounds: import('./frames.mjs').Watched[] }} Line */

/** What was missed though nobody else was at work. @param {Line[]} lines @param {import('./paints.mjs').Paints} paints */
function missed(lines, paints) {
  const isQuiet = (/** @type {{ others: number | null }} */ { others }) => others !== null && others < QUIET;
  const long = lines.flatMap(({ tab, rounds }) =>
    rounds
      .filter((round) => isQuiet(round) && round.long > 0)
      .map(({ worst }) => `${tab}: a frame took ${figure(worst)} ms`),
  );
  const paint = median(paints.paints);
  return isQuiet(paints) && paint > PAINT_TARGET_MS ? [...long, `first paint: ${figure(paint)} ms`] : long;
}

/** @param {Line[]} lines @param {import('./paints.mjs').Paints} paints */
function textOf(lines, paints) {
  const each = (/** @type {(number | null)[]} */ values, digits = 0) =>
    values.map((value) => figure(value, digits)).join(' ');
  const body = lines.map(({ tab, rounds }) => [
    tab,
    figure(Math.min(...rounds.map(({ frames }) => frames))),
    each(rounds.map(({ p99 }) => p99)),
    each(rounds.map(({ worst }) => worst)),
    each(rounds.map(({ long }) => long)),
    each(
      rounds.map(({ others }) => others),
      2,
    ),
  ]);
  const range = (/** @type {number[]} */ values) =>
    `median ${figure(median(values))} ms, worst ${figure(Math.max(...values))}`;
  return [
    table(['', 'frames', 'p99 ms', 'worst', 'above 50', 'cores of others'], body),
    `First paint: ${range(paints.paints)}; with data: ${range(paints.data)}; cores of others ${figure(paints.others, 2)}`,
  ].join('\n\n');
}

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 */
export async function runDashboard(data, { quick, rounds }) {
  const { first, streamed, seconds, times } = quick ? QUICK : FULL;
  const some = { ...data, rowCount: Math.min(data.rowCount, first + streamed) };
  const browser = await launched();
  try {
    note('dashboard: first paint');
    const paints = await firstPaints(browser, some, { first, times });
    /** @type {Line[]} */
    const lines = Object.keys(tabs).map((tab) => ({ tab, rounds: [] }));
    for (let round = 1; round <= rounds; round++)
      for (const line of lines) {
        note(`dashboard: ${line.tab}, round ${round}`);
        line.rounds.push(await watched(browser, some, { tab: line.tab, first, seconds }));
      }
    const text = `Dashboard, ${data.title}: frames of each tab while ${figure(streamed)} words come\n\n${textOf(lines, paints)}`;
    return { text, result: { data: data.name, lines, paints }, failures: quick ? [] : missed(lines, paints) };
  } finally {
    await browser.close();
  }
}
