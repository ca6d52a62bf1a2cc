/* Errors as the command prints them: what happened, and what to do next. */
import { SiltError } from '../base/errors.js';

interface Printed {
  readonly text: string;
  /** The exit code. */
  readonly code: 1 | 2;
}

/** What to do about errors of the operating system, of listening and of reading files. */
const NEXT: Readonly<Record<string, string>> = {
  EADDRINUSE:
    'Another process listens there. Stop it, or take another port: --port 0 takes one that is free.',
  EACCES:
    'It is not allowed here. Take a port from 1024 on, or give the file and its folder the right permissions.',
  EADDRNOTAVAIL: 'This machine does not have that address. Take 127.0.0.1, or 0.0.0.0 for all that it has.',
  ENOTFOUND: 'This name has no address. Take 127.0.0.1, or 0.0.0.0 for all addresses.',
  ENOENT: 'There is no such file. Check the path.',
  DATABASE_LOCKED: 'Another process writes this database. Stop it, or serve with --read-only beside it.',
};

/** Wrong arguments: what is typed again and again gives the same. */
const ARGUMENTS = new Set(['INVALID_OPTION']);

export function printed(error: unknown): Printed {
  if (!(error instanceof Error)) return { text: `silt: ${String(error)}`, code: 1 };
  const { code = '' } = error as { code?: string };
  const next = NEXT[code];
  const known = error instanceof SiltError || next !== undefined;
  const message = known ? error.message : (error.stack ?? error.message);
  return { text: `silt: ${message}${next ? `\n${next}` : ''}`, code: ARGUMENTS.has(code) ? 2 : 1 };
}
