/**
 * Streams words into the collection and searches it all the while, on one thread. How far writing may run ahead
 * of linking is the collection's business: it slows writers down in proportion.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Collection, CollectionStatus } from 'silt';
import { type Glove, vectorOf } from './glove-rows.js';
import { pointOf, pointsOf } from './plan.js';
import { PacedQueries } from './queries.js';

const BATCH_ROWS = 500;
const FIRST_ROW_PATIENCE_MS = 10_000;

/** What the stream uses of a collection. */
export type StreamTarget = Pick<Collection, 'upsert' | 'ingest' | 'buildNow' | 'search'> & {
  status(): Pick<CollectionStatus, 'points' | 'pending'>;
};

export interface StreamJob {
  glove: Glove;
  /** Rows to write; none of them is there yet. */
  rows: Uint32Array;
  heldOut: Uint32Array;
  signal: AbortSignal;
  onTurn(state: StreamState): void;
}

/** Grows while the stream runs; after an interruption it holds what was measured until then. */
export class StreamState {
  /** Words in the collection before the first write. */
  readonly kept: number;
  readonly total: number;
  /** Words in the collection whose write was acknowledged. */
  written: number;
  linked: number;
  readonly #linkedBefore: number;
  mostWaiting = 0;
  /** NaN until the first row was found. */
  firstRowMs: number = Number.NaN;
  readonly startedAt: number = performance.now();
  /** When the last write was acknowledged. */
  writtenAt: number = Number.NaN;
  /** When the first row of this stream was about to be linked. */
  firstBuildAt: number = Number.NaN;
  endedAt: number = Number.NaN;
  readonly queries: PacedQueries;

  constructor(
    { points, pending }: Pick<CollectionStatus, 'points' | 'pending'>,
    job: StreamJob,
    queries: PacedQueries,
  ) {
    this.kept = this.written = points;
    this.total = points + job.rows.length;
    this.linked = this.#linkedBefore = points - pending;
    this.queries = queries;
  }

  look({ points, pending }: Pick<CollectionStatus, 'points' | 'pending'>): void {
    this.linked = points - pending;
    this.mostWaiting = Math.max(this.mostWaiting, pending);
    if (this.linked === this.#linkedBefore) this.firstBuildAt = performance.now();
  }

  get linkedHere(): number {
    return this.linked - this.#linkedBefore;
  }

  get writtenHere(): number {
    return this.written - this.kept;
  }
}

/** Resolves when every row is written and linked, or `signal` aborts. @throws whatever a write, build or search threw */
export async function streamRows(target: StreamTarget, job: StreamJob): Promise<StreamState> {
  const queries = new PacedQueries(target, job.glove, job.heldOut);
  const state = new StreamState(target.status(), job, queries);
  const over = new AbortController();
  const turn = (): void => {
    state.look(target.status());
    job.onTurn(state);
  };
  // A search that fails ends the writing as well.
  const asking = queries.run(over.signal, turn).finally(() => over.abort());
  asking.catch(() => {}); // thrown below
  try {
    await write(target, job, state, AbortSignal.any([job.signal, over.signal]));
  } finally {
    over.abort();
    await asking;
    state.look(target.status());
    state.endedAt = performance.now();
  }
  return state;
}

async function write(
  target: StreamTarget,
  job: StreamJob,
  state: StreamState,
  signal: AbortSignal,
): Promise<void> {
  const { glove, rows } = job;
  if (rows.length > 0) await writeFirstRow(target, job, state);
  await target.ingest(pointsOf(glove, rows.subarray(1)), {
    batchSize: BATCH_ROWS,
    signal,
    onProgress({ written }) {
      state.written = state.kept + 1 + written;
      state.writtenAt = performance.now();
      state.queries.noteWritten(rows[written]!);
    },
  });
  try {
    await target.buildNow({ signal });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}

/** Alone, and searched until it comes back: what a user waits between writing and finding. */
async function writeFirstRow(
  target: StreamTarget,
  { glove, rows }: StreamJob,
  state: StreamState,
): Promise<void> {
  const row = rows[0]!;
  const vector = vectorOf(glove, row);
  const started = performance.now();
  await target.upsert(pointOf(glove, row));
  state.written++;
  state.writtenAt = performance.now();
  while ((await target.search(vector, { k: 1 }))[0]?.id !== glove.words[row]) {
    if (performance.now() - started > FIRST_ROW_PATIENCE_MS) return;
    await nextTurn();
  }
  state.firstRowMs = performance.now() - started;
}
