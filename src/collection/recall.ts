/*
 * How good the graph's answers are: measured, on stored rows and on queries that were asked lately, against exact
 * ones.
 */
import { now } from '../base/clock.js';
import { randomFrom } from '../base/random.js';
import { breathe } from '../base/slices.js';
import { EF_DEFAULT } from '../hnsw/plan.js';
import type { LiveIndex } from './live-index.js';
import { findRows } from './read.js';

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

/** Queries kept to be asked again. */
const RECENT = 64;

/** The queries asked lately. */
export class RecentQueries {
  readonly #queries: Float32Array[] = [];
  #next = 0;

  note(query: ArrayLike<number>): void {
    this.#queries[this.#next] = Float32Array.from(query);
    this.#next = (this.#next + 1) % RECENT;
  }

  get all(): readonly Float32Array[] {
    return this.#queries;
  }
}

/** Vectors of `count` live rows, spread over all of them. */
function* sampleRows(live: LiveIndex, count: number): Generator<Float32Array> {
  // Another sample after every write: the same rows again would tell nothing new.
  const random = randomFrom(live.config.hnsw.seed + live.seq);
  const { slots } = live;
  for (let i = 0; i < count; i++) {
    let slot = Math.floor(random() * slots);
    for (let tries = 0; tries < slots && !live.isLiveAt(slot); tries++) slot = (slot + 1) % slots;
    const vector = live.isLiveAt(slot) ? live.vectorOf(live.rowAt(slot)) : undefined;
    if (vector) yield vector;
  }
}

/** Compares graph and exact answers: half of the sample recent queries, as far as there are any. */
export async function measureRecall(
  live: LiveIndex,
  recent: readonly Float32Array[],
  { sample, k, ef = EF_DEFAULT }: { sample: number; k: number; ef?: number },
  signal: AbortSignal,
): Promise<RecallReport> {
  const asked = recent.slice(0, Math.floor(sample / 2));
  const queries = live.index.size === 0 ? [] : [...asked, ...sampleRows(live, sample - asked.length)];
  let hits = 0;
  let wanted = 0;
  for (const query of queries) {
    await breathe();
    signal.throwIfAborted();
    const exact = await findRows(live, query, { k, ef, exact: true });
    const found = await findRows(live, query, { k, ef, exact: false });
    const worst = exact.at(-1)?.[1] ?? 0;
    const rows = new Set(exact.map(([row]) => row));
    // A row as near as the k-th is as good as it.
    hits += found.filter(([row, score]) => rows.has(row) || score === worst).length;
    wanted += exact.length;
  }
  const value = wanted === 0 ? 1 : Math.min(1, hits / wanted);
  return { k, ef, value, sample: queries.length, at: now() };
}
