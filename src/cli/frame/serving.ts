/* What commands that serve until a signal ends them have in common. */
import { InvalidArgumentError } from 'commander';

export function portOf(text: string): number {
  const port = Number(text);
  if (/^\d{1,5}$/.test(text) && port <= 65_535) return port;
  throw new InvalidArgumentError('A port is a number from 0 to 65535.');
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;

/** Resolves at the first signal. A second one, of either kind, ends the process at once, as if nobody listened. */
export function signalled(): Promise<string> {
  return new Promise((resolve) => {
    const first = (signal: string): void => {
      for (const one of SIGNALS) process.off(one, first);
      resolve(signal);
    };
    for (const signal of SIGNALS) process.on(signal, first);
  });
}
