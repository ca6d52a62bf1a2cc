/* Commands of the command line as processes: what they answer, beside a writer and alone, and how they end. */
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeAll, expect, test } from 'vitest';
import { type Database, open } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { answered, ran, starting } from '../support/command.js';
import { folderOfFile } from '../support/files.js';

const POINTS = 60;
const BIG = 2n ** 63n + 1n;
const folder = folderOfFile();
const data = join(folder, 'data');

beforeAll(async () => {
  await using db = await open(data);
  const words = await db.createCollection('words', {
    dimension: 2,
    metric: 'euclidean',
    text: { title: { path: 'title' } },
  });
  await words.upsert(
    Array.from({ length: POINTS }, (_, i) => ({
      id: i,
      vector: [i + 0.1, 0.5],
      payload: { title: `word number ${i}`, even: i % 2 === 0 },
    })),
  );
  await words.upsert({ id: 'seven', vector: [7.2, 0.5], payload: { title: 'still waters' } });
  await words.upsert({ id: BIG, vector: [1_000, 0.5] });
  await words.buildNow();
});

const EVEN = '{"must":[{"key":"even","match":{"value":true}}]}';
const idsOf = (hits: unknown): unknown[] => (hits as { id: unknown }[]).map(({ id }) => id);

/** Another process is not needed to hold the folder: an open database of this one does. */
async function held<T>(use: (db: Database) => Promise<T>): Promise<T> {
  await using db = await open(data);
  return await use(db);
}

test('info says what is in a folder and in a collection, while another process writes it', async () => {
  await held(async () => {
    const all = (await answered('info', data)) as { path: string; diskBytes: number; collections: object[] };
    expect(all.collections).toMatchObject([{ name: 'words', points: POINTS + 2 }]);
    expect(all.diskBytes).toBeGreaterThan(10_000);
    const { code, out, err } = await ran('info', data, 'words');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/^points +62$/m);
    expect(out).toMatch(/^field vector +2 numbers, euclidean$/m);
    expect(out).toMatch(/^field title +text of title$/m);
  });
});

test('search finds by vector, text, id and a whole query, with a filter', async () => {
  await writeFile(join(folder, 'query.json'), '[7, 0.5]');
  const [near, even, words, like, query, people] = await Promise.all([
    answered('search', data, 'words', '--vector', `@${join(folder, 'query.json')}`, '-k', '3'),
    answered('search', data, '--vector', '[7, 0.5]', '--limit', '2', '--filter', 'even=true title~number'),
    answered('search', data, '--text', 'still waters', '--match', 'all', '--highlight', '--using', 'title'),
    answered('search', data, 'words', '--id', 'seven', '-k', '1', '--with-vector', '--no-payload'),
    answered('search', data, '--query', `{"query":{"nearest":[1000,0.5]},"k":1}`),
    ran('search', data, '--vector', '[7, 0.5]', '-k', '1'),
  ]);
  expect(idsOf(near)).toEqual([7, 'seven', 6]);
  expect(idsOf(even)).toEqual([6, 8]);
  expect(words).toMatchObject([{ id: 'seven', highlights: ['<mark>still</mark> <mark>waters</mark>'] }]);
  expect(like).toEqual([{ id: 7, score: expect.any(Number), vector: expect.anything() }]);
  expect(JSON.stringify(like)).toContain('[7.1,0.5]');
  expect(idsOf(query)).toEqual([Number(BIG)]);
  expect(people.out).toMatch(/^ID +SCORE +PAYLOAD\n +7 +0\.1\d* .*title="word number 7"/);
});

test('get shows points one a line, integers of 64 bits exact, and ends with 3 where one is missing', async () => {
  const { code, out, err } = await ran('get', data, 'words', '7', String(BIG), '"7"', 'seven', '--json');
  expect([code, err]).toEqual([3, 'silt: there is no point "7" in "words"\n']);
  const lines = out.trimEnd().split('\n');
  expect(lines).toHaveLength(3);
  expect(lines[1]).toContain(`"id":${BIG}`);
  expect(JSON.parse(lines[0]!)).toMatchObject({ id: 7, payload: { title: 'word number 7' } });
});

