/*
 * A build over one arena: links the rows that wait in its window when it starts, on several threads, and cures
 * what goes wrong meanwhile. Rows that a dead thread left are linked in another round; a row that was at hand
 * when ROW_STRIKES_MAX threads died is quarantined.
 */
import { onAbort } from '../../base/aborts.js';
import { BuildError, SiltError } from '../../base/errors.js';
import { ALONE_ROWS, LINK_TIMEOUT_MS, ROW_STRIKES_MAX, SLICE_MS } from '../../base/limits.js';
import type { KernelCode } from '../../kernel/builds.js';
import type { Task } from '../../platform/pool.js';
import type { Stop } from '../../platform/time.js';
import type { Arena } from '../arena.js';
import { reconnect } from './connectivity.js';
import * as job from './link-job.js';
import type { LinkInput } from './link-task.js';

export class ArenaBuild {
  readonly #arena: Arena;
  readonly #code: KernelCode;
  readonly #threads: number;
  readonly #end: number;
  readonly #timeoutMs: number;
  readonly #strikes = new Map<number, number>();
  /** The calling thread links: there is no other, or the system gives none. */
  #alone: boolean;

  /**
   * `threads`: linkers, as far as the arena has scratch for them; 1 means the calling thread itself, in slices.
   * `most`: rows to link, from the first that waits.
   */
  constructor(
    arena: Arena,
    code: KernelCode,
    threads: number,
    { timeoutMs = LINK_TIMEOUT_MS, most = Infinity }: { timeoutMs?: number; most?: number } = {},
  ) {
    this.#timeoutMs = timeoutMs;
    this.#arena = arena;
    this.#code = code;
    this.#threads = Math.min(threads, arena.threads);
    this.#alone = threads === 1;
    this.#end = Math.min(arena.rows, arena.advanceWindow() + most);
  }

