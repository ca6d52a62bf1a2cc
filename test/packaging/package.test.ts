/* What publishers' tools say of the package, and newer versions of npm. */
import { mkdir, mkdtemp, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import ts from 'typescript';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { someOf } from '../support/amount.js';
import { BESIDE, diagnosticsIn } from '../support/consumer.js';
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

test('a database that is open goes into the client and the server, by the types of every way to load the package', async () => {
  const user = join(home, 'user');
  await mkdir(join(user, 'node_modules'), { recursive: true });
  await run('tar', ['-xzf', archive], user);
  await rename(join(user, 'package'), join(user, 'node_modules/silt'));
  const lib = ['lib.es2023.d.ts'];
  const bundler = { module: ts.ModuleKind.ESNext, moduleResolution: ts.ModuleResolutionKind.Bundler };
  expect(diagnosticsIn(user, { 'module.mts': BESIDE, 'common.cts': BESIDE }, { lib })).toEqual([]);
  expect(diagnosticsIn(user, { 'bundled.ts': BESIDE }, { lib, ...bundler })).toEqual([]);
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

test('the dashboard comes with the package: its files are found wherever the server is', async () => {
  const program = `
    import { serve } from 'silt/server';
    const server = await serve({ port: 0 });
    const page = await (await fetch(server.url + '/dashboard')).text();
    const script = /src="([^"]+)"/.exec(page)[1];
    const { status, headers } = await fetch(server.url + script);
    console.log(status, headers.get('content-type'));
    await server.close();
  `;
  const app = join(home, 'app');
  const { out } = await run(process.execPath, ['--input-type=module', '-e', program], app);
  expect(out.trim()).toBe('200 text/javascript; charset=utf-8');
});

test('silt mcp finds its part of the package, and answers', async () => {
  const client = new Client({ name: 'test', version: '1' });
  const args = [join(home, 'app/node_modules/silt/cli.js'), 'mcp', '--path', join(home, 'data')];
  await client.connect(new StdioClientTransport({ command: process.execPath, args }));
  const { structuredContent } = await client.callTool({ name: 'silt_list_collections', arguments: {} });
  expect(structuredContent).toEqual({ collections: [] });
  await client.close();
});

test('what reads and writes the formats of others comes with the package', async () => {
  const app = join(home, 'app');
  const silt = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [join(app, 'node_modules/silt/cli.js'), ...args], app)).out;
  await writeFile(join(app, 'rows.jsonl'), '{"id":7,"vector":[1,2],"payload":{"title":"a"}}\n');
  await silt('import', 'points', 'jsonl', 'rows.jsonl', '--no-index');
  const before = await silt('export', 'points', 'jsonl', '-');
  for (const format of someOf(['parquet', 'arrow', 'csv'], 3)) {
    await silt('export', 'points', 'jsonl', `rows.${format}`);
    await silt('import', 'points', format, `rows.${format}`, '--no-index');
    expect(await silt('export', 'points', format, '-')).toBe(before);
  }
});

/** A file of the package, and all that is loaded with it. */
async function loadedWith(file: string, seen = new Set<string>()): Promise<Set<string>> {
  if (seen.has(file)) return seen;
  seen.add(file);
  const text = await readFile(join(home, 'app/node_modules/silt', file), 'utf8');
  for (const [, next] of text.matchAll(/^(?:import|export) (?:[^"]* from )?"\.\/([^"]+)"/gm))
    await loadedWith(next!, seen);
  return seen;
}

test('each command of the package starts, and loads a database or a server only to use one', async () => {
  const main = join(home, 'app/node_modules/silt/cli.js');
  const silt = async (...args: string[]): Promise<string> =>
    (await run(process.execPath, [main, ...args], home)).out;
  const help = await silt('--help');
  const names = [...help.slice(help.indexOf('Commands:')).matchAll(/^ {2}(\w+) /gm)].map(([, name]) => name!);
  expect(names.length).toBeGreaterThan(20);
  for (const name of names.filter((one) => one !== 'help'))
    expect(await silt(name, '--help'), name).toContain(`Usage: silt ${name}`);
  const files = await readdir(join(home, 'app/node_modules/silt'));
  const commands = files.filter((file) => /^(cli|command-\w+)\.js$/.test(file));
  expect(commands.length).toBeGreaterThan(15);
  for (const file of commands)
    expect(
      [...(await loadedWith(file))].filter((one) => /^(silt|database|lmdb|http|mcp)\./.test(one)),
      file,
    ).toEqual([]);
});
