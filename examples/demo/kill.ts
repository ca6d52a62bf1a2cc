/**
 * `--kill`: another process writes, and is killed halfway as `kill -9` does. Then this process opens the folder
 * and looks up every word that the other one had said was written.
 */

import { type ChildProcess, fork } from 'node:child_process';
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Collection, StoredPoint } from 'silt';
import type { Glove } from './glove-rows.js';
import { pointOf } from './plan.js';
import type { WriterJob, WriterMessage } from './writer-child.js';

const entry = new URL('./writer-child.js', import.meta.url);
/** Points looked up between two turns of the event loop: a few milliseconds. */
const SLICE = 1000;

export interface KillOptions {
  signal: AbortSignal;
  onProgress?(acknowledged: number, todo: number): void;
}

export interface Killed {
  pid: number;
  /** Ids of all points that it had said were written. */
  acknowledged: string[];
}

/** Starts a writer, and kills it when half of its rows are acknowledged. */
export async function writeUntilKilled(job: WriterJob, options: KillOptions): Promise<Killed> {
  options.signal.throwIfAborted();
  const child = fork(entry, [JSON.stringify(job)], { stdio: ['ignore', 'ignore', 'inherit', 'ipc'] });
  const acknowledged: string[] = [];
  let todo = Number.POSITIVE_INFINITY;
  let isKilled = false;
  const kill = (): void => {
    isKilled = true;
    child.kill('SIGKILL');
  };
  options.signal.addEventListener('abort', kill);
  child.on('message', (message: WriterMessage) => {
    if ('todo' in message) todo = message.todo;
    else acknowledged.push(...message.acknowledged);
    options.onProgress?.(acknowledged.length, todo);
    if (acknowledged.length >= todo / 2 && !isKilled) kill();
  });
  try {
    await ended(child);
  } finally {
    options.signal.removeEventListener('abort', kill);
  }
  options.signal.throwIfAborted();
  if (!isKilled) throw new Error('the writing process ended before it was killed');
  return { pid: child.pid!, acknowledged };
}

/** Resolves when the process is gone and its last message is read: what it still said counts. */
async function ended(child: ChildProcess): Promise<void> {
  const gone = new Promise<void>((resolve, reject) => {
    child.once('exit', () => resolve());
    child.once('error', reject);
  });
  const silent = new Promise<void>((resolve) => child.once('disconnect', resolve));
  await gone;
  if (child.connected) await silent;
}

export interface Survey {
  checked: number;
  /** Words that are not there, or not as they were written. */
  lost: string[];
}

/** Looks up every word by `get`, and compares payload and vector with what was written. */
export async function surveyWords(
  words: Pick<Collection, 'get'>,
  glove: Glove,
  acknowledged: readonly string[],
  onProgress?: (done: number, total: number) => void,
): Promise<Survey> {
  const rows = new Map(glove.words.map((word, row) => [word, row]));
  const lost: string[] = [];
  for (const [i, word] of acknowledged.entries()) {
    const row = rows.get(word);
    const point = await words.get(word);
    if (row === undefined || !isAsWritten(point, glove, row)) lost.push(word);
    if (i % SLICE !== 0) continue;
    onProgress?.(i, acknowledged.length);
    await nextTurn();
  }
  return { checked: acknowledged.length, lost };
}

function isAsWritten(point: StoredPoint | undefined, glove: Glove, row: number): boolean {
  const written = pointOf(glove, row);
  return (
    point?.payload?.['word'] === written.id &&
    point.payload['rank'] === row + 1 &&
    point.vector?.length === glove.dimension &&
    point.vector.every((x: number, i: number) => x === written.vector[i])
  );
}
