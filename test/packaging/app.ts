/* The package as its users have it: packed, and installed by npm into an empty folder. */
import { execFile } from 'node:child_process';
import { cp, mkdir, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { ROOT } from '../support/sources.js';

export const HERE: string = join(ROOT, 'test/packaging');
/** What is fetched once stays there. */
const CACHE = join(ROOT, '.cache/packaging');

/** There may be hundreds of packages. */
const INSTALL_MS = 300_000;

export interface Ran {
  readonly out: string;
  readonly err: string;
}

/** Runs a program to its end; throws what it printed where it fails. */
export async function run(
  command: string,
  args: readonly string[],
  cwd: string,
  env: Readonly<Record<string, string>> = {},
  timeout = 100_000,
): Promise<Ran> {
  // Of vitest, whatever it sets for itself stays behind.
  const { NODE_OPTIONS: _, NODE_ENV: __, VITEST: ___, ...rest } = process.env;
  const { stdout, stderr } = await promisify(execFile)(command, args, {
    cwd,
    env: { ...rest, ...env },
    timeout,
    maxBuffer: 1 << 26,
  });
  return { out: stdout, err: stderr };
}

/** Makes a folder, by another name until it is whole. */
async function madeOnce(folder: string, make: (unfinished: string) => Promise<unknown>): Promise<string> {
  const [name] = await readdir(folder).catch(() => []);
  if (name !== undefined) return folder;
  const unfinished = `${folder}.${process.pid}`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await make(unfinished);
  await rename(unfinished, folder);
  return folder;
}

/** The executable of an engine, from its npm package, which has it as a file. */
export async function engine(name: string, version: string, file: string): Promise<string> {
  const folder = join(CACHE, `${name.replaceAll('/', '+')}@${version}`);
  await madeOnce(folder, async (unfinished) => {
    const { out } = await run('npm', ['pack', '--silent', `${name}@${version}`], unfinished);
    const archive = join(unfinished, out.trim().split('\n').at(-1)!);
    await run('tar', ['-xzf', archive], unfinished);
    await rm(archive);
  });
  return join(folder, 'package', file);
}

/** Tools of one of the folders here, installed without scripts of theirs; returns where they are. */
export function tools(name: 'bundlers' | 'checks' | 'clients'): Promise<string> {
  return madeOnce(join(CACHE, name), async (unfinished) => {
    await cp(join(HERE, name, 'package.json'), join(unfinished, 'package.json'));
    // Peers that they would take along are for compilers.
    const args = ['install', '--ignore-scripts', '--legacy-peer-deps', '--no-audit', '--no-fund', '--silent'];
    await run('npm', args, unfinished, {}, INSTALL_MS);
  });
}

/** Packs the package into a folder; returns the archive. */
export async function packedInto(folder: string): Promise<string> {
  const made = join(folder, 'package');
  await run(process.execPath, [join(ROOT, 'scripts/package/main.mjs'), made], ROOT);
  const { out } = await run('npm', ['pack', '--silent', '--pack-destination', folder, made], folder);
  return join(folder, out.trim());
}

/** An application that has the package installed, and the program. Returns what npm said. */
export async function installInto(
  folder: string,
  archive: string,
  npm: readonly string[] = [],
): Promise<Ran> {
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), '{ "name": "app", "private": true, "type": "module" }\n');
  for (const file of ['main.mjs', 'program.mjs']) await cp(join(HERE, file), join(folder, file));
  const [command = 'npm', ...args] = npm;
  return run(command, [...args, 'install', '--no-audit', '--no-fund', '--prefer-offline', archive], folder);
}
