/* A database that is opened with readOnly follows the process that writes it, and writes nothing. */
import { createHash } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { chmod, mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as breathe } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type Collection, type Database, open } from '#silt/index.js';
import { errorOf, failureOf, PAUSED, pointsOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { copyFormat1, copyFormat2 } from '../support/formats.js';
import { until } from '../support/steps.js';
import { type OtherWriter, startWriter } from '../support/writers.js';

const CONFIG = { dimension: 4, metric: 'euclidean', indexing: { threads: 1 } } as const;

interface Plain {
  readonly id: number;
  readonly vector: number[];
  readonly payload: { readonly n: number; readonly text?: string };
}

const point = (id: number, n = 0): Plain => ({ id, vector: [id, n, 0.5, 1], payload: { n } });
const points = (from: number, to: number, n = 0): Plain[] =>
  Array.from({ length: to - from }, (_, i) => point(from + i, n));

/** Another process writes a collection `c`; this one follows it. */
async function followed(
  use: (o: { writer: OtherWriter; db: Database; c: Collection; path: string }) => Promise<void>,
  first: readonly Plain[] = points(0, 10),
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    const writer = await startWriter(path);
    let db: Database | undefined;
    try {
      await writer.call('db', 'createCollection', 'c', CONFIG);
      await writer.call('c', 'upsert', first);
      db = await open(path, { readOnly: true });
      await use({ writer, db, c: db.collection('c'), path });
    } finally {
      await db?.close();
      await writer.kill();
    }
  });
}

/** All points in one state: ids and the number in their payloads, ascending. */
async function all(c: Collection): Promise<[number, number][]> {
  const hits = await c.search([0, 0, 0, 0], { k: 100_000, exact: true });
  return hits
    .map(({ id, payload }): [number, number] => [Number(id), Number(payload?.['n'])])
    .sort(([a], [b]) => a - b);
}
const pairs = (list: readonly Plain[]): [number, number][] => list.map(({ id, payload }) => [id, payload.n]);