test('explain and recall say how searches are answered, and how well', async () => {
  const report = await answered('explain', data, 'words', '--vector', '[7, 0.5]', '--exact');
  expect(report).toMatchObject({ plan: expect.any(String), counters: { rowsScanned: POINTS + 2 } });
  const args = ['recall', data, 'words', '--sample', '5', '--target', '0.9', '0.99', '-k', '3'];
  const [measured, { code, out }] = await Promise.all([answered(...args), ran(...args)]);
  expect(measured).toMatchObject([
    { target: 0.9, k: 3, ms: expect.any(Number) },
    { target: 0.99, k: 3 },
  ]);
  expect(code).toBe(0);
  expect(out).toMatch(/^TARGET +RECALL +REACHED .*\n +0\.9 /);
  expect(out).toMatch(/^ +0\.99 #+\|?/m);
  expect(Math.max(...out.split('\n').map((line) => line.length))).toBeLessThanOrEqual(80);
});

test('status is watched beside a writer, sees what it writes, and Ctrl+C ends it with 130', async () => {
  await held(async (db) => {
    const run = starting(['status', data, 'words', '--watch', '--json', '--interval', '50']);
    while (!run.out().includes('\n')) await once(run.child.stdout!, 'data');
    expect(JSON.parse(run.out().split('\n')[0]!)).toMatchObject({ name: 'words', points: POINTS + 2 });
    await db.collection('words').upsert({ id: 'new', vector: [1, 1] });
    while (!run.out().includes(`"points":${POINTS + 3}`)) await once(run.child.stdout!, 'data');
    run.child.kill('SIGINT');
    expect(await run.ended).toMatchObject({ code: 130, err: 'silt: SIGINT: ended\n' });
    await db.collection('words').delete('new');
  });
});

test('status says of pending points whether anybody links them', async () => {
  const path = join(folder, 'waiting');
  {
    await using db = await open(path);
    const points = await db.createCollection('points', { dimension: 8, metric: 'euclidean' });
    points.pauseIndexing();
    await points.upsert(
      Array.from({ length: 3_000 }, (_, id) => ({
        id,
        vector: Array.from({ length: 8 }, (_, i) => id % (i + 3)),
      })),
    );
    expect(await answered('status', path)).toMatchObject([{ state: 'indexing', pending: 3_000 }]);
  }
  expect(await answered('status', path)).toMatchObject([{ state: 'waiting', pending: 3_000 }]);
  const { out } = await ran('status', path);
  expect(out).toMatch(/^points +waiting +3,000 +0 +3,000 .*\nwaiting: no process writes this; /m);
});

test('commands that write say who holds the database, and change nothing', async () => {
  await held(async () => {
    const [compact, remove, dry] = await Promise.all([
      ran('compact', data, 'words'),
      ran('delete', data, 'words', '7'),
      answered('delete', data, 'words', '--filter', EVEN, '--dry-run'),
    ]);
    expect(await ran('delete', data, 'words', '--filter', '{}', '--dry-run')).toMatchObject({
      out: '62 points would be deleted: all that there are\n',
    });
    for (const { code, err } of [compact, remove]) {
      expect(code).toBe(4);
      expect(err).toMatch(
        /^silt: .* is already open in process \d+\.\nAnother process writes .* Stop it, or .*\n/,
      );
    }
    expect(compact.err).toMatch(/or leave it to that process: it compacts when .*\n$/);
    expect(remove.err).toContain('give its address in the place of the folder: http://HOST:PORT.\n');
    expect(dry).toEqual({ wouldDelete: POINTS / 2 });
  });
});

test('a backup is restored, whole and one collection; what is deleted there stays here', async () => {
  const [copy, file, again] = [join(folder, 'copy'), join(folder, 'words.silt'), join(folder, 'again')];
  expect(await answered('backup', data, copy)).toEqual({ path: copy });
  expect(await answered('backup', data, file, '--collection', 'words')).toMatchObject({ points: POINTS + 2 });
  expect(await answered('restore', copy, again)).toEqual({ path: again });
  expect(await answered('delete', again, 'words', '--filter', EVEN)).toEqual({ deleted: POINTS / 2 });
  expect(await answered('compact', again)).toMatchObject({ name: 'words', rows: POINTS / 2 + 2 });
  const into = ['restore', file, again, '--collection', 'words'];
  expect(await ran(...into)).toMatchObject({
    code: 6,
    err: expect.stringContaining('"words" already exists'),
  });
  expect(await answered(...into, '--replace')).toMatchObject({ points: POINTS + 2 });
  expect(await answered('verify', again)).toMatchObject([{ name: 'words', ok: true, rows: POINTS + 2 }]);
});

test('a reader of the output that leaves ends a command quietly', async () => {
  const run = starting(['status', data, '--watch', '--json', '--interval', '50']);
  await once(run.child.stdout!, 'data');
  run.child.stdout!.destroy();
  expect(await run.ended).toMatchObject({ code: 0, err: '' });
});

test('what cannot be done ends with the code for it, in a line or two, and makes nothing', async () => {
  const none = join(folder, 'none');
  const cases = [
    [['info', none], 3, /there is no database at .*none\. Check the path/],
    [['compact', none], 3, /there is no database/],
    [['info', data, 'words', '--names'], 2, /--names lists all collections: leave out "words"/],
    [['info', data, 'wrods'], 3, /there is no collection "wrods"; there is "words"/],
    [['search', data], 2, /one of --vector, --text, --id and --query/],
    [['search', data, '--id', '1', '--text', 'x'], 2, /--query, got 2/],
    [['search', data, '--vector', '[1'], 2, /It is JSON, or @ and the name of a file/],
    [
      ['search', data, '--id', '1', '--filter', 'even'],
      2,
      /It is JSON, or short, .*: expected one of = != > .* behind even/,
    ],
    [['delete', data, 'words', '--filter', ' '], 2, /It is empty; '\{\}' means all points/],
    [['search', data, '--vector', '[1]'], 2, /2/],
    [['search', data, '--id', 'nobody'], 3, /nobody/],
    [['search', data, '--id', '1', '--filter', '{"must":[{"kex":"a"}]}'], 2, /kex/],
    [['recall', data, '--target', '1'], 2, /between 0 and 1/],
    [['delete', data, 'words'], 2, /their ids, or --filter/],
    [['delete', data, 'words', '--dry-run', '--filter', '{"must":[]}'], 2, /filter\.must is empty/],
    [['search', data, '--id', '1', '--id', '2'], 2, /option '--id <id>' is given twice/],
    [
      ['restore', join(folder, 'nothing'), none],
      3,
      /^silt: there is no such file: .*nothing\. Check the path\n$/,
    ],
    [['help', 'serch'], 2, /unknown command 'serch'\n\(Did you mean search\?\)/],
    [['info', 'words'], 3, /the folder comes first, then the collection/],
    [
      ['search', data, '--id', '1', '--filter', 'Title x=1'],
      2,
      /a key with spaces stands in double quotes: "a key"=value/,
    ],
    [['get', data, 'words'], 2, /missing required argument 'id'/],
    [['export', data, 'words', join(none, 'words.jsonl')], 3, /there is no folder .*none for the file/],
    [['backup', data, folder], 6, /there is something at/],
    [['restore', data, folder], 6, /there is something at/],
    [['search', data, '--query', '{"query":{"id":1}}', '-k', '2'], 2, /-k does not go with --query/],
  ] as const;
  const table = someOf<readonly [args: readonly string[], code: number, text: RegExp]>(cases, 2);
  const all = await Promise.all(table.map(([args]) => ran(...args)));
  for (const [at, [args, code, text]] of table.entries()) {
    const { code: ended, out, err } = all[at]!;
    expect([ended, out], `${args.join(' ')}: ${err}`).toEqual([code, '']);
    expect(err).toMatch(text);
    expect(err).not.toMatch(/^ +at /m);
    expect(err.trimEnd().split('\n').length, err).toBeLessThanOrEqual(3);
  }
  expect(existsSync(none)).toBe(false);
  expect(await readdir(folder)).not.toContain('none');
});

test('a reader of help that leaves is nobody to complain to', async () => {
  const { child, ended } = starting(['search', '--help']);
  child.stdout!.destroy();
  expect(await ended).toMatchObject({ code: 0, err: '' });
});

test('verify counts points, and beside them the rows that it checked', async () => {
  const path = join(folder, 'twice');
  {
    await using twice = await open(path);
    const one = await twice.createCollection('one', {
      dimension: 1,
      metric: 'dot',
      indexing: { paused: true },
    });
    const points = Array.from({ length: 50 }, (_, id) => ({ id, vector: [id + 1] }));
    await one.upsert(points);
    await one.upsert(points);
  }
  expect(await answered('verify', path)).toMatchObject([
    { name: 'one', points: 50, rows: expect.any(Number) },
  ]);
  expect((await ran('verify', path)).out).toMatch(/^COLLECTION +POINTS +ROWS .*\none +50 +\d+ +ok/);
});
