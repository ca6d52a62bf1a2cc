/* Errors as the command prints them: what happened, and what to do next. */
import { SiltError } from '../base/errors.js';
import { CopyError } from './copy/remote.js';
import { CommandError, EXITS, exitOf, Interrupted } from './frame/exits.js';

interface Printed {
  readonly text: string;
  /** The exit code. */
  readonly code: number;
}

/** What to do about errors of the operating system, of listening and of reading files. */
const NEXT: Readonly<Record<string, string>> = {
  EADDRINUSE: 'Another process listens there. Stop it, or take another port: --port 0 picks a free one.',
  EACCES:
    'It is not allowed here. Take a port from 1024 on, or give the file and its folder the right permissions.',
  EADDRNOTAVAIL: 'This machine does not have that address. Take 127.0.0.1, or 0.0.0.0 for all that it has.',
  ENOTFOUND: 'This name has no address. Take 127.0.0.1, or 0.0.0.0 for all addresses.',
  ENOENT: 'There is no such file. Check the path.',
  DATABASE_LOCKED:
    'Another process writes this database. Stop it, or where it is a server of Silt, give its address in the place of the folder: http://HOST:PORT.',
};

const SERVE_LOCKED = 'Another process writes this database. Stop it, or serve with --read-only beside it.';

/** What to do in place of a command that another process keeps from writing. Where that is silt serve, commands ask it by themselves. */
const LOCKED: Readonly<Record<string, string>> = {
  serve: SERVE_LOCKED,
  mcp: SERVE_LOCKED,
  compact:
    'Another process writes this database. Stop it, or leave it to that process: it compacts when a quarter was replaced or deleted.',
  pull: 'Another process writes this database, and silt pull has to. Stop it.',
  verify:
    'Another process writes this database. Stop it, or leave --repair out: verify reads beside it then.',
};

/** Words of the library, and those of the command. */
const WORDS: Readonly<Record<string, string>> = {
  apiKey: '--api-key (or SILT_API_KEY)',
  readOnlyApiKey: '--read-only-api-key (or SILT_READ_ONLY_API_KEY)',
  'insecure: true': '--insecure',
};

const inWords = (message: string): string =>
  message.replace(/\b(?:apiKey|readOnlyApiKey|insecure: true)\b/g, (word) => WORDS[word]!);

/** The remedy that stands at the end of such an error is one for programs. */
const withoutRemedy = (message: string): string => message.slice(0, message.lastIndexOf('. ') + 1);

/** `words`: the command, and what stands behind it. */
export function printed(error: unknown, words: readonly string[]): Printed {
  if (!(error instanceof Error)) return { text: `silt: ${String(error)}`, code: EXITS.FAILED[0] };
  if (error instanceof Interrupted) return { text: `silt: ${error.message}`, code: error.code };
  if (error instanceof CommandError) return { text: `silt: ${error.message}`, code: EXITS[error.exit][0] };
  const { code = '', path } = error as { code?: string; path?: string };
  if (code === 'ENOENT' && path !== undefined)
    return { text: `silt: there is no such file: ${path}. Check the path`, code: EXITS.NOT_FOUND[0] };
  const locked = code === 'DATABASE_LOCKED';
  const next = (locked ? LOCKED[words[0] ?? ''] : undefined) ?? NEXT[code];
  const exit = exitOf(code);
  const known =
    error instanceof SiltError || error instanceof CopyError || next !== undefined || exit !== 'FAILED';
  const said = locked ? withoutRemedy(error.message) : inWords(error.message);
  const message = known ? said : (error.stack ?? error.message);
  return { text: `silt: ${message}${next ? `\n${next}` : ''}`, code: EXITS[exit][0] };
}
