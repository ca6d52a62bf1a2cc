/* Upkeep, backups and MCP through a server: by its address, and of a folder that it holds by themselves. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { open, restore } from '#silt/index.js';
import { answered, type Running, ran, starting } from '../support/command.js';
import { folderOfFile } from '../support/files.js';
import { ROOT } from '../support/sources.js';

const KEY = 'a-key-of-some-length';
const BIG = 2n ** 63n + 1n;
const POINTS = 40;
const folder = folderOfFile();
const data = join(folder, 'data');
let serving: Running;
let url: string;

beforeAll(async () => {
  {
    await using db = await open(data);
    const words = await db.createCollection('a b', { dimension: 2, metric: 'euclidean' });
    await words.upsert(Array.from({ length: POINTS }, (_, id) => ({ id, vector: [id, 1] })));
    await words.upsert([{ id: BIG, vector: [1, 1], payload: { word: 'still' } }]);
    await words.delete([0]);
    await (await db.createCollection('other', { dimension: 1, metric: 'dot' })).upsert({
      id: 'x',
      vector: [1],
    });
  }
  serving = starting(['serve', '--path', data, '--port', '0', '--api-key', KEY]);
  while (!serving.out().includes('Ctrl+C')) await once(serving.child.stdout!, 'data');
  url = /http:\S+/.exec(serving.out())![0];
}, 60_000);

afterAll(async () => {
  serving.child.kill('SIGTERM');
  await serving.ended;
});

const key = ['--api-key', KEY];

test('verify and compact are done by the server, and a folder that it holds is asked there', async () => {
  expect(await answered('verify', url, ...key)).toMatchObject([
    { name: 'a b', ok: true, rows: expect.any(Number) },
    { name: 'other', ok: true, rows: 1 },
  ]);
  expect(await answered('verify', url, 'a b', '--repair', ...key)).toMatchObject([
    { name: 'a b', ok: true, repaired: 0 },
  ]);
  const compacted = { name: 'a b', rows: POINTS, freedBytes: expect.any(Number) };
  expect(await answered('compact', url, 'a b', ...key)).toMatchObject(compacted);
  const { code, out, err } = await ran('compact', data, 'a b', ...key, '--json');
  expect([code, err]).toEqual([0, `silt: ${data} is served at ${url}: that server is asked\n`]);
  expect(JSON.parse(out)).toMatchObject(compacted);
  expect(await answered('verify', data, 'other', '--repair', ...key)).toMatchObject([{ ok: true }]);
});

/** As who may not read the key that the server has left in the folder. */
async function withoutKey<T>(use: () => Promise<T>): Promise<T> {
  const [left, away] = [join(data, 'server.key'), join(folder, 'server.key')];
  await rename(left, away);
  try {
    return await use();
  } finally {
    await rename(away, left);
  }
}

test('the status of a folder that is served is what its server says, which needs its key', async () => {
  for (const given of [key, []])
    expect(await ran('status', data, ...given)).toMatchObject({
      code: 0,
      err: '',
      out: expect.stringMatching(/^a b +ready /m),
    });
  const beside = await withoutKey(() => ran('status', data));
  expect(beside).toMatchObject({
    code: 0,
    out: expect.stringMatching(/^a b +ready /m),
    err: expect.stringMatching(/--api-key.* What follows is what is on the disk\n$/),
  });
});

test('import and delete of a folder that is served are done by its server; without its key they say so', async () => {
  const file = join(folder, 'one.jsonl');
  await writeFile(file, '{"id":"new","vector":[7,7]}');
  expect(await answered('import', data, 'a b', file, ...key)).toMatchObject({ inserted: 1 });
  expect(await answered('delete', data, 'a b', 'new')).toEqual({ deleted: 1 });
  const refused = await withoutKey(() => ran('delete', data, 'a b', '1'));
  expect(refused).toMatchObject({ code: 7, err: expect.stringContaining('--api-key') });
});

