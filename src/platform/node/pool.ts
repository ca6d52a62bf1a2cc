/*
 * The worker threads of this process, shared by all indexes. A task is posted to an idle worker, or waits for
 * one. Idle workers do not keep the process alive, busy ones do.
 *
 * There are lanes, each with its own workers: linking takes seconds, and a search must not wait behind it. Maps have one thread.
 *
 * A worker needs nothing from this thread while it works, so a task makes progress even when the thread that
 * posted it blocks in Atomics.wait.
 *
 * Nothing here throws: where the system gives no more threads, tasks wait for those there are, and where there
 * are none, they reject with WORKER_LOST and the reason.
 */
import { availableParallelism } from 'node:os';
import type { Worker } from 'node:worker_threads';
import { SiltError } from '../../base/errors.js';
import { type Place, Queue } from '../../base/queue.js';
import type { Faults } from '../faults.js';
import type { Lane, Pool, Task, TaskName, TaskOptions } from '../pool.js';
import { newMemories } from './release.js';
import { startFailure, startThread } from './thread.js';
import { WORKER } from './worker-source.js';

interface Pending extends TaskOptions {
  readonly task: string;
  readonly input: unknown;
  /** In the queue of those that wait for a worker. */
  place?: Place<Pending>;
  resolve(value: unknown): void;
  reject(error: unknown): void;
}

interface Thread {
  readonly worker: Worker;
  /** When it was started. */
  readonly since: number;
  /** It has said that it runs: what ends it before that is a failure to start. */
  ready: boolean;
  task: Pending | undefined;
  /** Numbers of the memories that its heap may hold. */
  readonly met: Set<number>;
  /** It ends as soon as it has no task. */
  retired: boolean;
}

/** What a worker says: once that it runs, that its task has something to look at, and what became of each task. */
export type Reply = 'ready' | 'told' | { readonly value: unknown } | { readonly error: unknown };

export interface WorkerInput {
  readonly lane: Lane;
}

/** What it is told to do: a task, or the address of a module. */
export interface Request {
  readonly task: string;
  readonly input: unknown;
}

/** After a worker that could not be started: how long until the next try. */
const RETRY_MS = 1_000;

class Workers {
  readonly #lane: Lane;
  readonly #faults: Faults;
  /** Threads that may run at once. */
  most = availableParallelism();
  readonly #threads = new Set<Thread>();
  readonly #idle: Thread[] = [];
  readonly #queue = new Queue<Pending>();
  #failedAt = -Infinity;
  /** Why the last worker could not be started. */
  shortage: Error | undefined;

  constructor(lane: Lane, faults: Faults) {
    this.#lane = lane;
    this.#faults = faults;
  }

  get size(): number {
    return this.#threads.size;
  }

  run(task: Pending): void {
    task.place = this.#queue.push(task);
    this.#dispatch();
  }

  /** Takes a task back that waits for a worker; returns whether it did. */
  withdraw(task: Pending): boolean {
    if (!task.place || !this.#queue.remove(task.place)) return false;
    task.reject(new SiltError('WORKER_LOST', 'the task was cancelled before it began'));
    return true;
  }

  /** Takes a task back, or ends the worker that has it. */
  cancel(task: Pending): void {
    if (this.withdraw(task)) return;
    for (const thread of this.#threads) {
      if (thread.task !== task) continue;
      thread.retired = true;
      void thread.worker.terminate();
    }
  }

  /** Ends the workers whose heaps may hold one of these memories: idle ones now, others behind their task. */
  retire(memories: ReadonlySet<number>): void {
    for (const thread of this.#threads) {
      if (thread.retired || ![...thread.met].some((number) => memories.has(number))) continue;
      thread.retired = true;
      if (thread.task) thread.task.handOver?.();
      else this.#end(thread);
    }
    this.#dispatch();
  }

  #end(thread: Thread): void {
    this.#forget(thread);
    void thread.worker.terminate();
  }