test('each read that begins after a write resolved elsewhere sees it: inserted, replaced, deleted', () =>
  followed(async ({ writer, c }) => {
    expect(await all(c)).toEqual(pairs(points(0, 10)));
    for (let n = 1; n <= 60; n++) {
      await writer.call('c', 'upsert', [point(5, n), point(100 + n, n)]);
      const [nearest] = await c.search([5, n, 0.5, 1], { k: 1 });
      expect(nearest).toMatchObject({ id: 5, score: 0, payload: { n } });
      expect((await c.get(100 + n))?.payload).toEqual({ n });
      expect(await c.count()).toBe(10 + n);
    }
    const { seq } = (await writer.call('c', 'delete', [5, 101, 999])) as { seq: number };
    expect(await c.getMany([5, 101, 102])).toMatchObject([undefined, undefined, { id: 102 }]);
    await writer.call('c', 'upsert', [point(5, 7)]);
    expect(await c.count({ filter: { must: { key: 'n', match: { value: 7 } } } })).toBe(2);
    expect(c.status()).toMatchObject({ points: 69, seq: seq + 1 });
    expect(await c.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }));

test('payloads that are changed elsewhere are read, found by filters and counted as they are now', () =>
  followed(async ({ writer, c }) => {
    const n7 = { filter: { must: { key: 'n', match: { value: 7 } } } };
    for (const index of [false, true]) {
      if (index) await writer.call('c', 'createPayloadIndex', 'n', 'integer');
      const before = await c.count(n7);
      await writer.call('c', 'setPayload', [1, 2], { n: 7, more: index });
      expect(await c.count(n7)).toBe(before + 2);
      expect((await c.get(2))?.payload).toEqual({ n: 7, more: index });
      await writer.call('c', 'overwritePayload', 2, { n: 2 });
      expect(await c.count(n7)).toBe(before + 1);
      expect(await c.search([2, 0, 0.5, 1], { k: 1, ...n7 })).toMatchObject([{ payload: { n: 7 } }]);
      await writer.call('c', 'setPayload', 1, { n: 1 });
    }
    expect(await c.verify()).toMatchObject({ ok: true, unreadable: 0 });
  }));

test('waitFor and minSeq wait for what the other process writes', () =>
  followed(async ({ writer, c }) => {
    const { seq } = c.status();
    const waiting = c.waitFor(seq + 3, 'searchable');
    const found = c.search([11, 0, 0.5, 1], { k: 1, minSeq: seq + 2 });
    await writer.call('c', 'upsert', points(10, 13));
    await waiting;
    expect(await found).toMatchObject([{ id: 11, score: 0 }]);
    expect(c.status().seq).toBe(seq + 3);
  }));

test('nothing that the other process wrote waits for a read: it is taken up by itself', () =>
  followed(async ({ writer, c }) => {
    await writer.call('c', 'upsert', points(10, 30));
    await until(() => c.status().points === 30);
  }));

test('collections that are made and dropped elsewhere come and go, and so do payload indexes', () =>
  followed(async ({ writer, db, c }) => {
    await writer.call('db', 'createCollection', 'd', CONFIG);
    await until(() => db.collections().length === 2);
    await writer.call('d', 'upsert', points(0, 3));
    const d = db.collection('d');
    expect(await d.count()).toBe(3);
    await writer.call('c', 'createPayloadIndex', 'n', 'integer');
    await until(() => c.info().payloadIndexes.some(({ path, state }) => path === 'n' && state === 'ready'));
    await writer.call('c', 'upsert', points(20, 25, 3));
    expect(await c.count({ filter: { must: { key: 'n', match: { value: 3 } } } })).toBe(5);
    await writer.call('db', 'dropCollection', 'd');
    await writer.call('db', 'createCollection', 'd', { ...CONFIG, dimension: 7 });
    await until(() => db.collections().find(({ name }) => name === 'd')?.config.dimension === 7);
    expect(await failureOf(() => d.count())).toBe('COLLECTION_NOT_FOUND');
    await writer.call('c', 'dropPayloadIndex', 'n');
    await until(() => c.info().payloadIndexes.length === 0);
    expect(await c.count({ filter: { must: { key: 'n', match: { value: 3 } } } })).toBe(5);
  }));

test('searches go on while the collection that they search is dropped elsewhere', () =>
  followed(async ({ writer, db, c }) => {
    let searching = true;
    const outcomes = new Set<string | undefined>();
    const searches = (async () => {
      for (; searching; await breathe())
        outcomes.add(await failureOf(() => c.search([1, 1, 1, 1], { k: 300 })));
    })();
    await writer.call('c', 'upsert', points(10, 500));
    await writer.call('db', 'dropCollection', 'c');
    await until(() => db.collections().length === 0);
    searching = false;
    await searches;
    expect([...outcomes].filter((code) => code !== undefined && code !== 'COLLECTION_NOT_FOUND')).toEqual([]);
  }));

test('it survives that the writer is killed, opens again, compacts, saves snapshots and lets the file grow', () =>
  followed(async ({ writer, c, path }) => {
    await writer.call('c', 'upsert', points(10, 400));
    await writer.kill();
    expect(await all(c)).toEqual(pairs(points(0, 400)));
    const second = await startWriter(path);
    try {
      await second.call('c', 'upsert', points(0, 200, 1));
      await second.call('c', 'compact');
      await second.call('c', 'buildNow');
      expect(await all(c)).toEqual([...pairs(points(0, 200, 1)), ...pairs(points(200, 400))]);
      const before = statSync(join(path, 'store', 'data.mdb')).size;
      const text = 'x'.repeat(10_000);
      for (let from = 1_000; from < 4_000; from += 500)
        await second.call(
          'c',
          'upsert',
          points(from, from + 500).map((one) => ({ ...one, payload: { n: 0, text } })),
        );
      expect(statSync(join(path, 'store', 'data.mdb')).size).toBeGreaterThan(before + 25_000_000);
      expect(await c.count()).toBe(3_400);
      expect((await c.get(3_999))?.payload).toEqual({ n: 0, text });
      await second.close();
      expect(await c.count()).toBe(3_400);
    } finally {
      await second.kill();
    }
  }));

test('a reader that was away for longer than the log goes back compares all rows', () =>
  followed(async ({ writer, c }) => {
    const [hit] = await c.search([3, 0, 0.5, 1], { k: 1 });
    expect(hit).toMatchObject({ id: 3 });
    for (let n = 0; n < 3; n++) await writer.call('c', 'upsert', points(n, n + 100, n));
    // So many commits in one turn of this process: nothing is looked at meanwhile.
    const many = writer.call('c', 'ingest', points(200, 900), { batchSize: 1 });
    const over = performance.now() + 700;
    while (performance.now() < over);
    await many;
    expect(await c.count()).toBe(102 + 700);
    expect(await c.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }));

/** Every file of a folder with its bytes, but LMDB's table of readers. */
function contents(path: string): Record<string, string> {
  const found: Record<string, string> = {};
  for (const name of readdirSync(path, { recursive: true }) as string[]) {
    const file = join(path, name);
    if (!statSync(file).isFile() || name.endsWith('lock.mdb')) continue;
    found[name] = createHash('sha1').update(readFileSync(file)).digest('hex');
  }
  return found;
}

test('nothing is written but the place in the table of readers: not by opening, searching, linking or closing', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const made = await open(path);
    const own = await made.createCollection('points', PAUSED);
    await own.upsert(pointsOf(1, 1_500));
    await own.upsert(pointsOf(2, 700));
    await made.close();
    const before = contents(path);
    const db = await open(path, { readOnly: true });
    const c = db.collection('points');
    expect(await c.buildNow()).toMatchObject({ linked: 1_500 });
    expect(await c.compact()).toMatchObject({ rows: 1_500, freedRows: 700 });
    expect(await c.search(pointsOf(1, 1_500)[1_400]!.vector, { k: 1 })).toMatchObject([{ id: 1_400 }]);
    expect(await c.measureRecall({ sample: 20 })).toMatchObject({ k: 10 });
    await db.close();
    expect(contents(path)).toEqual(before);
    const again = await open(path); // and nobody is locked out
    await again.close();
  }));