test('a collection is copied from a server into a file, and back under another name', async () => {
  const file = join(folder, 'words.silt');
  const args = ['--collection', 'a b', ...key];
  expect(await answered('backup', url, file, ...args)).toEqual({ path: file, collection: 'a b' });
  expect(await ran('backup', url, file, ...args)).toMatchObject({ code: 6 });
  const copy = ['--collection', 'cöpy', ...key];
  expect(await answered('restore', file, url, ...copy)).toEqual({
    path: url,
    collection: 'cöpy',
    points: POINTS,
  });
  expect(await ran('restore', file, data, ...copy)).toMatchObject({
    code: 6,
    err: expect.stringContaining('collection "cöpy" already exists: say --replace'),
  });
  expect(await answered('restore', file, data, ...copy, '--replace')).toMatchObject({ points: POINTS });
  expect(await answered('get', url, 'cöpy', String(BIG), ...key)).toMatchObject({
    payload: { word: 'still' },
  });
  const broken = join(folder, 'broken.silt');
  await writeFile(broken, 'no backup at all');
  const refused = await ran('restore', broken, url, '--collection', 'broken', ...key);
  expect(refused.code).not.toBe(0);
  const elsewhere = await ran('backup', url, join(folder, 'none.silt'), '--collection', 'none', ...key);
  expect(elsewhere).toMatchObject({ code: 3, err: expect.stringContaining('"none"') });
  expect(existsSync(join(folder, 'none.silt'))).toBe(false);
  expect(await answered('info', url, ...key)).toMatchObject({
    collections: [{ name: 'a b' }, { name: 'cöpy' }, { name: 'other' }],
  });
});

test('all is copied from a server into a folder, which can be restored; the server keeps no snapshot of it', async () => {
  const to = join(folder, 'copy');
  expect(await answered('backup', url, to, ...key)).toEqual({ path: to });
  await restore(to, join(folder, 'restored'));
  await using db = await open(join(folder, 'restored'));
  expect(db.collection('a b').info().points).toBe(POINTS);
  expect((await db.collection('a b').get(BIG))?.payload).toEqual({ word: 'still' });
  const left = await readdir(join(data, 'qdrant-snapshots'), { recursive: true });
  expect(left.filter((name) => name.includes('.snapshot'))).toEqual([]);
  const whole = await ran('restore', to, url, ...key);
  expect(whole).toMatchObject({ code: 2, err: expect.stringContaining('restore') });
});

test('silt mcp goes through the server: by its address, and by the folder that it holds', async () => {
  for (const path of [url, data]) {
    const client = new Client({ name: 'test', version: '1' });
    const args = [join(ROOT, 'dist/cli/main.js'), 'mcp', '--path', path, ...key];
    await client.connect(new StdioClientTransport({ command: process.execPath, args, stderr: 'ignore' }));
    const called = async (name: string, given: Record<string, unknown>): Promise<unknown> => {
      const { content, structuredContent, isError } = await client.callTool({ name, arguments: given });
      return isError ? (content as { text: string }[])[0]!.text : structuredContent;
    };
    const notes = { collection: 'notes', create: { metric: 'euclidean', textPath: 'text' } };
    const big = { id: { uint64: String(BIG) }, vector: [1, 2], payload: { text: 'a note' } };
    expect(await called('silt_store', { ...notes, points: [big, { id: 'x', vector: [9, 9] }] })).toEqual({
      collection: 'notes',
      ids: [big.id, 'x'],
    });
    const wrong = await called('silt_store', { ...notes, points: [{ id: 1, vector: [0, 0, 0] }, { id: 2 }] });
    expect(wrong).toMatch(/\(INVALID_VECTOR\)$/);
    expect(await called('silt_find', { collection: 'notes', text: 'note' })).toMatchObject({
      hits: [{ id: big.id, payload: big.payload }],
    });
    expect(
      await called('silt_get', { collection: 'notes', ids: [big.id, 1], withVector: true }),
    ).toMatchObject({ points: [{ id: big.id, vector: { '': [1, 2] } }], missing: [1] });
    expect(await called('silt_describe', { collection: 'notes' })).toMatchObject({
      points: 2,
      config: { metric: 'euclidean' },
    });
    expect(await called('silt_find', { collection: 'none', text: 'a' })).toMatch(/\(COLLECTION_NOT_FOUND\)$/);
    const { resources } = await client.listResources();
    expect(resources.map(({ name }) => name)).toContain('notes');
    expect(await called('silt_delete', { collection: 'notes', ids: [big.id, 'x'] })).toEqual({ deleted: 2 });
    await client.close();
  }
  const refused = await ran('mcp', '--path', url);
  expect(refused).toMatchObject({ code: 7, out: '', err: expect.stringContaining('--api-key') });
});
