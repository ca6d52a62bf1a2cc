/**
 * Streams rows through the builder and searches it all the while, on one thread. The window of rows that
 * wait for the graph stays bounded: at twice the merge threshold the writing waits for the linkers.
 */

import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import type { Glove } from './glove-rows.js';
import { PacedQueries, type Search, vectorOf } from './queries.js';

const BATCH_ROWS = 500;
const FIRST_ROW_PATIENCE_MS = 10_000;
/** Long enough to leave the processor to the linkers, short enough for the queries' pace. */
const WAIT_MS = 2;

/** What the demo uses of AsyncIndexBuilder. */
export interface StreamTarget {
  enqueue(rows: readonly [number, Float32Array][]): boolean;
  readonly bufferLength: number;
  readonly mergeThreshold: number;
  readonly isBuilding: boolean;
  triggerBuildAsync(): Promise<unknown>;
  search: Search;
}

export interface StreamJob {
  glove: Pick<Glove, 'vectors' | 'dimension'>;
  streamed: Uint32Array;
  heldOut: Uint32Array;
  signal: AbortSignal;
  onTurn(state: StreamState): void;
}

/** Grows while the stream runs; after an interruption it holds what was measured until then. */
export class StreamState {
  written = 0;
  linked = 0;
  mostWaiting = 0;
  /** NaN until the first row was found. */
  firstRowMs: number = Number.NaN;
  /** Time spent inside `enqueue`. */
  enqueueMs = 0;
  readonly startedAt: number = performance.now();
  firstBuildAt: number = Number.NaN;
  endedAt: number = Number.NaN;
  readonly total: number;
  readonly queries: PacedQueries;

  constructor(total: number, queries: PacedQueries) {
    this.total = total;
    this.queries = queries;
  }
}

/** @throws whatever a build threw */
export async function streamRows(target: StreamTarget, job: StreamJob): Promise<StreamState> {
  const search: Search = (query, k, options) => target.search(query, k, options);
  const state = new StreamState(job.streamed.length, new PacedQueries(search, job.glove, job.heldOut));
  await writeFirstRow(target, job, state);
  const builds = new Builds(target, state);
  while ((state.linked < state.total || builds.isRunning) && !job.signal.aborted && !builds.isStuck) {
    const hasRoom = target.bufferLength < 2 * target.mergeThreshold;
    const isWriting = hasRoom && state.written < state.total;
    const isFull = isWriting ? writeBatch(target, job, state) : true;
    if (isFull) builds.start();
    state.queries.runIfDue(isWriting ? job.streamed[state.written - 1] : undefined);
    const waiting = target.bufferLength;
    state.linked = state.written - waiting;
    state.mostWaiting = Math.max(state.mostWaiting, waiting);
    job.onTurn(state);
    await (isWriting ? nextTurn() : sleep(WAIT_MS));
    builds.throwIfFailed();
  }
  state.endedAt = performance.now();
  return state;
}

/** Alone, and searched until it comes back: what a user waits between writing and finding. */
async function writeFirstRow(target: StreamTarget, job: StreamJob, state: StreamState): Promise<void> {
  const row = job.streamed[0]!;
  const vector = vectorOf(job.glove, row);
  const started = performance.now();
  target.enqueue([[row, vector]]);
  state.enqueueMs += performance.now() - started;
  state.written = 1;
  while (Number(target.search(vector, 1, { ef: 16 })[0]?.[0] ?? -1) !== row) {
    if (performance.now() - started > FIRST_ROW_PATIENCE_MS) return;
    await nextTurn();
  }
  state.firstRowMs = performance.now() - started;
}

/** True when the buffer is full or this was the last row. */
function writeBatch(target: StreamTarget, job: StreamJob, state: StreamState): boolean {
  const rows = job.streamed.subarray(state.written, state.written + BATCH_ROWS);
  const batch = Array.from(rows, (row): [number, Float32Array] => [row, vectorOf(job.glove, row)]);
  const started = performance.now();
  const isFull = target.enqueue(batch);
  state.enqueueMs += performance.now() - started;
  state.written += batch.length;
  return isFull || state.written === state.total;
}

/** One build at a time; remembers a failure until the loop can throw it. */
class Builds {
  /** A build ended and no row left the buffer, with none to follow: more builds would change nothing. */
  isStuck = false;
  /** A build goes on for a moment behind its last row, to check that every row can be reached. */
  isRunning = false;
  readonly #target: StreamTarget;
  readonly #state: StreamState;
  #failure: { error: unknown } | undefined;

  constructor(target: StreamTarget, state: StreamState) {
    this.#target = target;
    this.#state = state;
  }

  start(): void {
    if (this.isRunning || this.#target.bufferLength === 0) return;
    this.isRunning = true;
    if (Number.isNaN(this.#state.firstBuildAt)) this.#state.firstBuildAt = performance.now();
    const { written } = this.#state;
    const before = this.#target.bufferLength;
    this.#target.triggerBuildAsync().then(
      () => {
        this.isRunning = false;
        this.isStuck = this.#state.written === written && this.#target.bufferLength >= before;
      },
      (error: unknown) => {
        this.isRunning = false;
        this.#failure = { error };
      },
    );
  }

  throwIfFailed(): void {
    if (this.#failure !== undefined) throw this.#failure.error;
  }
}
