/** The text that stays: what was measured, and how. A number that was not reached is left out. */

import { type Align, count, latency, rate, table } from './format.js';
import type { Survey } from './kill.js';
import { EF, K } from './queries.js';
import type { RecallRow } from './recall.js';
import type { LatencySummary } from './stats.js';
import type { StreamState } from './stream.js';

const ALIGN: readonly Align[] = ['left', 'right', 'left'];

export function streamReport(state: StreamState, loopDelayP99: number): string[] {
  const { queries } = state;
  const during = queries.latency.summary();
  const rateFrom = (rows: number, from: number, until: number) =>
    rows > 0 ? `${rate((1000 * rows) / (until - from))} rows/s` : '-';
  const rows = [
    [
      'written, durable',
      rateFrom(state.writtenHere, state.startedAt, state.writtenAt),
      'first write to last acknowledgement',
    ],
    [
      'indexed',
      rateFrom(state.linkedHere, state.firstBuildAt, state.endedAt),
      'first build to last row in the graph',
    ],
    [
      'written and indexed',
      rateFrom(state.linkedHere, state.startedAt, state.endedAt),
      'first write to last row in the graph',
    ],
    ['first row searchable', latency(state.firstRowMs), 'upsert() called until it was found'],
    [
      'rows found when new',
      `${count(queries.freshFound)} of ${count(queries.freshAsked)}`,
      'searched right after acknowledgement',
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

export interface Reopening {
  closeMs: number;
  openMs: number;
  points: number;
  /** Rows to be linked again, because no snapshot held them. */
  pending: number;
}

export function reopenReport({ closeMs, openMs, points, pending }: Reopening): string {
  const waiting = pending === 0 ? 'all indexed' : `${count(pending)} to be indexed`;
  return `Closed in ${latency(closeMs)}, opened in ${latency(openMs)}: ${count(points)} words, ${waiting}`;
}

/** `points` are in the collection now, opened in `openMs` after the kill. */
export function surveyReport(
  { checked, lost }: Survey,
  { points, openMs }: Pick<Reopening, 'points' | 'openMs'>,
): { ok: boolean; lines: string[] } {
  const more = points - (checked - lost.length);
  const lines = [
    lost.length === 0
      ? `  opened in ${latency(openMs)}: all ${count(checked)} acknowledged words are there, as written`
      : `  FAILED: of ${count(checked)} acknowledged words ${count(lost.length)} are lost: ${lost.slice(0, 3).join(', ')}`,
  ];
  if (more > 0) lines.push(`  (and ${count(more)} more, acknowledged too late to be told, or there before)`);
  return { ok: lost.length === 0, lines };
}

export function recallReport(rows: readonly RecallRow[], queries: number): string[] {
  const head = ['ef', `recall@${K}`, 'p50', 'p99', 'queries/s'];
  const cells = rows.map((row) => [
    String(row.ef),
    row.recall.toFixed(3),
    latency(row.p50),
    latency(row.p99),
    rate(row.perSecond),
  ]);
  return [
    `After the build, one thread: ${count(queries)} held-out words, answered with payloads`,
    ...table([head, ...cells], ['right', 'right', 'right', 'right', 'right']),
  ];
}

export interface Outcome {
  expected: number;
  points: number;
  waiting: number;
  /** What the library's own check found. */
  problems: readonly string[];
}

export function outcomeReport({ expected, points, waiting, problems }: Outcome): {
  ok: boolean;
  text: string;
} {
  const faults = [...problems];
  if (points !== expected) {
    faults.unshift(`${count(expected)} words expected, ${count(points)} in the collection`);
  }
  if (waiting > 0) faults.unshift(`${count(waiting)} rows not in the graph`);
  if (faults.length > 0) return { ok: false, text: `FAILED: ${faults.slice(0, 5).join('; ')}` };
  return {
    ok: true,
    text: `All ${count(points)} of ${count(expected)} words are there; verify() found no fault.`,
  };
}

function latencyCell({ p50, p99 }: LatencySummary): string {
  return `${latency(p50)} / ${latency(p99)}`;
}
