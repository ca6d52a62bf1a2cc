/* The inside of a worker thread: takes one task after another. Its entry is threads/worker-entry.ts. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { TaskModule, Tasks, TaskThread } from '../pool.js';
import { newFaults } from './faults.js';
import type { Reply, Request, WorkerInput } from './pool.js';

/** Below the thread that searches, but not so far that other processes on a busy machine starve the linkers. */
const NICE = 5;

/*
 * Linux schedules threads one by one: with a lower priority, linkers give way to the thread that searches when
 * there are fewer cores than threads. Elsewhere, and where /proc is missing, nothing changes.
 */
function giveWay(): void {
  try {
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), NICE);
  } catch {}
}

/** Takes tasks until the thread is ended. */
export function serve(tasks: Tasks): void {
  const port = parentPort;
  if (!port) throw new Error('tasks are served in a worker thread only');
  if ((workerData as WorkerInput).lane !== 'search') giveWay();

  const answer = (reply: Reply): void => {
    try {
      port.postMessage(reply);
    } catch (error) {
      port.postMessage({ error: String(error) } satisfies Reply); // what cannot be cloned must not leave the task open
    }
  };
  const thread: TaskThread = { tell: () => answer('told'), faults: newFaults() };
  const load = (task: string): Promise<TaskModule<never, unknown>> =>
    Object.hasOwn(tasks, task) ? tasks[task as keyof Tasks]() : import(task);

  port.on('message', async ({ task, input }: Request) => {
    try {
      const { run } = await load(task);
      answer({ value: await run(input as never, thread) });
    } catch (error) {
      answer({ error });
    }
  });
  port.on('messageerror', (error) => answer({ error }));
  answer('ready');
}
