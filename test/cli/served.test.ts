/* Commands that go through a server: by its address in the place of the folder, in Silt's own words. */
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { type Server, serve } from '#silt/server/http/index.js';
import { answered, ran, starting } from '../support/command.js';
import { folderOfFile } from '../support/files.js';

const BIG = 2n ** 63n + 1n;
const KEY = 'a-key-of-some-length';
const folder = folderOfFile();
let server: Server;

beforeAll(async () => {
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

/** Without what moves between two looks. */
const still = (value: unknown): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll(/[\d.]+ ms/g, '0 ms'), (key, one) =>
    /^(ms|at|memoryBytes|counters)$/.test(key) ? 0 : one,
  );

test('what reads gives the same from a server as from the folder beside it', async () => {
  const path = join(folder, 'many');
  await using many = await serve({ path, port: 0 });
  const plain = await many.database.createCollection('plain', { dimension: 3, metric: 'euclidean' });
  await plain.upsert(
    Array.from({ length: 1_500 }, (_, id) => ({
      id,
      vector: [id / 7, 1, -id],
      payload: { word: `x${id}`, year: id },
    })),
  );
  const named = await many.database.createCollection('named', {
    vectors: {
      title: { dimension: 2, metric: 'dot' },
      parts: { dimension: 1, metric: 'cosine', multi: true },
    },
    sparse: { terms: {} },
  });
  await named.upsert([
    {
      id: 'a',
      vector: { title: [1, 0.1], terms: { indices: [7, 9], values: [0.5, 1] } },
      payload: { text: 'ä' },
    },
    { id: BIG, vector: { title: [2, 0], parts: [[1], [-1]] } },
    { id: 3 },
  ]);
  await plain.buildNow();
  const both = async (command: string, ...args: string[]): Promise<void> => {
    const [here, there] = await Promise.all([
      answered(command, path, ...args),
      answered(command, many.url, ...args),
    ]);
    expect(still(there), command).toEqual(still(here));
  };
  await both('info', 'named');
  await both('explain', 'plain', '--vector', '[1,2,3]', '-k', '3', '--exact', '--with-vector');
  await both('explain', '--query', '{"query":{"orderBy":"year"},"k":2}', 'plain');
  await both('search', 'plain', '--query', '{"query":{"orderBy":"year"},"k":2}');
  await both('search', 'named', '--vector', '[1,0]', '--using', 'title', '--with-vector');
  await both('get', 'plain', '7');
  const { seq } = plain.status();
  expect(await answered('status', many.url, 'plain')).toMatchObject([
    { name: 'plain', points: 1_500, seq, searchMs: expect.any(Number) },
  ]);
  const recall = ['recall', many.url, 'plain', '--target', '0.9', '--sample', '5'];
  expect(await answered(...recall)).toMatchObject([{ target: 0.9, k: 10, ms: expect.any(Number) }]);
  const all = (await answered('info', many.url)) as { path: string; collections: { name: string }[] };
  expect([all.path, all.collections.map(({ name }) => name).sort()]).toEqual([many.url, ['named', 'plain']]);
  const files = [
    ['plain', 'plain.fvecs', '--filter', '{"must":{"key":"year","range":{"gte":400}}}'],
    ['plain', 'plain.csv', '--limit', '700'],
    ['named', 'named.jsonl'],
  ];
  for (const [name, file, ...more] of files) {
    const [here, there] = [join(folder, `here-${file}`), join(folder, `there-${file}`)];
    await Promise.all([
      answered('export', path, name!, here, ...more),
      answered('export', many.url, name!, there, ...more),
    ]);
    expect(await readFile(there), file).toEqual(await readFile(here));
  }
});

test('import makes a collection that the server has not, by its first vector, with fields of text', async () => {
  const file = join(folder, 'new.jsonl');
  await writeFile(
    file,
    '{"id":1,"vector":[1,0,2],"say":"still waters"}\n{"id":2,"vector":[2,0,2],"say":"loud"}\n',
  );
  expect(
    await answered(...withKey('import', 'made', file, '--metric', 'dot', '--text', 'say')),
  ).toMatchObject({
    inserted: 2,
  });
  expect(await answered(...withKey('search', 'made', '--text', 'still', '--using', 'say'))).toMatchObject([
    { id: 1 },
  ]);
  expect(server.database.collection('made').config).toMatchObject({ dimension: 3, metric: 'dot' });
  const again = await ran(...withKey('import', 'made', file, '--metric', 'cosine'));
  expect(again).toMatchObject({ code: 2, err: expect.stringContaining('has the metric dot: leave') });
  const settings = await ran(...withKey('import', 'qdrant:settings', file));
  expect(settings).toMatchObject({ code: 2, err: expect.stringContaining('is the name of something else') });
  await server.database.dropCollection('made');
});

test('an import that is killed goes on where it was, and leaves nothing behind', async () => {
  const rows = 4_000;
  const file = join(folder, 'many.jsonl');
  const state = `${file}.silt-import`;
  await writeFile(
    file,
    Array.from({ length: rows }, (_, id) => `{"id":${id},"vector":[${id},1]}`).join('\n'),
  );
  const name = 'resumed';
  await server.database.createCollection(name, { dimension: 2, metric: 'euclidean' });
  const first = starting(withKey('import', name, file, '--batch', '20'));
  while (!existsSync(state) || JSON.parse(readFileSync(state, 'utf8')).rows < 200)
    await new Promise((resolve) => setTimeout(resolve, 5));
  first.child.kill('SIGKILL');
  await first.ended;
  const { code, out, err } = await ran(...withKey('import', name, file, '--json'));
  const { resumedAt, ...done } = JSON.parse(out);
  expect([code, done.rows, done.skipped]).toEqual([0, rows, 0]);
  expect(resumedAt).toBeGreaterThanOrEqual(200);
  expect(err).toContain('goes on behind ');
  expect(existsSync(state)).toBe(false);
  expect(await server.database.collection(name).count()).toBe(rows);
  await server.database.dropCollection(name);
});

test('what cannot be done ends with the code that it has in a folder', async () => {
  const vector = ['--vector', '[1]'];
  const [key, missing, refused, nobody, absent, ui] = await Promise.all([
    ran('get', server.url, 'a b', '1'),
    ran(...withKey('get', 'none', '1')),
    ran(...withKey('search', 'a b', ...vector)),
    ran('get', 'http://127.0.0.1:9', 'a', '1'),
    ran('import', server.url, 'none', join(folder, 'rows.jsonl')),
    ran('ui', server.url),
  ]);
  expect(key).toMatchObject({ code: 7, err: expect.stringContaining('--api-key') });
  expect(missing).toMatchObject({ code: 3, err: expect.stringContaining('there is "a b"') });
  expect(refused).toMatchObject({ code: 2, err: expect.stringContaining('2') });
  expect(nobody).toMatchObject({ code: 1, err: expect.stringContaining('Is silt serve running there?') });
  expect(absent).toMatchObject({ code: 7, err: expect.stringContaining('--api-key') });
  expect(ui).toMatchObject({
    code: 2,
    err: expect.stringContaining('expected the folder of a database'),
  });
});

test('a folder that silt serve holds is written by its server, and by the command when that has gone', async () => {
  const data = join(folder, 'held');
  const serving = starting(['serve', '--path', data, '--port', '0']);
  while (!serving.out().includes('Ctrl+C')) await once(serving.child.stdout!, 'data');
  const file = join(folder, 'one.jsonl');
  await writeFile(file, '{"id":1,"vector":[1,2]}');
  const { code, err } = await ran('import', data, "it's", file);
  const url = /served at (http:\S+):/.exec(err)?.[1];
  expect([code, serving.out()]).toEqual([0, expect.stringContaining(String(url))]);
  serving.child.kill('SIGTERM');
  await serving.ended;
  const again = await ran('import', data, "it's", file, '--json');
  expect(JSON.parse(again.out)).toMatchObject({ replaced: 1 });
  expect(again.err).not.toContain('served at');
});

test('drop asks where somebody is, and takes a collection away, here and through a server', async () => {
  await server.database.createCollection('gone', { dimension: 1, metric: 'dot' });
  const path = join(folder, 'dropped');
  {
    await using db = await open(path);
    const words = await db.createCollection('words', { dimension: 1, metric: 'dot' });
    await words.upsert([
      { id: 1, vector: [1] },
      { id: 2, vector: [2] },
    ]);
  }
  const [unsaid, missing, there] = await Promise.all([
    ran('drop', path, 'words'),
    ran(...withKey('drop', 'none', '--yes')),
    answered(...withKey('drop', 'gone', '--yes')),
  ]);
  expect(unsaid).toMatchObject({ code: 2, err: expect.stringContaining('say --yes') });
  expect(missing.code).toBe(3);
  expect(there).toEqual({ dropped: 'gone', points: 0 });
  expect(server.database.collections().map(({ name }) => name)).not.toContain('gone');
  expect(await answered('drop', path, 'words', '--yes')).toEqual({ dropped: 'words', points: 2 });
  expect(await answered('info', path)).not.toContainEqual(expect.objectContaining({ name: 'words' }));
  expect((await ran('drop', path, 'words', '--yes')).code).toBe(3);
});
