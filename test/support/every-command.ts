/* A line of each command, for a folder. Whoever walks them walks a new command too: one without a line is an error. */
import { once } from 'node:events';
import { join } from 'node:path';
import { programOf } from '#silt/cli/program.js';
import { type Ran, starting } from './command.js';

/** What lines need beside the folder. */
export interface Around {
  /** Where files are written that must not be there yet. */
  readonly fresh: string;
  /** Rows that are imported. */
  readonly rows: string;
  /** A collection in a file. */
  readonly backup: string;
  /** A server of another folder, which has one collection. */
  readonly server: string;
}

type Line = (path: string, around: Around) => string[];

const LINES: Readonly<Record<string, Line>> = {
  init: (_, { fresh }) => [join(fresh, 'first.mjs')],
  import: (path, { rows }) => [path, 'words', rows],
  export: (path, { fresh }) => [path, 'words', join(fresh, 'words.jsonl')],
  info: (path) => [path],
  status: (path) => [path],
  browse: (path) => [path],
  search: (path) => [path, 'words', '--id', '1'],
  explain: (path) => [path, 'words', '--id', '1'],
  get: (path) => [path, 'words', '1', '2'],
  delete: (path) => [path, 'words', '2'],
  drop: (path) => [path, 'words', '--yes'],
  recall: (path) => [path, 'words', '--sample', '3'],
  verify: (path) => [path],
  compact: (path) => [path, 'words'],
  backup: (path, { fresh }) => [path, join(fresh, 'copy')],
  restore: (path, { backup }) => [backup, path, '--collection', 'restored'],
  serve: (path) => ['--path', path, '--port', '0'],
  ui: (path) => [path, '--no-open'],
  mcp: (path) => ['--path', path, '--http'],
  push: (path, { server }) => ['--path', path, '--to', server, '--overwrite'],
  pull: (path, { server }) => ['--path', path, '--from', server, '--collection', 'there'],
  completion: () => ['bash'],
};

/** They go on until a signal ends them. */
const SERVES = new Set(['serve', 'ui', 'mcp']);

/** Every command with its line for this folder. */
export async function everyLine(path: string, around: Around): Promise<[name: string, line: string[]][]> {
  return (await programOf()).commands.map((command) => {
    const name = command.name();
    const line = LINES[name];
    if (!line) throw new Error(`test/support/every-command.ts has no line for silt ${name}`);
    return [name, [name, ...line(path, around)]];
  });
}

/** Runs a line to its end; what serves is ended when it has said where. */
export async function ranToEnd(line: readonly string[]): Promise<Ran> {
  const run = starting(line);
  if (SERVES.has(line[0]!)) {
    await Promise.race([once(run.child.stdout!, 'data'), run.ended]);
    run.child.kill('SIGTERM');
  }
  return await run.ended;
}
