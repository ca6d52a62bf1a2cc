// @ts-check
// The section as text: for each kind of filter the engines next to each other, then what only Silt was asked.
import { figure } from '../base/numbers.mjs';
import { table } from '../report/table.mjs';
import { cellName, FEW, MOST_RATIO, percent, slow } from './targets.mjs';

/** @typedef {import('./judge.mjs').Judged} Judged */
/** @typedef {import('./run.mjs').EngineResult} EngineResult */

/** @type {Record<string, string>} */
const MEANINGS = {
  'no filter': 'the same search twice: how far from 1.00 is noise',
  random: 'a range of random numbers, another one for each query',
  'random, repeated': 'the same range for all queries',
  'near rank': 'a range of places in the file around that of the query',
  'far rank': 'the end of the file that is farther from the query',
  'near clusters': 'the clusters nearest to the query, thinned out at random to the share',
  'far clusters': 'the clusters farthest from it',
  category: 'a random category of about that size',
};

/** Kinds whose plans are printed; the file has all. */
const PLANNED = ['no filter', 'random', 'near clusters', 'far clusters'];

/**
 * @param {import('../data/datasets.mjs').Dataset} data
 * @param {import('../options.mjs').Options} options
 * @param {EngineResult[]} results
 */
export function describe(data, options, results) {
  // One that failed later on still has figures.
  const sound = results.filter(({ cells }) => cells.length > 0);
  const kinds = [...new Set(sound.flatMap(({ cells }) => cells.map(({ kind }) => kind)))];
  const parts = [
    `Filtered search: ${figure(data.rowCount)} x ${data.dimension}, ${data.metric}, k ${options.k}`,
    table(
      ['', 'built, s', 'recall', 'queries', 'settings'],
      sound.map(({ name, version, buildSeconds, plainRecall, cells, settings }) => [
        `${name} ${version}`,
        figure(buildSeconds, 1),
        figure(plainRecall, 3),
        figure(cells[0]?.queries),
        settings,
      ]),
    ),
    ...kinds.map((kind) => sideBySide(kind, sound)),
    'recall: recall@10. least: rows of the shortest answer; short: answers with fewer than 10, though more match.\n' +
      'µs: with the filter. / plain: median to that of queries without a filter, asked in between by the same process.',
  ];
  for (const { name, failure } of results) if (failure !== null) parts.push(`${name} FAILED: ${failure}`);
  const silt = sound.find(({ name }) => name === 'silt');
  if (silt) parts.push(...onlySilt(silt));
  return parts.join('\n\n');
}

/** @param {string} kind @param {EngineResult[]} results */
function sideBySide(kind, results) {
  const shares = results[0]?.cells.filter((cell) => cell.kind === kind).map(({ share }) => share) ?? [];
  const body = shares.flatMap((share) =>
    results.flatMap(({ name, cells }, i) => {
      const cell = cells.find((each) => each.kind === kind && each.share === share);
      return cell ? [line(i === 0 ? percent(share) : '', name, cell)] : [];
    }),
  );
  const head = ['', '', 'rows match', 'recall', 'least', 'short', 'p50 µs', 'p99 µs', '/ plain'];
  return `${kind}: ${MEANINGS[kind] ?? ''}\n${table(head, body)}`;
}

/** @param {string} first @param {string} name @param {Judged} cell */
function line(first, name, { matching, recall, least, short, wrong, p50, p99, ratio }) {
  const found = wrong > 0 ? `${wrong} WRONG` : figure(recall, 4);
  return [
    first,
    name,
    figure(matching),
    found,
    ...[least, short, p50, p99].map((value) => figure(value)),
    figure(ratio, 2),
  ];
}

/** @param {EngineResult} silt */
function onlySilt({ cells, unindexed = [], churned }) {
  const late = slow(cells);
  const parts = [
    `Silt: ${figure(cells.length - late.length)} of ${figure(cells.length)} filters are as fast as they should be ` +
      `(at most ${MOST_RATIO} x a plain search; below 1 x where fewer than ${percent(FEW)} of the rows match)` +
      late.map((cell) => `\n  ${cellName(cell)}: ${figure(cell.ratio, 2)} x`).join(''),
    `How Silt answers (the first query of each)\n${plans(cells)}`,
    `Silt without payload indexes\n${table(
      ['the same filter again and again', 'share', 'recall', 'first, ms', 'again, ms'],
      unindexed.map(({ kind, share, recall, firstMs, againMs }) => [
        kind,
        percent(share),
        figure(recall, 4),
        figure(firstMs, 1),
        figure(againMs, 3),
      ]),
    )}`,
  ];
  if (churned) parts.push(churn(churned));
  return parts;
}

/** @param {Judged[]} cells */
function plans(cells) {
  const some = cells.filter(({ kind }) => PLANNED.includes(kind));
  return some.map((cell) => `  ${cellName(cell)}: ${cell.plan}`).join('\n');
}

/** @param {import('./silt-only.mjs').Churned} churned */
function churn({ seconds, masked, compactSeconds, before, after }) {
  const body = before.map((cell, i) => [
    ...line(cell.kind, percent(cell.share), cell),
    figure(after[i]?.recall, 4),
    figure(after[i]?.p50),
    figure(after[i]?.ratio, 2),
  ]);
  const head = ['', 'share', 'match', 'recall', 'least', 'short', 'p50 µs', 'p99 µs', '/ plain'];
  return (
    `Silt after every row was replaced twice, 30 % deleted and all linked (${figure(seconds, 1)} s; ` +
    `${figure(masked)} rows masked),\nthen compacted (${figure(compactSeconds, 1)} s)\n` +
    table([...head, 'then recall', 'p50 µs', '/ plain'], body)
  );
}
