/* Databases that earlier releases wrote open, and keep everything. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Collection, type Database, open } from '#silt/index.js';
import { STORE_VERSION } from '#silt/store/lmdb/identity.js';
import type { StoredPoint } from '#silt/store/store.js';
import { failureOf, PAUSED, pointsOf } from '../support/databases.js';
import { FaultyStore } from '../support/faulty-store.js';
import { withFolder } from '../support/files.js';
import {
  copyFormat1,
  copyFormat2,
  copyFormat3,
  copyFormat4,
  EXPECTED,
  expectAnswers,
  expectContents,
  expectFormat1,
  formatOf,
  toFormat1,
} from '../support/formats.js';
import { arenaBytesFor, openOn } from '../support/machines.js';
import { until } from '../support/steps.js';
import { openLmdb, openWith } from '../support/stores.js';

/** Graph and store have the same rows, and every one is reached. */
async function expectWhole(collection: Collection): Promise<void> {
  expect(await collection.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
}

test('a database of store format 1 opens with all its points, and takes new ones', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await copyFormat1(path);
    let db = await open(path);
    await expectFormat1(db);
    await db.close();

    db = await open(path);
    await expectFormat1(db);
    for (const name of Object.keys(EXPECTED)) {
      const collection = db.collection(name);
      const { dimension } = collection.config;
      const vector = Array.from({ length: dimension }, (_, i) => i % 2);
      expect(await collection.upsert({ id: 'new', vector, payload: { n: 1 } })).toMatchObject({
        inserted: 1,
      });
      expect(await collection.get('new')).toMatchObject({ payload: { n: 1 } });
      await collection.delete('new');
      await collection.buildNow();
      await expectWhole(collection);
    }
    await expectFormat1(db);
    await db.close();
  }));

test('a database that is closed while its rows are rewritten keeps them all, and the next opening goes on', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const points = pointsOf(1, 9_000); // five transactions of the upgrade
    const made = await open(path);
    await (await made.createCollection('points', PAUSED)).upsert(points);
    await made.close();
    await toFormat1(path);

    const left: number[] = [];
    for (let upgrading = true; upgrading; ) {
      const name = 'silt:store:upgrade';
      let step = (): void => {};
      const firstStep = new Promise<void>((resolve) => (step = resolve));
      subscribe(name, step);
      const db = await open(path);
      await firstStep;
      const reading = failureOf(() => db.collection('points').getMany(points.map(({ id }) => id)));
      await db.close();
      unsubscribe(name, step);
      expect([undefined, 'CLOSED']).toContain(await reading);
      const format = await formatOf(path);
      expect(format.version).toBe(STORE_VERSION);
      left.push(format.oldRows);
      upgrading = format.upgrading;
    }
    expect(left.length).toBeGreaterThan(1);
    expect([...new Set(left)].sort((a, b) => b - a)).toEqual(left);
    expect(left.at(-1)).toBe(0);
    const db = await open(path);
    const found = await db.collection('points').getMany(points.map(({ id }) => id));
    expect(found.map((point) => point?.id)).toEqual(points.map(({ id }) => id));
    expect(await db.collection('points').verify()).toMatchObject({ ok: true });
    await db.close();
  }));

/** Counts the payloads that are read. */
class CountingStore extends FaultyStore {
  points = 0;

  override point(collection: number, row: number): StoredPoint | undefined {
    this.points++;
    return super.point(collection, row);
  }
}

/** Runs `use`; returns why snapshots and files of payload indexes were rejected meanwhile. */
async function rejectedWhile(use: () => Promise<void>): Promise<string[]> {
  const rejected: string[] = [];
  const note = (message: unknown): void => {
    const { path, error } = message as { path: string; error: Error };
    rejected.push(`${path}: ${error.message}`);
  };
  subscribe('silt:snapshot:rejected', note);
  try {
    await use();
  } finally {
    unsubscribe('silt:snapshot:rejected', note);
  }
  return rejected;
}

const indexedOf = (db: Database): Record<string, number> =>
  Object.fromEntries(db.collections().map(({ name }) => [name, db.collection(name).status().indexed]));

