/*
 * The worker threads of this process, shared by all indexes. A task names a module that exports `run`; it is
 * posted to an idle worker, or waits for one. Idle workers do not keep the process alive, busy ones do.
 *
 * There are two lanes, each with its own workers: linking takes seconds, and a search must not wait behind it.
 *
 * A worker needs nothing from this thread while it works, so a task makes progress even when the thread that
 * posted it blocks in Atomics.wait.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SiltError } from '../base/errors.js';
import type { Task } from './task.js';

/** What a worker is for. Linkers run at a lower priority where the system allows it. */
export type Lane = 'link' | 'search';

interface Pending {
  readonly module: string;
  readonly input: unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  worker?: Worker;
}

export type Reply = { readonly value: unknown } | { readonly error: unknown };

const entry = new URL('./worker-node.js', import.meta.url);
let most = availableParallelism();

/** Threads that run at once where the caller names no number. */
export function defaultThreads(): number {
  return availableParallelism();
}

/** Lets each lane of the pool have at least `threads` workers. */
export function widenPool(threads: number): void {
  most = Math.max(most, threads);
}

class Workers {
  readonly #lane: Lane;
  readonly #idle: Worker[] = [];
  readonly #queue: Pending[] = [];
  readonly #busy = new Map<Worker, Pending>();
  #started = 0;

  constructor(lane: Lane) {
    this.#lane = lane;
  }

  run(task: Pending): void {
    this.#queue.push(task);
    this.#dispatch();
  }

  /** Takes a task back, or ends the worker that has it. */
  cancel(task: Pending): void {
    const at = this.#queue.indexOf(task);
    if (at >= 0) {
      this.#queue.splice(at, 1);
      task.reject(new SiltError('WORKER_LOST', 'the task was cancelled before it began'));
    } else if (task.worker && this.#busy.get(task.worker) === task) void task.worker.terminate();
  }

  #start(): Worker {
    // Options on the command line are for the script of the process: --input-type would end a worker at its start.
    const worker = new Worker(entry, { execArgv: [], workerData: this.#lane });
    this.#started++;
    worker.on('message', (reply: Reply) => {
      const task = this.#busy.get(worker);
      this.#busy.delete(worker);
      worker.unref();
      this.#idle.push(worker);
      if (task) 'error' in reply ? task.reject(reply.error) : task.resolve(reply.value);
      this.#dispatch();
    });
    worker.on('error', () => {}); // 'exit' follows
    worker.on('exit', () => {
      this.#started--;
      const at = this.#idle.indexOf(worker);
      if (at >= 0) this.#idle.splice(at, 1);
      this.#busy.get(worker)?.reject(new SiltError('WORKER_LOST', 'a worker thread ended unexpectedly'));
      this.#busy.delete(worker);
      this.#dispatch();
    });
    return worker;
  }

  #dispatch(): void {
    while (this.#queue.length > 0) {
      const worker = this.#idle.pop() ?? (this.#started < most ? this.#start() : undefined);
      if (!worker) return;
      const task = this.#queue.shift()!;
      task.worker = worker;
      this.#busy.set(worker, task);
      worker.ref();
      worker.postMessage({ module: task.module, input: task.input });
    }
  }
}

const lanes: Record<Lane, Workers> = { link: new Workers('link'), search: new Workers('search') };

/** Runs the `run` function of `module` (a file URL) on a worker, with a structured clone of `input`. */
export function runTask<T>(module: URL, input: unknown, lane: Lane = 'link'): Task<T> {
  const { promise, task } = newTask(module, input);
  lanes[lane].run(task);
  return { result: promise as Promise<T>, terminate: () => lanes[lane].cancel(task) };
}

function newTask(module: URL, input: unknown): { promise: Promise<unknown>; task: Pending } {
  let task!: Pending;
  const promise = new Promise<unknown>((resolve, reject) => {
    task = { module: module.href, input, resolve, reject };
  });
  return { promise, task };
}
