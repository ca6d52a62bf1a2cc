/* A database that another process writes. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import type { OpenOptions } from '#silt/index.js';
import { ROOT } from './sources.js';

export interface OtherWriter {
  /** Calls a method of a collection there, or of the database: 'db'. */
  call(target: string, method: string, ...values: unknown[]): Promise<unknown>;
  close(): Promise<void>;
  /** As SIGKILL does. */
  kill(): Promise<void>;
}

/** Starts a process that opens the database in a folder for writing. */
export async function startWriter(folder: string, options: OpenOptions = {}): Promise<OtherWriter> {
  const child: ChildProcess = fork(
    join(ROOT, 'test/support/writer-child.mjs'),
    [folder, JSON.stringify(options)],
    {
      execArgv: [],
    },
  );
  const ended = once(child, 'exit');
  const answer = (): Promise<unknown[]> =>
    Promise.race([
      once(child, 'message'),
      ended.then(() => {
        throw new Error('the writing process ended');
      }),
    ]);
  await answer();
  const call: OtherWriter['call'] = async (...message) => {
    const answered = answer();
    child.send(message);
    const [{ result, error }] = (await answered) as [{ result?: unknown; error?: string }];
    if (error !== undefined) throw new Error(error);
    return result;
  };
  return {
    call,
    async close() {
      await call('db', 'close');
      await ended;
    },
    async kill() {
      child.kill('SIGKILL');
      await ended;
    },
  };
}
