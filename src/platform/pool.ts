/* Worker threads, as the rest of the package sees them. What a task runs is named here, and found by the entry of a thread. */
import type { Faults } from './faults.js';

/** What a worker is for. Linkers, and the one of maps, run at a lower priority where the system allows it. */
export type Lane = 'link' | 'search' | 'map';

/** What workers can do; threads/tasks.ts says where each begins. */
export type TaskName = 'link' | 'scan' | 'answer' | 'layout';

/** A piece of work on another thread. */
export interface Task<T> {
  readonly result: Promise<T>;
  /** Takes the task back if no thread has it yet: `result` rejects with WORKER_LOST. */
  withdraw(): void;
  /** Ends the thread, whatever it is doing; `result` rejects with WORKER_LOST. */
  terminate(): void;
}

export interface TaskOptions {
  /** Numbers of the shared memories in the input: see `track`. */
  readonly memories?: readonly number[];
  /** Called when the task tells that there is something to look at. */
  told?(): void;
  /** Called when the thread is needed back: the task should end soon. Not called where it cannot. */
  handOver?(): void;
}

/** What a task is given of the thread that runs it. */
export interface TaskThread {
  /** The calling thread has something to look at. */
  tell(): void;
  readonly faults: Pick<Faults, 'end'>;
}

/** A task module exports this. It runs to completion before its thread takes another task. */
export type TaskModule<I, O> = { run(input: I, thread: TaskThread): O | Promise<O> };

/** Loads the module of each task when it is first asked for. */
export type Tasks = Readonly<Record<TaskName, () => Promise<TaskModule<never, unknown>>>>;

export interface Pool {
  /** Threads that run at once where the caller names no number. */
  readonly parallelism: number;
  /** Lets there be at least `threads` linkers. Searching threads are never more than the machine can run at once. */
  widen(threads: number): void;
  /** Runs a task on a worker, or the `run` function of any module, with a structured clone of `input`. */
  run<T>(task: TaskName | URL, input: unknown, lane: Lane, options?: TaskOptions): Task<T>;
  /** Why a lane has fewer than `threads` workers, where the system refused one; undefined if it did not. */
  shortageOf(threads: number, lane: Lane): string | undefined;
  /** Gives a memory the number under which workers are told of it. */
  track(memory: WebAssembly.Memory): number;
  /** Nobody uses this memory any more: it leaves the process, as soon as collectors allow. */
  release(number: number): void;
}
