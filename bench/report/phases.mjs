// @ts-check
// The table of what was felt in each phase of a run, against the first, which is at rest.
import { figure } from '../base/numbers.mjs';
import { table } from './table.mjs';

/** @param {string} title of the first column @param {import('../live/watched.mjs').Phase[]} phases */
export function phaseTable(title, phases) {
  const rest = phases[0];
  const head = [
    ...[title, 'queries', 'p50 µs', 'p99 µs', '/ rest'],
    ...['loop p50 ms', 'p99', 'worst', 'rows/s'],
  ];
  const body = phases.map(({ name, queries, p50, p99, loop, rowsPerSecond }) => [
    name,
    figure(queries),
    figure(p50),
    figure(p99),
    figure(p99 / (rest?.p99 ?? Number.NaN), 2),
    figure(loop.p50Ms, 2),
    figure(loop.p99Ms, 2),
    figure(loop.maxMs, 1),
    figure(rowsPerSecond),
  ]);
  return table(head, body);
}
