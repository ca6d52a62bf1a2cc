// @ts-check
// One child process per engine: its memory can be measured alone, and a crash of one engine is a line
// in the report instead of the end of the run. Parent and child take turns: ask, answer. Who is not asked stands still, so
// that what one does in the background takes nothing from another that is measured.
import { fork } from 'node:child_process';
import { note } from './progress.mjs';

/** @typedef {Record<string, (params: any) => unknown>} Handlers */

/**
 * Child side: answers each request by the handler of its name.
 * @param {Handlers} handlers
 */
export function serve(handlers) {
  process.on('message', async (/** @type {{ op: string, params: unknown }} */ { op, params }) => {
    try {
      process.send?.({ value: await handlers[op]?.(params) });
    } catch (error) {
      // The stack is for whoever looks on; results keep the message, which names no folder of this machine.
      note(error instanceof Error ? String(error.stack) : '');
      process.send?.({ error: error instanceof Error ? error.message : String(error) });
    }
  });
  // A parent that died must not leave gigabytes behind.
  process.on('disconnect', () => process.exit(0));
}

export class Child {
  #process;
  /** @type {{ resolve(value: any): void, reject(error: Error): void } | null} */
  #waiting = null;

  /**
   * @param {URL} module
   * @param {{ node?: string | null, env?: Record<string, string> }} [runs] on which Node (default: this one), and what its
   *   environment has beside that of this process
   */
  constructor(module, { node, env = {} } = {}) {
    this.#process = fork(module, [], {
      ...(node && { execPath: node }),
      env: { ...process.env, ...env },
      execArgv: ['--expose-gc'],
      serialization: 'advanced',
    });
    this.#process.on('message', (/** @type {any} */ { value, error }) => {
      this.#signal('SIGSTOP');
      const waiting = this.#waiting;
      this.#waiting = null;
      if (error === undefined) waiting?.resolve(value);
      else waiting?.reject(new Error(error));
    });
    // One that stands still does not see that its parent is gone.
    const last = () => this.stop();
    process.on('exit', last);
    const ended = (/** @type {string} */ how) => {
      process.off('exit', last);
      this.#waiting?.reject(new Error(how));
      this.#waiting = null;
    };
    this.#process.on('error', (error) => ended(`the process failed: ${error.message}`));
    this.#process.on('exit', (code, signal) =>
      ended(`the process ended early (${signal ?? `exit code ${code}`})`),
    );
  }

  /**
   * @param {string} op
   * @param {unknown} [params]
   * @returns {Promise<any>}
   */
  ask(op, params) {
    return new Promise((resolve, reject) => {
      if (this.#process.exitCode !== null || this.#process.signalCode !== null) {
        reject(new Error('the process is gone'));
        return;
      }
      this.#waiting = { resolve, reject };
      this.#signal('SIGCONT');
      this.#process.send({ op, params }, (error) => {
        if (error) reject(error);
      });
    });
  }

  /** @param {NodeJS.Signals} signal */
  #signal(signal) {
    if (process.platform !== 'win32') this.#process.kill(signal); // Windows has none of these
  }

  stop() {
    this.#process.kill('SIGKILL');
  }

  /** Stops it, and waits until it is gone and its files can be removed. */
  async end() {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const gone = new Promise((resolve) => this.#process.once('exit', resolve));
    this.stop();
    await gone;
  }
}

/**
 * One answer of a process of its own, which is gone behind it.
 *
 * @param {URL} module @param {string} op @param {unknown} params
 * @returns {Promise<any>}
 */
export async function askAlone(module, op, params) {
  const child = new Child(module);
  try {
    return await child.ask(op, params);
  } finally {
    await child.end();
  }
}
