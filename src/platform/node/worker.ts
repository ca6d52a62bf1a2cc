/* The inside of a worker thread: takes one task after another. */
import { readlinkSync } from 'node:fs';
import { setPriority } from 'node:os';
import { basename } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import type { Lane, TaskModule, TaskThread } from '../pool.js';
import { newFaults } from './faults.js';
import type { Reply } from './pool.js';

const port = parentPort;
if (!port) throw new Error('worker.js runs in a worker thread only');

/** Below the thread that searches, but not so far that other processes on a busy machine starve the linkers. */
const NICE = 5;

/*
 * Linux schedules threads one by one: with a lower priority, linkers give way to the thread that searches when
 * there are fewer cores than threads. Elsewhere, and where /proc is missing, nothing changes.
 */
try {
  if (workerData === ('link' satisfies Lane))
    setPriority(Number(basename(readlinkSync('/proc/thread-self'))), NICE);
} catch {}

function answer(reply: Reply): void {
  try {
    port!.postMessage(reply);
  } catch (error) {
    port!.postMessage({ error: String(error) } satisfies Reply); // what cannot be cloned must not leave the task open
  }
}

const thread: TaskThread = { tell: () => answer('told'), faults: newFaults() };

port.on('message', async (task: { module: string; input: unknown }) => {
  try {
    const { run } = (await import(task.module)) as TaskModule<unknown, unknown>;
    answer({ value: await run(task.input, thread) });
  } catch (error) {
    answer({ error });
  }
});
port.on('messageerror', (error) => answer({ error }));
answer('ready');