test('whatever would write is rejected with READ_ONLY, and has no effect', () =>
  followed(async ({ db, c }) => {
    const writes: (() => Promise<unknown>)[] = [
      () => c.upsert(point(1)),
      () => c.delete(1),
      () => c.delete({ filter: {} }),
      () => c.setPayload(1, {}),
      () => c.overwritePayload(1, {}),
      () => c.deletePayload(1, []),
      () => c.clearPayload({ filter: {} }),
      () => c.ingest([point(1)]),
      () => c.createPayloadIndex('n', 'integer'),
      () => c.dropPayloadIndex('n'),
      () => c.verify({ repair: true }),
      () => db.createCollection('x', CONFIG),
      () => db.dropCollection('c'),
    ];
    for (const write of writes) {
      const error = await errorOf(write);
      expect(error.code, String(write)).toBe('READ_ONLY');
      expect(error.message).toContain('write in the process that opened it without readOnly');
    }
    expect(await all(c)).toEqual(pairs(points(0, 10)));
  }));

test('a folder without a database, and a database that must be upgraded, are rejected with what to do', () =>
  withFolder(async (folder) => {
    const openReading = (name: string): Promise<Error & { code?: string }> =>
      errorOf(() => open(join(folder, name), { readOnly: true }));
    expect(await openReading('none')).toMatchObject({
      code: 'DATABASE_INVALID',
      message: expect.stringContaining('Check the path'),
    });
    expect(readdirSync(folder)).toEqual([]);
    await copyFormat1(join(folder, 'one'));
    await mkdir(join(folder, 'two'));
    await copyFormat2(join(folder, 'two'));
    for (const name of ['one', 'two/many']) {
      expect(await openReading(name)).toMatchObject({
        code: 'DATABASE_INVALID',
        message: expect.stringContaining('open it once without readOnly'),
      });
    }
    expect(await failureOf(() => open(undefined, { readOnly: true }))).toBe('INVALID_OPTION');
  }));

test('the process that writes cannot open it a second time, and says so', () =>
  withFolder(async (folder) => {
    const db = await open(join(folder, 'db'));
    expect(await failureOf(() => open(join(folder, 'db'), { readOnly: true }))).toBe('DATABASE_LOCKED');
    await db.close();
  }));

test('several processes read beside the one that writes', () =>
  followed(async ({ writer, c, path }) => {
    const other = await startWriter(path, { readOnly: true });
    try {
      await writer.call('c', 'upsert', points(10, 40, 2));
      expect(await other.call('c', 'count')).toBe(40);
      expect(await c.count()).toBe(40);
    } finally {
      await other.kill();
    }
  }));

test('a directory that may not be written can be read, as far as the table of readers may be', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const made = await open(path);
    await (await made.createCollection('c', CONFIG)).upsert(points(0, 10));
    await made.close();
    for (const name of ['', 'store', 'snapshots']) await chmod(join(path, name), 0o555);
    await chmod(join(path, 'store', 'data.mdb'), 0o444);
    try {
      const db = await open(path, { readOnly: true });
      expect(await all(db.collection('c'))).toEqual(pairs(points(0, 10)));
      await db.close();
    } finally {
      for (const name of ['', 'store', 'snapshots']) await chmod(join(path, name), 0o755);
    }
  }));
