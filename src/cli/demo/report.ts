/** The text that stays: what was measured, and how. A number that was not reached is left out. */

import { type Align, count, latency, rate, table } from './format.js';
import { EF, K } from './queries.js';
import type { RecallRow } from './recall.js';
import type { LatencySummary } from './stats.js';
import type { StreamState } from './stream.js';

const ALIGN: readonly Align[] = ['left', 'right', 'left'];

export function streamReport(state: StreamState, loopDelayP99: number): string[] {
  const { queries, linked } = state;
  const during = queries.latency.summary();
  const sinceFirstWrite = (state.endedAt - state.startedAt) / 1000;
  const sinceFirstBuild = (state.endedAt - state.firstBuildAt) / 1000;
  const rows = [
    ['writing', `${rate((state.written * 1000) / state.enqueueMs)} rows/s`, 'time spent inside enqueue()'],
    ['streaming', `${rate(linked / sinceFirstWrite)} rows/s`, 'first write to last row linked'],
    ['building', `${rate(linked / sinceFirstBuild)} rows/s`, 'start of first build to last row'],
    ['first row searchable', latency(state.firstRowMs), 'enqueue() until it was found'],
    [
      'rows found when new',
      `${count(queries.freshFound)} of ${count(queries.freshAsked)}`,
      'searched right after writing',
    ],
    ['query while building', latencyCell(during), `p50 / p99 of ${count(during.count)} at ef ${EF}`],
    ['event-loop delay', latency(loopDelayP99), 'p99 while streaming (idle: 1.1 ms)'],
  ];
  // Without this line, the slower queries would be put down to the build alone.
  return [
    ...table(rows, ALIGN),
    `  (meanwhile a query also scans the rows that wait, up to ${count(state.mostWaiting)})`,
  ];
}

export function recallReport(rows: readonly RecallRow[], sample: number, queries: number): string[] {
  const head = ['ef', `recall@${K}`, 'p50', 'p99', 'queries/s'];
  const cells = rows.map((row) => [
    String(row.ef),
    row.recall.toFixed(3),
    latency(row.p50),
    latency(row.p99),
    rate(row.perSecond),
  ]);
  return [
    `After the build, one thread: times of ${count(queries)} held-out words, recall of ${count(sample)}`,
    ...table([head, ...cells], ['right', 'right', 'right', 'right', 'right']),
  ];
}

export interface Outcome {
  streamed: number;
  indexSize: number;
  waiting: number;
  /** What the library's own check of the graph found. */
  problems: readonly string[];
}

export function outcomeReport(outcome: Outcome): { ok: boolean; text: string } {
  const faults = [...outcome.problems];
  if (outcome.indexSize !== outcome.streamed) {
    faults.unshift(`${count(outcome.streamed)} rows streamed, ${count(outcome.indexSize)} in the index`);
  }
  if (outcome.waiting > 0) faults.unshift(`${count(outcome.waiting)} rows not in the graph`);
  if (faults.length > 0) return { ok: false, text: `FAILED: ${faults.slice(0, 5).join('; ')}` };
  return {
    ok: true,
    text: `All ${count(outcome.indexSize)} of ${count(outcome.streamed)} rows are in the index; verify() found no fault.`,
  };
}

function latencyCell({ p50, p99 }: LatencySummary): string {
  return `${latency(p50)} / ${latency(p99)}`;
}
