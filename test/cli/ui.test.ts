import { once } from 'node:events';
import { existsSync, readFileSync, statSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { answered, type Running, ran, starting } from '../support/command.js';
import { folderOfFile } from '../support/files.js';

const folder = folderOfFile();
const data = join(folder, 'data');

beforeAll(async () => {
  await using db = await open(data);
  const words = await db.createCollection('words', { dimension: 2, metric: 'euclidean' });
  await words.upsert({ id: 1, vector: [1, 2] });
});

/** What it prints first. */
async function linkOf({ child, out, err, ended }: Running): Promise<{ url: string; token: string }> {
  const gone = ended.then(({ code }) => {
    throw new Error(`silt ui ended with ${code}: ${err()}`);
  });
  gone.catch(() => {});
  while (!out().includes('\n'))
    await Promise.race([new Promise((resolve) => child.stdout!.once('data', resolve)), gone]);
  const [, url, token] = /^(http:\/\/127\.0\.0\.1:\d+\/dashboard)#token=([\w-]{20,})$/m.exec(out())!;
  return { url: url!, token: token! };
}

const overview = (url: string, key?: string) =>
  fetch(`${url}/api/overview`, key === undefined ? {} : { headers: { 'api-key': key } });

async function end(running: Running): Promise<void> {
  running.child.kill('SIGTERM');
  expect((await running.ended).code).toBe(0);
}

test('the link opens the page, and only who has it sees the data', async () => {
  const running = starting(['ui', data, '--no-open']);
  const { url, token } = await linkOf(running);
  expect(await (await fetch(url)).text()).toContain('<title>Silt</title>');
  expect((await overview(url)).status).toBe(401);
  expect(await (await overview(url, token)).json()).toMatchObject({
    writes: true,
    path: data,
    collections: [{ name: 'words' }],
  });
  await end(running);
});

test('a folder that another process writes is shown for reading', async () => {
  await using _db = await open(data);
  const running = starting(['ui', data, '--no-open']);
  const { url, token } = await linkOf(running);
  expect(running.err()).toContain(`process ${process.pid} is writing this folder: shown for reading`);
  expect(await (await overview(url, token)).json()).toMatchObject({
    writes: false,
    readOnlyBecause: 'this server is read-only',
  });
  await end(running);
});

test('a folder without a database is not made into one', async () => {
  const { code, err } = await ran('ui', join(folder, 'typo'), '--no-open');
  expect(code).toBe(3);
  expect(err).toContain('there is no database at');
});

test('commands of the same user on a folder that is shown go through its server, with the key that it leaves there', async () => {
  const running = starting(['ui', data, '--no-open']);
  const { token } = await linkOf(running);
  const key = join(data, 'server.key');
  expect(JSON.parse(readFileSync(key, 'utf8'))).toMatchObject({ apiKey: token });
  if (process.platform !== 'win32') expect(statSync(key).mode & 0o777).toBe(0o600);
  const file = join(folder, 'more.jsonl');
  await writeFile(file, '{"id":2,"vector":[3,4]}');
  // A key of the environment may be another server's.
  const imported = await ran('import', data, 'words', file, '--json', '--api-key', 'of-another-server');
  expect(imported).toMatchObject({ code: 0, err: expect.stringContaining('is served at') });
  expect(await answered('compact', data, 'words')).toMatchObject({ rows: 2 });
  expect(await answered('status', data, 'words')).toMatchObject([{ name: 'words', points: 2 }]);
  const mcp = starting(['mcp', '--path', data, '--http', '--json'], null);
  while (!mcp.out().includes('\n')) await once(mcp.child.stdout!, 'data');
  await end(mcp);
  await end(running);
  expect([existsSync(key), existsSync(join(data, 'server.json'))]).toEqual([false, false]);
});

test('a key that another process left, or that is of another address, is not used', async () => {
  const running = starting(['ui', data, '--no-open']);
  const { token } = await linkOf(running);
  const file = join(data, 'server.key');
  const left = JSON.parse(readFileSync(file, 'utf8'));
  for (const wrong of [{ pid: process.pid }, { url: 'http://127.0.0.1:1' }]) {
    await writeFile(file, JSON.stringify({ ...left, ...wrong }));
    expect(await ran('compact', data, 'words')).toMatchObject({ code: 7 });
  }
  expect(await ran('compact', data, 'words', '--api-key', token)).toMatchObject({ code: 0 });
  await end(running);
});
