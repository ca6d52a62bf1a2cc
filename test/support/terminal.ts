/* The command `silt` at a terminal of 80 columns and 24 lines, unless another size is asked for: a real one, of Debian's `script`. */
import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { promisify, stripVTControlCharacters } from 'node:util';
import { ROOT } from './sources.js';

export interface AtTerminal {
  /** All that was written to the terminal, with its control sequences. */
  all(): string;
  /** What is seen since the screen was drawn anew the last time. */
  screen(): string;
  /** Each line that was drawn, also where another was drawn over it. */
  lines(): string[];
  /** Types keys, and waits until this is seen. */
  typed(keys: string, seen: string | RegExp): Promise<void>;
  /** Gives the terminal another size. */
  resized(columns: number, rows: number): Promise<void>;
  /** Sends a signal to the command. */
  signal(name: NodeJS.Signals): void;
  /** How the command ended, and whether the terminal reads lines again, as it did before. */
  readonly ended: Promise<{ code: number; restored: boolean }>;
}

/** Seconds suffice; a machine may be busy. */
const PATIENCE_MS = 30_000;

/** What begins a line: its end, or an order to go there. */
const BEGINNING = new RegExp(`[\\r\\n]+|${'\x1b'}\\[\\d*G`);

const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;

interface AtTerminalOptions {
  readonly cwd?: string;
  /** TERM is xterm if it does not say. */
  readonly env?: NodeJS.ProcessEnv;
  readonly size?: readonly [columns: number, rows: number];
}

export async function atTerminal(
  args: readonly string[],
  seen: string | RegExp,
  { cwd = ROOT, env = {}, size = [80, 24] }: AtTerminalOptions = {},
): Promise<AtTerminal> {
  const command = [process.execPath, join(ROOT, 'dist/cli/main.js'), ...args].map(quoted).join(' ');
  const line = `stty cols ${size[0]} rows ${size[1]}; echo TTY $(tty); sh -c 'echo PID $$; exec "$@"' sh ${command}; echo "CODE $?"; stty -a`;
  const child = spawn('script', ['-qec', line, '/dev/null'], {
    cwd,
    env: { ...process.env, NO_COLOR: undefined, FORCE_COLOR: undefined, TERM: 'xterm', ...env },
  });
  let all = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    all += text;
  });
  const closed = once(child, 'close');
  const screen = (): string =>
    stripVTControlCharacters(all.slice(Math.max(0, all.lastIndexOf('\x1b[H')))).replaceAll(/\r+\n/g, '\n');
  const until = async (what: string | RegExp): Promise<void> => {
    const found = (): boolean => (typeof what === 'string' ? screen().includes(what) : what.test(screen()));
    const late = AbortSignal.timeout(PATIENCE_MS);
    try {
      while (!found()) await once(child.stdout, 'data', { signal: late });
    } catch {
      child.kill();
    }
    if (!found()) throw new Error(`${what} was not seen at the terminal:\n${screen()}`);
  };
  const ended = closed.then(() => ({
    code: Number(/CODE (\d+)/.exec(all)?.[1]),
    restored: /[ ;]icanon/.test(all.slice(all.lastIndexOf('CODE'))),
  }));
  await until(seen);
  return {
    all: () => all,
    screen,
    lines: () => all.split(BEGINNING).map(stripVTControlCharacters),
    typed: async (keys, what) => {
      child.stdin.write(keys);
      await until(what);
    },
    resized: async (columns, rows) => {
      const tty = /TTY (\S+)/.exec(all)![1]!;
      await promisify(execFile)('stty', ['-F', tty, 'cols', `${columns}`, 'rows', `${rows}`]);
    },
    signal: (name) => void process.kill(Number(/PID (\d+)/.exec(all)![1]), name),
    ended,
  };
}
