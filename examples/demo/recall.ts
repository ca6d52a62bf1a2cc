/** Recall against the exact answers and query latency, for several widths of the beam (`ef`). */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Collection, PointId } from 'silt';
import { type Glove, vectorOf } from './glove-rows.js';
import { K } from './queries.js';
import { LatencyLog, type LatencySummary } from './stats.js';

export const EFS: readonly number[] = [16, 32, 64, 128, 256];
/** The first warms up and is not timed. */
const ROUNDS = 3;
/** Queries between two turns of the event loop: some milliseconds. */
const SLICE = 20;

export interface RecallRow extends LatencySummary {
  ef: number;
  /** Share of the exact `K` nearest that were found. */
  recall: number;
  perSecond: number;
}

export interface RecallOptions {
  signal: AbortSignal;
  /** Of the exact answers, which come first. */
  onProgress?(done: number, total: number): void;
  onRow(row: RecallRow): void;
}

/** Every query is answered exactly, then timed and compared at each `ef`. */
export async function measureRecall(
  words: Pick<Collection, 'search'>,
  glove: Glove,
  queries: Uint32Array,
  options: RecallOptions,
): Promise<void> {
  const { signal } = options;
  const exact: Set<PointId>[] = [];
  for (const row of queries) {
    const hits = await words.search(vectorOf(glove, row), { k: K, exact: true });
    exact.push(new Set(hits.map(({ id }) => id)));
    if (exact.length % SLICE !== 0) continue;
    options.onProgress?.(exact.length, queries.length);
    await nextTurn();
    if (signal.aborted) return;
  }
  for (const ef of EFS) {
    const row = await measureAt(ef, words, glove, queries, exact, signal);
    if (row === undefined) return;
    options.onRow(row);
  }
}

async function measureAt(
  ef: number,
  words: Pick<Collection, 'search'>,
  glove: Glove,
  queries: Uint32Array,
  exact: readonly ReadonlySet<PointId>[],
  signal: AbortSignal,
): Promise<RecallRow | undefined> {
  const latency = new LatencyLog();
  let found = 0;
  let wanted = 0;
  let spent = 0;
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, row] of queries.entries()) {
      const started = performance.now();
      const hits = await words.search(vectorOf(glove, row), { k: K, ef });
      const took = performance.now() - started;
      if (round > 0) {
        latency.add(took);
        spent += took;
      } else {
        found += hits.filter(({ id }) => exact[i]!.has(id)).length;
        wanted += exact[i]!.size;
      }
      if (i % SLICE === 0) await nextTurn();
      if (signal.aborted) return undefined;
    }
  }
  return { ef, recall: found / wanted, perSecond: (latency.count * 1000) / spent, ...latency.summary() };
}
