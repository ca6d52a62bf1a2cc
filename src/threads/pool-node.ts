/*
 * The worker threads of this process, shared by all indexes. A task names a module that exports `run`; it is
 * posted to an idle worker, or waits for one. Idle workers do not keep the process alive, busy ones do.
 *
 * A worker needs nothing from this thread while it works, so a task makes progress even when the thread that
 * posted it blocks in Atomics.wait.
 */
import { availableParallelism } from 'node:os';
import { Worker } from 'node:worker_threads';
import { SiltError } from '../base/errors.js';
import type { Task } from './task.js';

interface Pending {
  readonly module: string;
  readonly input: unknown;
  resolve(value: unknown): void;
  reject(error: unknown): void;
  worker?: Worker;
}

export type Reply = { readonly value: unknown } | { readonly error: unknown };

const entry = new URL('./worker-node.js', import.meta.url);
const idle: Worker[] = [];
const queue: Pending[] = [];
const busy = new Map<Worker, Pending>();
let most = availableParallelism();
let started = 0;

/** Threads that run at once where the caller names no number. */
export function defaultThreads(): number {
  return availableParallelism();
}

/** Lets the pool have at least `threads` workers. */
export function widenPool(threads: number): void {
  most = Math.max(most, threads);
}

function start(): Worker {
  // Options on the command line are for the script of the process: --input-type would end a worker at its start.
  const worker = new Worker(entry, { execArgv: [] });
  started++;
  worker.on('message', (reply: Reply) => {
    const task = busy.get(worker);
    busy.delete(worker);
    worker.unref();
    idle.push(worker);
    if (task) 'error' in reply ? task.reject(reply.error) : task.resolve(reply.value);
    dispatch();
  });
  worker.on('error', () => {}); // 'exit' follows
  worker.on('exit', () => {
    started--;
    const at = idle.indexOf(worker);
    if (at >= 0) idle.splice(at, 1);
    busy.get(worker)?.reject(new SiltError('WORKER_LOST', 'a worker thread ended unexpectedly'));
    busy.delete(worker);
    dispatch();
  });
  return worker;
}

function dispatch(): void {
  while (queue.length > 0) {
    const worker = idle.pop() ?? (started < most ? start() : undefined);
    if (!worker) return;
    const task = queue.shift()!;
    task.worker = worker;
    busy.set(worker, task);
    worker.ref();
    worker.postMessage({ module: task.module, input: task.input });
  }
}

/** Runs the `run` function of `module` (a file URL) on a worker, with a structured clone of `input`. */
export function runTask<T>(module: URL, input: unknown): Task<T> {
  const { promise, task } = newTask(module, input);
  queue.push(task);
  dispatch();
  return {
    result: promise as Promise<T>,
    terminate() {
      const at = queue.indexOf(task);
      if (at >= 0) {
        queue.splice(at, 1);
        task.reject(new SiltError('WORKER_LOST', 'the task was cancelled before it began'));
      } else if (task.worker && busy.get(task.worker) === task) void task.worker.terminate();
    },
  };
}

function newTask(module: URL, input: unknown): { promise: Promise<unknown>; task: Pending } {
  let task!: Pending;
  const promise = new Promise<unknown>((resolve, reject) => {
    task = { module: module.href, input, resolve, reject };
  });
  return { promise, task };
}
