/* What the pool and the rest of the package say to each other. */

/** A piece of work on another thread. */
export interface Task<T> {
  readonly result: Promise<T>;
  /** Ends the thread, whatever it is doing; `result` rejects with WORKER_LOST. */
  terminate(): void;
}

/** A task module exports this. It runs to completion before its thread takes another task. */
export type TaskModule<I, O> = { run(input: I): O | Promise<O> };
