/**
 * Fetches one published package with the npm that the user has, so that its registry, proxy and cache
 * settings apply. npm checks the archive against the registry's checksum.
 */

import { spawn } from 'node:child_process';
import { mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { basename, join } from 'node:path';

export interface NpmPackOptions {
  signal?: AbortSignal | undefined;
  /** Called each second: npm tells nothing about how far it is. */
  onWait?(seconds: number): void;
  /** The program and its first arguments; the default is the user's npm. */
  npm?: readonly [string, ...string[]] | undefined;
}

/**
 * Puts the archive of `specifier` (`name@version`) at `path`, under that name only when it is complete.
 * @throws Error with npm's own words when npm fails or is not there
 */
export async function npmPack(specifier: string, path: string, options: NpmPackOptions = {}): Promise<void> {
  await mkdir(join(path, '..'), { recursive: true });
  const folder = await mkdtemp(`${path}-`);
  const started = performance.now();
  const seconds = () => Math.round((performance.now() - started) / 1000);
  const timer = setInterval(() => options.onWait?.(seconds()), 1000);
  try {
    await runNpm(['pack', specifier, '--prefer-offline'], folder, options);
    const archive = (await readdir(folder)).find((name) => name.endsWith('.tgz'));
    if (archive === undefined) throw new Error(`npm pack ${specifier} left no archive behind`);
    await rename(join(folder, archive), path);
  } finally {
    clearInterval(timer);
    await rm(folder, { recursive: true, force: true });
  }
}

function runNpm(args: readonly string[], cwd: string, options: NpmPackOptions): Promise<void> {
  const [program, ...first] = options.npm ?? usersNpm();
  return new Promise((resolve, reject) => {
    const child = spawn(program, [...first, ...args], {
      cwd,
      stdio: ['ignore', 'ignore', 'pipe'],
      // Windows starts `npm.cmd` only through a shell; every argument is a constant of this program.
      shell: process.platform === 'win32' && program === 'npm',
      ...(options.signal && { signal: options.signal }),
    });
    let said = '';
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      said = (said + text).slice(-2000);
    });
    child.on('error', (error) => {
      reject(options.signal?.aborted ? error : new Error(`npm could not be started: ${error.message}`));
    });
    child.on('close', (code, signal) => {
      if (code === 0) resolve();
      else reject(new Error(failure(args, code === null ? `was ended by ${signal}` : `failed`, said)));
    });
  });
}

/** Under `npm run`, the very npm that runs us. */
function usersNpm(): readonly [string, ...string[]] {
  const { npm_execpath: script } = process.env;
  if (script !== undefined && basename(script) === 'npm-cli.js') return [process.execPath, script];
  return ['npm'];
}

function failure(args: readonly string[], what: string, said: string): string {
  const errors = said.split('\n').filter((line) => /^npm (error|ERR!)/.test(line));
  const lines = (errors.length > 0 ? errors : said.split('\n')).slice(0, 5);
  return [`npm ${args.join(' ')} ${what}`, ...lines.map((line) => `  ${line.trim()}`)].join('\n').trimEnd();
}
