/*
 * A writing thread that starts while its process exits. The lmdb package aborts the process if its thread is ended
 * while it is loaded or opens an environment: its native code throws, where nothing can be thrown any more. So who exits
 * waits until a writer that has begun is done with both, some 50 milliseconds; and one that has not begun never does.
 *
 * Shared state: one word for each writer, changed by compare-and-exchange alone. The writer takes it from STARTING to
 * OPENING to OPEN, the thread that exits from STARTING to EXITING: one of the two is first.
 * `terminate()` of a thread that has a database open, and the exit of the process around it, run no code of it: there, `open`
 * resolves when the writer has opened (lmdb-store.ts). A writer that replaces a lost one is not covered.
 */
import type { Worker } from 'node:worker_threads';

const STARTING = 0;
const OPENING = 1;
const OPEN = 2;
const EXITING = 3;

/** A writer that takes longer than this to open waits for the disk. */
const PATIENCE_MS = 5_000;

export type WriterStart = Int32Array<SharedArrayBuffer>;

const starts = new Set<WriterStart>();

function settle(): void {
  for (const start of starts)
    if (Atomics.compareExchange(start, 0, STARTING, EXITING) === OPENING)
      Atomics.wait(start, 0, OPENING, PATIENCE_MS);
}

export function newWriterStart(): WriterStart {
  return new Int32Array(new SharedArrayBuffer(4));
}

/** Lets this thread wait for a writer that it has started, if it exits before that has said that it is ready. */
export function watchStart(writer: Worker, start: WriterStart): void {
  if (starts.size === 0) process.on('exit', settle);
  starts.add(start);
  const done = (): void => {
    if (starts.delete(start) && starts.size === 0) process.off('exit', settle);
  };
  writer.once('message', done);
  writer.once('exit', done);
}

/** In the writer: goes on, unless the thread that started it exits. */
export function beginUnlessExiting(start: WriterStart): void {
  if (Atomics.compareExchange(start, 0, STARTING, OPENING) !== STARTING) process.exit();
}

/** In the writer: it has opened, or has failed to. */
export function settled(start: WriterStart): void {
  Atomics.store(start, 0, OPEN);
  Atomics.notify(start, 0);
}
