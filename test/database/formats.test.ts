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
  type Contents5,
  copyFormat1,
  copyFormat2,
  copyFormat3,
  copyFormat4,
  copyFormat5,
  EXPECTED,
  expectAnswers,
  expectContents,
  expectFormat1,
  formatOf,
  idOf,
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

/** A value as plain data. */
function plainOf(value: unknown): unknown {
  if (value instanceof Float32Array) return [...value];
  if (Array.isArray(value)) return value.map(plainOf);
  const { indices, values } = value as { indices: Uint32Array; values: Float32Array };
  return { indices: [...indices], values: [...values] };
}

async function expectVectors(changed: Collection, { points }: Contents5): Promise<void> {
  expect(await changed.count()).toBe(points.length);
  const found = await changed.getMany(points.map(({ id }) => idOf(id)));
  for (const [i, { vector, payload }] of points.entries()) {
    const own = Object.entries(found[i]!.vector ?? {}).map(([name, value]) => [name, plainOf(value)]);
    expect(Object.fromEntries(own)).toEqual(vector);
    expect(found[i]!.payload).toEqual(payload);
  }
  for (const name of ['', 'a', 'b', 'm', 's']) {
    const having = points.filter(({ vector }) => name in vector);
    const { vector } = having[7]!;
    const hits = await changed.search(vector[name] as number[], { using: name, k: 100, withPayload: false });
    const ids = new Set(having.map(({ id }) => idOf(id)));
    if (name === 's') for (const { id } of hits) expect(ids).toContain(id);
    else expect(new Set(hits.map(({ id }) => id))).toEqual(ids);
    expect(await changed.count({ filter: { must: { has_vector: name } } })).toBe(having.length);
  }
  const nearest = points.filter(({ vector }) => 'a' in vector).slice(0, 20);
  for (const { id, vector } of nearest)
    expect(await changed.search(vector['a'] as number[], { using: 'a', k: 60 })).toContainEqual(
      expect.objectContaining({ id: idOf(id), score: 0 }),
    );
}

test('a database of store format 5 opens with the vectors that were changed, whether its snapshots know of them or not', () =>
  withFolder(async (folder) => {
    const contents = await copyFormat5(folder);
    const path = join(folder, 'database');
    const rejected = await rejectedWhile(async () => {
      for (const readOnly of [true, false]) {
        const db = await open(path, { readOnly });
        const changed = db.collection('changed');
        for (const name of ['', 'a', 'b'])
          expect(changed.status().fields[name], name).toMatchObject({ indexed: contents.fields[name] });
        await expectVectors(changed, contents);
        await expectWhole(changed);
        await db.close();
      }
    });
    expect(rejected).toEqual([]);
    const db = await open(path);
    const changed = db.collection('changed');
    await changed.buildNow();
    await changed.compact();
    await expectVectors(changed, contents);
    await changed.dropField('a');
    await expectWhole(changed);
    await db.close();
  }));