  /** Rows from the first that waits to the last that is to be linked. */
  get rows(): number {
    return Math.max(0, this.#end - this.#arena.advanceWindow());
  }

  /** Opens a round over all rows that still wait; false when there are none. */
  #open(): boolean {
    const { control } = this.#arena;
    const start = this.#arena.advanceWindow();
    if (start >= this.#end) return false;
    Atomics.add(control, job.JOB, 1);
    this.#awaitThreads([]);
    Atomics.store(control, job.NEXT, start);
    Atomics.store(control, job.END, this.#end);
    Atomics.store(control, job.STOP, 0);
    return true;
  }

  #post(thread: number, work: LinkInput['work']): Task<number> {
    const { control, handle, platform } = this.#arena;
    const number = Atomics.load(control, job.JOB);
    const input: LinkInput = { arena: handle, code: this.#code, control, job: number, thread, work };
    const handOver = work === 'link' ? () => ArenaBuild.stop(this.#arena) : undefined;
    const options = { memories: [handle.number], ...(handOver && { handOver }) };
    return platform.pool.run<number>('link', input, 'link', options);
  }

  /** Asks all threads that link this arena to return after the row at hand. */
  static stop(arena: Arena): void {
    Atomics.store(arena.control, job.STOP, 1);
  }

  /** Ends the round after the rows at hand: the next one waits for threads behind the work that waits now. */
  giveWay(): void {
    if (!this.#alone) ArenaBuild.stop(this.#arena); // alone, it goes on beside the others anyway
  }

  /** Links in the background. Rejects with BuildError; what was not linked still waits in the window. */
  async run(signal?: AbortSignal): Promise<void> {
    const stopListening = onAbort([signal], () => ArenaBuild.stop(this.#arena));
    this.#arena.building = true;
    try {
      try {
        while (!signal?.aborted && this.#open()) {
          if (this.#alone) await this.#slices(signal);
          else await this.#round();
        }
      } finally {
        // Also where it ends early: what is linked has left the window, and must be reachable.
        if (this.#alone) this.#reconnectHere();
        else await this.#post(1, 'reconnect').result.catch(() => this.#reconnectHere(2));
      }
      signal?.throwIfAborted();
    } finally {
      this.#arena.building = false;
      stopListening();
    }
  }

  async #slices(signal?: AbortSignal): Promise<void> {
    const { control, platform } = this.#arena;
    const { time } = platform;
    while (Atomics.load(control, job.NEXT) < this.#end && !signal?.aborted) {
      const until = time.now() + SLICE_MS;
      this.#linkHere(() => time.now() > until);
      await time.breathe();
    }
  }

  /** Links on the calling thread until nothing is left to claim, or time has expired. */
  #linkHere(expired?: () => boolean): void {
    const { kernel, control, scratch, platform } = this.#arena;
    const { faults } = platform;
    const number = Atomics.load(control, job.JOB);
    try {
      job.linkRows({ kernel, control, job: number, thread: 0, scratch, faults, ...(expired && { expired }) });
    } catch (cause) {
      throw failure(cause);
    }
  }

  /** Attaches lost rows on this thread; where another died at it, its locks are released first. */
  #reconnectHere(dead?: number): void {
    const { kernel, scratch } = this.#arena;
    if (dead !== undefined) kernel.releaseLocks(dead);
    reconnect(kernel, scratch, 1);
  }

  async #round(): Promise<void> {
    const start = Atomics.load(this.#arena.control, job.NEXT); // before a thread can claim
    const tasks = Array.from({ length: this.#threads }, (_, i) => this.#post(i + 1, 'link'));
    const stopWatching = this.#watchBeats(tasks);
    const failures: unknown[] = [];
    let lost = 0;
    await Promise.all(
      tasks.map((task, i) =>
        task.result.catch((error: unknown) => {
          if (error instanceof SiltError && error.code === 'WORKER_LOST') {
            lost++;
            this.#bury(i + 1);
          } else {
            failures.push(error);
            ArenaBuild.stop(this.#arena);
          }
        }),
      ),
    );
    stopWatching();
    // Not one came as far as to claim rows: another round would fare no better.
    this.#alone = lost === tasks.length && Atomics.load(this.#arena.control, job.NEXT) === start;
    if (failures.length > 0) throw failure(failures[0]);
  }

  /** Ends linkers that stay on one row for too long. */
  #watchBeats(tasks: readonly Task<number>[]): Stop {
    const hung = this.#hungThreads(tasks.length);
    const look = (): void => {
      for (const thread of hung()) tasks[thread - 1]!.terminate();
    };
    return this.#arena.platform.time.every(this.#timeoutMs, look, { idle: true });
  }

  /** Returns a function that tells which threads are where they were at its last call. */
  #hungThreads(threads: number): () => number[] {
    const { control } = this.#arena;
    const seen = new Map<number, number>();
    return () => {
      const hung: number[] = [];
      for (let thread = 1; thread <= threads; thread++) {
        const { inside, beat } = job.pulse(control, thread);
        if (inside && seen.get(thread) === beat) hung.push(thread);
        seen.set(thread, beat);
      }
      return hung;
    };
  }

  /** A thread is gone: releases its locks, and holds its end against the row it was working on, if any. */
  #bury(thread: number): void {
    const { kernel, control } = this.#arena;
    kernel.releaseLocks(thread + 1);
    const row = job.forget(control, thread);
    if (row < 0) return;
    const strikes = (this.#strikes.get(row) ?? 0) + 1;
    this.#strikes.set(row, strikes);
    if (strikes >= ROW_STRIKES_MAX) job.quarantine(kernel, control, row);
  }

  /** Links everything before it returns, on this thread and on workers beside it. */
  runSync(): void {
    while (this.#open()) {
      const workers = this.#end - this.#arena.advanceWindow() < ALONE_ROWS ? 0 : this.#threads - 1;
      const tasks = Array.from({ length: workers }, (_, i) => this.#post(i + 1, 'link'));
      for (const { result } of tasks) result.catch(() => {}); // buried in awaitThreads, where it counts
      try {
        this.#linkHere();
      } catch (error) {
        ArenaBuild.stop(this.#arena);
        throw error;
      } finally {
        this.#awaitThreads(tasks);
      }
    }
    this.#reconnectHere();
  }

  /** Blocks until no thread works on the arena; one that died or hangs meanwhile is ended and buried. */
  #awaitThreads(tasks: readonly Task<number>[]): void {
    const { control, platform } = this.#arena;
    const { time } = platform;
    const hung = this.#hungThreads(this.#threads);
    let checked = time.now();
    for (let active: number; (active = Atomics.load(control, job.ACTIVE)) > 0; ) {
      Atomics.wait(control, job.ACTIVE, active, 100);
      if (time.now() - checked < this.#timeoutMs) continue;
      checked = time.now();
      for (const thread of hung()) {
        tasks[thread - 1]?.terminate();
        this.#bury(thread);
      }
    }
  }
}

function failure(cause: unknown): BuildError {
  return new BuildError(
    `the build stopped: ${cause instanceof Error ? cause.message : String(cause)}`,
    cause,
  );
}
