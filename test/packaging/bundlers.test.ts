/*
 * The package in the bundle of a user's program. A bundle runs in a folder of its own: with a database in memory it needs
 * nothing beside it, with one in a directory the packages of native code.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdir, mkdtemp, readdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { HERE, installInto, packedInto, run, tools } from './app.js';

/** What Electron's main process is made of is esbuild's bundle of CommonJS. */
const BUNDLERS = {
  'esbuild-cjs': 'esbuild, as CommonJS',
  'esbuild-esm': 'esbuild',
  webpack: 'webpack',
  'webpack-module': 'webpack, as a module',
  'rollup-es': 'rollup',
  'rollup-cjs': 'rollup, as CommonJS',
  'vite-ssr': 'Vite SSR with everything bundled',
};
const NATIVE = ['@lmdb', '@node-rs'];

let home: string;
let app: string;
let folder: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'silt-bundlers-'));
  app = join(home, 'app');
  await installInto(app, await packedInto(home));
  folder = await tools('bundlers');
}, 100_000);

afterAll(() => rm(home, { recursive: true, force: true }));

describe.each(Object.entries(BUNDLERS))('%s', (name) => {
  test('bundles a program without a warning of the package, and the program runs', async () => {
    const out = join(home, 'bundles', name);
    await mkdir(out, { recursive: true });
    const { err } = await run(process.execPath, [join(HERE, 'bundlers/bundle.mjs'), name, app, out], folder);
    expect(err).not.toMatch(/silt|lmdb|require|import\.meta|eval/i);
    // Nothing is found where it was bundled.
    await rename(join(app, 'node_modules'), join(app, 'gone'));
    try {
      const main = (await readdir(out)).find((file) => /^main\.[cm]js$/.test(file))!;
      expect(await run(process.execPath, [main], out)).toEqual({ out: 'works in memory\n', err: '' });
      const database = join(home, `database-${name}`);
      await expect(run(process.execPath, [main, database], out)).rejects.toMatchObject({
        stderr: expect.stringContaining('no native code for this engine'),
      });
      for (const scope of NATIVE)
        await cp(join(app, 'gone', scope), join(out, 'node_modules', scope), { recursive: true });
      expect(await run(process.execPath, [main, database], out)).toEqual({
        out: 'works in a directory\n',
        err: '',
      });
    } finally {
      await rename(join(app, 'gone'), join(app, 'node_modules'));
    }
  });
});

describe('Next.js', () => {
  let server: ChildProcess | undefined;
  afterAll(async () => {
    if (!server) return;
    const ended = once(server, 'exit');
    server.kill();
    await ended;
  });

  test('serves a route that uses a database in memory, and one in a directory, without configuration', async () => {
    const site = join(home, 'site');
    await cp(join(HERE, 'bundlers/next'), site, { recursive: true });
    await cp(join(HERE, 'program.mjs'), join(site, 'program.mjs'));
    await cp(join(folder, 'node_modules'), join(site, 'node_modules'), {
      recursive: true,
      verbatimSymlinks: true,
    });
    for (const name of ['silt', ...NATIVE])
      await cp(join(app, 'node_modules', name), join(site, 'node_modules', name), { recursive: true });
    const next = join(site, 'node_modules/next/dist/bin/next');
    const env = { NEXT_TELEMETRY_DISABLED: '1' };
    await run(process.execPath, [next, 'build'], site, env);
    const started = spawn(process.execPath, [next, 'start', '--port', '0'], {
      cwd: site,
      env: { ...process.env, ...env, NODE_ENV: 'production' },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    server = started;
    const address = await new Promise<string>((resolve, reject) => {
      let said = '';
      started.stdout.on('data', (text) => {
        said += text;
        const found = /http:\/\/localhost:\d+/.exec(said);
        if (found && said.includes('Ready')) resolve(found[0]);
      });
      started.once('exit', () => reject(new Error(`next start ended: ${said}`)));
    });
    const asked = async (query: string): Promise<string> => (await fetch(`${address}/search${query}`)).text();
    expect(await asked('')).toBe('works in memory');
    expect(await asked(`?path=${encodeURIComponent(join(home, 'next-database'))}`)).toBe(
      'works in a directory',
    );
  }, 120_000);
});