  #forget(thread: Thread): void {
    this.#threads.delete(thread);
    const at = this.#idle.indexOf(thread);
    if (at >= 0) this.#idle.splice(at, 1);
  }

  #start(): Thread | undefined {
    if (this.#threads.size >= this.most || performance.now() < this.#failedAt + RETRY_MS) return undefined;
    try {
      this.#faults.thread?.();
      const worker = startThread(WORKER, { lane: this.#lane } satisfies WorkerInput);
      const since = performance.now();
      const thread: Thread = { worker, since, ready: false, task: undefined, met: new Set(), retired: false };
      this.#threads.add(thread);
      this.#listen(thread);
      return thread;
    } catch (error) {
      this.#failed(error);
      return undefined;
    }
  }

  #listen(thread: Thread): void {
    const { worker } = thread;
    let reason: unknown; // 'error' comes first, if there is one, then 'exit'
    worker.on('message', (reply: Reply) => this.#take(thread, reply));
    worker.on('messageerror', (error) => this.#take(thread, { error }));
    worker.on('error', (error) => {
      reason = error;
    });
    worker.on('exit', (code) => {
      if (this.#threads.has(thread)) this.#lose(thread, reason ?? new Error(`it ended with code ${code}`));
    });
  }

  #take(thread: Thread, reply: Reply): void {
    if (reply === 'ready') {
      thread.ready = true;
      if (thread.since > this.#failedAt) this.shortage = undefined;
      return;
    }
    if (reply === 'told') {
      thread.task?.told?.();
      return;
    }
    const { task } = thread;
    thread.task = undefined;
    thread.worker.unref();
    if (thread.retired) this.#end(thread);
    else this.#idle.push(thread);
    if (task) 'error' in reply ? task.reject(reply.error) : task.resolve(reply.value);
    this.#dispatch();
  }

  /** A worker is gone. Where it never ran, its task is still to be done. */
  #lose(thread: Thread, reason: unknown): void {
    const { task } = thread;
    this.#forget(thread);
    if (!thread.ready && !thread.retired) {
      this.#failed(reason);
      if (task) task.place = this.#queue.unshift(task);
    } else
      task?.reject(new SiltError('WORKER_LOST', 'a worker thread ended unexpectedly', { cause: reason }));
    this.#dispatch();
  }

  #failed(reason: unknown): void {
    this.#failedAt = performance.now();
    this.shortage = startFailure(reason);
  }

  #dispatch(): void {
    while (this.#queue.first) {
      const thread = this.#idle.pop() ?? this.#start();
      if (!thread) {
        this.#askBack();
        break;
      }
      this.#post(thread, this.#queue.shift()!);
    }
    if (this.#threads.size > 0) return;
    const { shortage: cause } = this;
    for (let task: Pending | undefined; (task = this.#queue.shift()); )
      task.reject(
        new SiltError('WORKER_LOST', `no worker thread could be started: ${cause?.message}`, { cause }),
      );
  }

  /** A task waits that ends by itself: those that last as long as there is work give their threads back. */
  #askBack(): void {
    if (this.#lane !== 'search' || ![...this.#queue.places()].some(({ value }) => !value.handOver)) return;
    for (const { task } of this.#threads) task?.handOver?.();
  }

  #post(thread: Thread, task: Pending): void {
    thread.task = task;
    for (const memory of task.memories ?? []) thread.met.add(memory);
    thread.worker.ref();
    thread.worker.postMessage({ task: task.task, input: task.input } satisfies Request);
  }
}

/** The workers of this process; `faults`: of the thread that starts them. */
export function newPool(faults: Faults): Pool {
  const lanes: Record<Lane, Workers> = {
    link: new Workers('link', faults),
    search: new Workers('search', faults),
    map: new Workers('map', faults),
  };
  lanes.map.most = 1;
  const memories = newMemories((numbers) => {
    for (const workers of Object.values(lanes)) workers.retire(numbers);
  });
  return {
    get parallelism() {
      return availableParallelism();
    },
    widen: (threads) => {
      lanes.link.most = Math.max(lanes.link.most, threads);
    },
    run: (task, input, lane, options) => runTask(lanes[lane], task, input, options),
    shortageOf: (threads, lane) => {
      const { size, shortage } = lanes[lane];
      if (!shortage || size >= threads) return undefined;
      const some = size === 0 ? 'no worker thread' : `only ${size} of ${threads} worker threads`;
      return `${some} could be started: ${shortage.message}`;
    },
    ...memories,
  };
}

function runTask<T>(
  workers: Workers,
  name: TaskName | URL,
  input: unknown,
  options: TaskOptions = {},
): Task<T> {
  let task!: Pending;
  const result = new Promise<unknown>((resolve, reject) => {
    task = { ...options, task: String(name), input, resolve, reject };
  });
  workers.run(task);
  return {
    result: result as Promise<T>,
    withdraw: () => {
      workers.withdraw(task);
    },
    terminate: () => workers.cancel(task),
  };
}
