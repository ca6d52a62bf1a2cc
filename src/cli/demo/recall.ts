/** Recall against the exact answers and query latency, for several widths of the beam (`ef`). */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Glove } from './glove-rows.js';
import { K, type Search, vectorOf } from './queries.js';
import { LatencyLog, type LatencySummary } from './stats.js';

export const EFS: readonly number[] = [16, 32, 64, 128, 256];
/** The first warms up and is not timed. */
const ROUNDS = 3;

export interface RecallRow extends LatencySummary {
  ef: number;
  /** Share of the exact `K` nearest that were found. */
  recall: number;
  perSecond: number;
}

/** Every query is timed; recall is taken over those with an entry in `exact`, by row number. */
export async function measureRecall(
  search: Search,
  glove: Pick<Glove, 'vectors' | 'dimension'>,
  queries: Uint32Array,
  exact: ReadonlyMap<number, Uint32Array>,
  options: { signal: AbortSignal; onRow(row: RecallRow): void },
): Promise<void> {
  for (const ef of EFS) {
    const latency = new LatencyLog();
    let found = 0;
    let asked = 0;
    let spent = 0;
    for (let round = 0; round < ROUNDS; round++) {
      for (const row of queries) {
        const started = performance.now();
        const hits = search(vectorOf(glove, row), K, { ef });
        const took = performance.now() - started;
        if (round > 0) {
          latency.add(took);
          spent += took;
          continue;
        }
        const expected = exact.get(row);
        if (expected === undefined) continue;
        found += overlap(hits, expected);
        asked += expected.length;
      }
      await nextTurn();
      if (options.signal.aborted) return;
    }
    const perSecond = (latency.count * 1000) / spent;
    options.onRow({ ef, recall: found / asked, perSecond, ...latency.summary() });
  }
}

function overlap(hits: readonly (readonly [number | bigint, number])[], exact: Uint32Array): number {
  return hits.filter(([id]) => exact.includes(Number(id))).length;
}
