/** Recall against the exact answers and query latency, for several widths of the beam (`ef`). */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Glove } from './glove-rows.js';
import { K, type Search, vectorOf } from './queries.js';
import { LatencyLog, type LatencySummary } from './stats.js';

export const EFS: readonly number[] = [16, 32, 64, 128, 256];
/** The first round warms up and is not timed. */
const ROUNDS = 5;

export interface RecallRow extends LatencySummary {
  ef: number;
  /** Share of the exact `K` nearest that were found, over all queries. */
  recall: number;
  perSecond: number;
}

export async function measureRecall(
  search: Search,
  glove: Pick<Glove, 'vectors' | 'dimension'>,
  queries: Uint32Array,
  exact: readonly Uint32Array[],
  options: { signal: AbortSignal; onRow(row: RecallRow): void },
): Promise<void> {
  for (const ef of EFS) {
    const latency = new LatencyLog();
    let found = 0;
    let asked = 0;
    let spent = 0;
    for (let round = 0; round <= ROUNDS; round++) {
      for (const [index, row] of queries.entries()) {
        const started = performance.now();
        const hits = search(vectorOf(glove, row), K, { ef });
        const took = performance.now() - started;
        if (round === 0) {
          found += overlap(hits, exact[index]!);
          asked += exact[index]!.length;
        } else {
          latency.add(took);
          spent += took;
        }
      }
      await nextTurn();
      if (options.signal.aborted) return;
    }
    const perSecond = (latency.count * 1000) / spent;
    options.onRow({ ef, recall: found / asked, perSecond, ...latency.summary() });
  }
}

function overlap(hits: readonly (readonly [number | bigint, number])[], exact: Uint32Array): number {
  const expected = new Set(exact);
  return hits.filter(([id]) => expected.has(Number(id))).length;
}
