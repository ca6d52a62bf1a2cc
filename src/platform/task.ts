/* What the pool and the rest of the package say to each other. */

/** A piece of work on another thread. */
export interface Task<T> {
  readonly result: Promise<T>;
  /** Takes the task back if no thread has it yet: `result` rejects with WORKER_LOST. */
  withdraw(): void;
  /** Ends the thread, whatever it is doing; `result` rejects with WORKER_LOST. */
  terminate(): void;
}

export interface TaskOptions {
  /** Number of the shared memory in the input: see platform/node/release.ts. */
  readonly memory?: number;
  /** Called when the task tells that there is something to look at. */
  told?(): void;
  /** Called when the thread is needed back: the task should end soon. Not called where it cannot. */
  handOver?(): void;
}

/** A task module exports this. It runs to completion before its thread takes another task. */
export type TaskModule<I, O> = { run(input: I, tell: () => void): O | Promise<O> };
