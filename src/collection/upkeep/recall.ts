/*
 * How good the graph's answers are: measured, on stored rows and on queries that were asked lately, against exact
 * ones.
 */
import { randomFrom } from '../../base/random.js';
import { EF_DEFAULT } from '../../hnsw/plan.js';
import type { LiveIndex } from '../live-index.js';
import type { Reader } from '../read/reader.js';
import type { SearchParams, Use } from '../read/request.js';

export interface RecallOptions {
  /** Queries, 1 to 100,000. Default 100. */
  readonly sample?: number | undefined;
  /** How many points each. Default 10. */
  readonly k?: number | undefined;
  /** Beam width, 1 to 16,384. Default 256. */
  readonly ef?: number | undefined;
}

export interface RecallReport {
  readonly k: number;
  readonly ef: number;
  /** Mean share of the k nearest that the graph finds, 0 to 1. */
  readonly value: number;
  /** Queries compared. */
  readonly sample: number;
  /** When, in milliseconds since 1970. */
  readonly at: number;
}

/** Vectors of `count` live rows, spread over all of them. */
function* sampleRows(live: LiveIndex, count: number): Generator<Float32Array> {
  // Another sample after every write: the same rows again would tell nothing new.
  const random = randomFrom(live.config.hnsw.seed + live.seq);
  const { slots } = live.rows;
  for (let i = 0; i < count; i++) {
    let slot = Math.floor(random() * slots);
    for (let tries = 0; tries < slots && !live.engine.isLiveAt(slot); tries++) slot = (slot + 1) % slots;
    const vector = live.engine.isLiveAt(slot) ? live.vectorOf(live.rows.rowAt(slot)) : undefined;
    if (vector) yield vector;
  }
}

/** Row numbers, with the distances of the rows. */
const rowsOf: Use<[row: number, distance: number][]> = (live, { matches }) =>
  matches.map(({ slot, distance }) => [live.rows.rowAt(slot), distance]);

/** Compares graph and exact answers: half of the sample recent queries, as far as there are any. */
export async function measureRecall(
  live: LiveIndex,
  reader: Reader,
  { sample, k, ef = EF_DEFAULT }: { sample: number; k: number; ef?: number },
  signal: AbortSignal,
): Promise<RecallReport> {
  const asked = reader.recent.copies(Math.floor(sample / 2));
  const queries = live.engine.live === 0 ? [] : [...asked, ...sampleRows(live, sample - asked.length)];
  const walked: SearchParams = {
    k,
    ef,
    exact: false,
    filter: undefined,
    withPayload: false,
    withVector: false,
  };
  const compared = { ...walked, exact: true };
  const { time } = live.platform;
  let hits = 0;
  let wanted = 0;
  for (const vector of queries) {
    await time.breathe();
    signal.throwIfAborted();
    const exact = await reader.answer({ vector, params: compared }, rowsOf);
    const found = await reader.answer({ vector, params: walked }, rowsOf);
    const worst = exact.at(-1)?.[1] ?? 0;
    const rows = new Set(exact.map(([row]) => row));
    // A row as near as the k-th is as good as it.
    hits += found.filter(([row, distance]) => rows.has(row) || distance === worst).length;
    wanted += exact.length;
  }
  const value = wanted === 0 ? 1 : Math.min(1, hits / wanted);
  return { k, ef, value, sample: queries.length, at: time.date() };
}
