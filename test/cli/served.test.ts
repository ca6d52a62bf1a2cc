/* Commands that go through a server: by its address in the place of the folder, in Silt's own words. */
import { once } from 'node:events';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Server, serve } from '#silt/server/http/index.js';
import { answered, ran, starting } from '../support/command.js';

const BIG = 2n ** 63n + 1n;
const KEY = 'a-key-of-some-length';
let folder: string;
let server: Server;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'silt-test-'));
  server = await serve({ path: join(folder, 'data'), port: 0, apiKey: KEY });
  const text = { title: { path: 'title' } };
  const words = await server.database.createCollection('a b', { dimension: 2, metric: 'euclidean', text });
  await words.upsert([
    { id: 1, vector: [1.1, 2], payload: { title: 'still waters', lang: 'en' } },
    { id: 'two', vector: [5, 5], payload: { title: 'deep waters', lang: 'de' } },
    { id: BIG, vector: [100, 100] },
  ]);
});

afterAll(async () => {
  await server.close();
  await rm(folder, { recursive: true, force: true });
});

const withKey = (command: string, ...args: string[]): string[] => [
  command,
  server.url,
  ...args,
  '--api-key',
  KEY,
];
const GERMAN = '{"must":{"key":"lang","match":{"value":"de"}}}';

test('search, get and delete answer as they do in the folder, whatever the ids are', async () => {
  const [near, words, like, got, dry] = await Promise.all([
    answered(...withKey('search', 'a b', '--vector', '[1, 2]', '-k', '1')),
    answered(...withKey('search', '--text', 'waters', '--using', 'title', '--highlight', '--filter', GERMAN)),
    answered(...withKey('search', 'a b', '--id', String(BIG), '-k', '1', '--with-vector')),
    ran(...withKey('get', 'a b', 'two', String(BIG), 'none', '--json')),
    answered(...withKey('delete', 'a b', '--filter', GERMAN, '--dry-run')),
  ]);
  expect(near).toEqual([
    { id: 1, score: expect.closeTo(0.1, 3), payload: { title: 'still waters', lang: 'en' } },
  ]);
  expect(words).toMatchObject([{ id: 'two', highlights: ['deep <mark>waters</mark>'] }]);
  expect(like).toMatchObject([{ id: 'two', vector: { '': [5, 5] } }]);
  expect(got).toMatchObject({ code: 3, err: 'silt: there is no point "none" in "a b"\n' });
  expect(got.out).toContain(`"id":${BIG}`);
  expect(got.out.split('\n')[0]).toContain('"id":"two"');
  expect(dry).toEqual({ wouldDelete: 1 });
});

test('import writes through it, and names rows that are refused; what is deleted is gone', async () => {
  const file = join(folder, 'rows.jsonl');
  const rows = Array.from({ length: 25 }, (_, i) => `{"id":${i + 10},"vector":[${i},1],"title":"row ${i}"}`);
  await writeFile(file, [...rows, '{"id":99,"vector":[1]}'].join('\n'));
  const args = withKey('import', 'a b', file, '--batch', '10');
  expect(await answered(...args, '--on-error', 'skip')).toMatchObject({ inserted: 25, skipped: 1, rows: 26 });
  expect(await ran(...args)).toMatchObject({ code: 8, err: expect.stringMatching(/row|line 26: .*2/) });
  expect(await answered(...withKey('delete', 'a b', '10', '11', '10'))).toEqual({ deleted: 2 });
  expect(await server.database.collection('a b').count()).toBe(3 + 25 - 2);
});

test('what cannot be done ends with the code that it has in a folder', async () => {
  const vector = ['--vector', '[1]'];
  const [key, missing, refused, nobody, absent] = await Promise.all([
    ran('get', server.url, 'a b', '1'),
    ran(...withKey('get', 'none', '1')),
    ran(...withKey('search', 'a b', ...vector)),
    ran('get', 'http://127.0.0.1:9', 'a', '1'),
    ran(...withKey('import', 'none', join(folder, 'rows.jsonl'))),
  ]);
  expect(key).toMatchObject({ code: 7, err: expect.stringContaining('--api-key') });
  expect(missing).toMatchObject({ code: 3, err: expect.stringContaining('there is "a b"') });
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('2') });
  expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('Is silt serve running there?') });
  expect(absent).toMatchObject({ code: 3, err: expect.stringContaining('make it there first') });
});

test('a folder that silt serve holds: the error is the command that does it', async () => {
  const data = join(folder, 'held');
  const serving = starting(['serve', '--path', data, '--port', '0']);
  while (!serving.out().includes('Ctrl+C')) await once(serving.child.stdout!, 'data');
  const file = join(folder, 'one.jsonl');
  await writeFile(file, '{"id":1,"vector":[1,2]}');
  const { code, err } = await ran('import', data, "it's", file, '--no-index');
  expect(code).toBe(4);
  const url = /silt import (http:\S+) /.exec(err)?.[1];
  expect(serving.out()).toContain(url);
  expect(err).toContain(`\nsilt import ${url} 'it'\\''s' ${file} --no-index\n`);
  expect((await ran('delete', data, 'a', '1')).err).toContain(`\nsilt delete ${url} a 1\n`);
  serving.child.kill('SIGTERM');
  await serving.ended;
  expect(await answered('import', data, 'a', file)).toMatchObject({ inserted: 1 });
});
