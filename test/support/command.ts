/* The command `silt`, as a process. */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { ROOT } from './sources.js';

export interface Ran {
  /** Its exit code, or the signal that ended it. */
  readonly code: number | string;
  readonly out: string;
  readonly err: string;
}

export interface Running {
  readonly child: ChildProcess;
  out(): string;
  err(): string;
  readonly ended: Promise<Ran>;
}

/** Starts it. `input`: what stands on its standard input; null leaves that open. */
export function starting(args: readonly string[], input: string | null = ''): Running {
  const child = spawn(process.execPath, [join(ROOT, 'dist/cli/main.js'), ...args], { stdio: 'pipe' });
  let [out, err] = ['', ''];
  child.stdout.setEncoding('utf8').on('data', (text) => {
    out += text;
  });
  child.stderr.setEncoding('utf8').on('data', (text) => {
    err += text;
  });
  child.stdin.on('error', () => {});
  if (input !== null) child.stdin.end(input);
  const ended = once(child, 'close').then(([code, signal]) => ({ code: code ?? signal, out, err }));
  return { child, out: () => out, err: () => err, ended };
}

export function ran(...args: string[]): Promise<Ran> {
  return starting(args).ended;
}

/** What it prints with `--json`; an error unless it ends with 0. */
export async function answered(...args: string[]): Promise<unknown> {
  const { code, out, err } = await ran(...args, '--json');
  if (code !== 0) throw new Error(`silt ${args.join(' ')} ended with ${code}: ${err}`);
  return JSON.parse(out);
}