test('a database of store format 2 opens with all its points, and with the graphs and payload indexes of its snapshots', () =>
  withFolder(async (folder) => {
    const { many } = await copyFormat2(folder);
    const path = join(folder, 'many');
    const indexed = Object.fromEntries(Object.entries(many).map(([name, own]) => [name, own.indexed]));
    const rejected = await rejectedWhile(async () => {
      const store = new CountingStore(await openLmdb(path), Infinity);
      const db = await openWith(store);
      expect(indexedOf(db)).toEqual(indexed);
      const ready = (): boolean =>
        Object.keys(many).every((name) =>
          db
            .collection(name)
            .info()
            .payloadIndexes.every(({ state }) => state === 'ready'),
        );
      await until(ready);
      expect(store.points).toBe(35); // those that `behind` took after its snapshot
      await expectContents(db, many);
      await db.close();
    });
    expect(rejected).toEqual([]);

    const db = await open(path);
    for (const name of Object.keys(many)) {
      const collection = db.collection(name);
      await collection.buildNow();
      await expectWhole(collection);
      expect(collection.status()).toMatchObject({ pending: 0, errors: {} });
    }
    await expectContents(db, many);
    await db.close();
  }));

test.each([1, 2, 5])(
  'a collection of three arenas, in snapshot format 3, opens with its graph on %i threads',
  (threads) =>
    withFolder(async (folder) => {
      const { arenas } = await copyFormat2(folder);
      const arenaBytes = arenaBytesFor({ dimension: 4, metric: 'euclidean' }, 5, 1);
      const rejected = await rejectedWhile(async () => {
        const db = await openOn(join(folder, 'arenas'), { threads, arenaBytes });
        expect(indexedOf(db)).toEqual({ points: arenas['points']!.indexed });
        await expectContents(db, arenas);
        await db.collection('points').upsert({ id: 'more', vector: [1, 2, 3, 4] });
        await db.collection('points').buildNow();
        await expectWhole(db.collection('points'));
        await db.close();
      });
      expect(rejected).toEqual([]);
    }),
);

test('a database of store format 3 opens with all its points, its graphs, its payload indexes, and the same answers', () =>
  withFolder(async (folder) => {
    const { many } = await copyFormat3(folder);
    const path = join(folder, 'many');
    const indexed = Object.fromEntries(Object.entries(many).map(([name, own]) => [name, own.indexed]));
    const rejected = await rejectedWhile(async () => {
      for (const readOnly of [true, false, false]) {
        const db = await open(path, { readOnly });
        expect(indexedOf(db)).toEqual(indexed);
        await expectContents(db, many);
        await expectAnswers(db, many);
        for (const name of Object.keys(many)) await expectWhole(db.collection(name));
        await db.close();
      }
    });
    expect(rejected).toEqual([]);
    expect(await formatOf(path)).toMatchObject({ upgrading: false, oldRows: 0 });

    const db = await open(path);
    for (const name of Object.keys(many)) {
      const collection = db.collection(name);
      await collection.buildNow();
      await expectWhole(collection);
      expect(collection.status()).toMatchObject({ pending: 0, errors: {} });
    }
    await expectContents(db, many);
    await expectAnswers(db, many);
    await db.close();
  }));

test('a collection of three arenas, in snapshot format 4, opens with its graph and the same answers', () =>
  withFolder(async (folder) => {
    const { arenas } = await copyFormat3(folder);
    const arenaBytes = arenaBytesFor({ dimension: 4, metric: 'euclidean' }, 5, 1);
    const rejected = await rejectedWhile(async () => {
      for (const threads of [1, 5]) {
        const db = await openOn(join(folder, 'arenas'), { threads, arenaBytes });
        expect(indexedOf(db)).toEqual({ arenas: arenas['arenas']!.indexed });
        await expectContents(db, arenas);
        await expectAnswers(db, arenas);
        await expectWhole(db.collection('arenas'));
        await db.close();
      }
    });
    expect(rejected).toEqual([]);
  }));

test('a database of store format 4 opens with the payloads that were changed, whether its indexes know of them or not', () =>
  withFolder(async (folder) => {
    const contents = await copyFormat4(folder);
    const indexed = Object.fromEntries(Object.entries(contents).map(([name, own]) => [name, own.indexed]));
    const path = join(folder, 'database');
    const rejected = await rejectedWhile(async () => {
      for (const readOnly of [true, false, false]) {
        const db = await open(path, { readOnly });
        expect(indexedOf(db)).toEqual(indexed);
        await expectContents(db, contents);
        for (const name of Object.keys(contents)) await expectWhole(db.collection(name));
        await db.close();
      }
    });
    expect(rejected).toEqual([]);

    const db = await open(path);
    const patched = db.collection('patched');
    await patched.setPayload({ filter: {} }, { last: true });
    await patched.buildNow();
    await patched.compact();
    expect(await patched.count({ filter: { must: { key: 'last', match: { value: true } } } })).toBe(
      contents['patched']!.points.length,
    );
    await expectWhole(patched);
    await db.close();
  }));
