/* What publishers' tools say of the package, and newer versions of npm. */
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { installInto, packedInto, run, tools } from './app.js';

let home: string;
let archive: string;
let bin: string;

beforeAll(async () => {
  home = await mkdtemp(join(tmpdir(), 'silt-package-'));
  archive = await packedInto(home);
  bin = join(await tools('checks'), 'node_modules');
}, 100_000);

afterAll(() => rm(home, { recursive: true, force: true }));

test('publint finds nothing to say', async () => {
  const { out } = await run(
    process.execPath,
    [join(bin, 'publint/src/cli.js'), 'run', archive, '--strict'],
    home,
  );
  expect(out).toContain('All good!');
});

test('are-the-types-wrong finds no problem, for import and require', async () => {
  const attw = join(bin, '@arethetypeswrong/cli/dist/index.js');
  const { out } = await run(process.execPath, [attw, archive, '--format', 'json'], home);
  expect(JSON.parse(out).problems ?? {}).toEqual({});
});

test('the newest npm installs it without a warning of what it installs, and nothing has an install script', async () => {
  const app = join(home, 'app');
  const { err } = await installInto(app, archive, [process.execPath, join(bin, 'npm/bin/npm-cli.js')]);
  // It may warn of the Node that it runs on, and of the settings of the machine.
  expect(err).not.toMatch(/script|deprecated|silt|lmdb|node-rs/i);
  const { packages } = JSON.parse(await readFile(join(app, 'node_modules/.package-lock.json'), 'utf8'));
  const names = Object.keys(packages);
  expect(names).toContain('node_modules/silt');
  expect(names.filter((name) => packages[name].hasInstallScript)).toEqual([]);
});
