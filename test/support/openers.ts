/* Openers of a database in other processes and threads, told what to do one command at a time. */
import { type ChildProcess, type SpawnOptions, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';

const child = fileURLToPath(new URL('opener-child.mjs', import.meta.url));

export interface Opener {
  /** Sends a command (see `opener-child.mjs`); resolves with what it says. */
  tell(command: string): Promise<string>;
  /** Sends a command that is not answered. */
  send(command: string): void;
  /** Ends it as `kill -9`, or `terminate()`, does. */
  kill(): Promise<void>;
  readonly pid: number;
}

/** Answers come in the order of the commands. */
class Answers {
  readonly #waiting: ((answer: string) => void)[] = [];

  next(): Promise<string> {
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  take(answer: string): void {
    this.#waiting.shift()?.(answer);
  }
}

export interface ProcessOptions extends SpawnOptions {
  /** A command, with arguments, that runs the process. */
  readonly within?: readonly string[];
  /** The file of the package, where it is another copy. */
  readonly entry?: string;
}

export function processOf(path: string, { within = [], entry, ...options }: ProcessOptions = {}): Opener {
  const [command, ...rest] = [...within, process.execPath, child, path, ...(entry ? [entry] : [])] as [
    string,
    ...string[],
  ];
  const running: ChildProcess = spawn(command, rest, {
    stdio: ['pipe', 'pipe', within.length > 0 ? 'ignore' : 'inherit'],

    ...options,
  });
  const answers = new Answers();
  createInterface({ input: running.stdout! }).on('line', (line) => answers.take(line));
  const ended = once(running, 'exit');
  void ended.then(() => answers.take('ended'));
  const send = (text: string): void => void running.stdin!.write(`${text}\n`);
  return {
    pid: running.pid!,
    send,
    tell: (text) => {
      send(text);
      return answers.next();
    },
    kill: async () => {
      if (running.exitCode !== null || running.signalCode !== null) return;
      // Within another command: that ends when its own process has ended.
      const inner = readFileSync(`/proc/${running.pid}/task/${running.pid}/children`, 'utf8').trim();
      if (within.length > 0 && inner) process.kill(Number(inner), 'SIGKILL');
      else running.kill('SIGKILL');
      await ended;
    },
  };
}

export function threadOf(path: string, entry?: string): Opener {
  const worker = new Worker(child, { workerData: [path, entry], execArgv: [] });
  const answers = new Answers();
  worker.on('message', (answer: string) => answers.take(answer));
  const send = (text: string): void => worker.postMessage(text);
  return {
    pid: process.pid,
    send,
    tell: (text) => {
      send(text);
      return answers.next();
    },
    kill: async () => void (await worker.terminate()),
  };
}
