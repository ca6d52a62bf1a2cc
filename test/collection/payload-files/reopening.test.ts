import { cp, readdir, readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { PayloadFile } from '#silt/collection/upkeep/payload-file.js';
import { type Collection, type Database, open, StoreError } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import type { Committed, StoredPoint, Transaction } from '#silt/store/store.js';
import { liveOf, PAUSED, withDatabase } from '../../support/databases.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { withFolder } from '../../support/files.js';
import { FilterTwin, randomRows } from '../../support/filtered.js';
import { randomFilter } from '../../support/filters.js';
import { randomOf, vectorsFor } from '../../support/random.js';
import { until } from '../../support/steps.js';
import { openLmdb, openWith } from '../../support/stores.js';

const CONFIG = { ...PAUSED, dimension: 4 };
const VECTOR = vectorsFor('cosine', 1, 1, 4)[0]!;

afterEach(() => {
  nodePlatform.faults.file = undefined;
});

const files = async (path: string): Promise<string[]> => (await readdir(join(path, 'snapshots'))).sort();

/** A store that counts how many points are read, and whose commits can be held up, to fail. */
class WatchedStore extends FaultyStore {
  points = 0;
  /** Patches that it told of. */
  patches = 0;
  held: { fail(): void } | undefined;
  hold = false;

  override point(collection: number, row: number): StoredPoint | undefined {
    this.points++;
    return super.point(collection, row);
  }

  override *patched(collection: number, after: number): Generator<number> {
    for (const row of super.patched(collection, after)) {
      this.patches++;
      yield row;
    }
  }

  override async commit(transaction: Transaction): Promise<Committed> {
    if (!this.hold) return super.commit(transaction);
    this.hold = false;
    return new Promise((_, reject) => {
      this.held = { fail: () => reject(new StoreError('STORE_FAILED', 'held up, to fail', undefined)) };
    });
  }
}

async function openWatched(path: string): Promise<{ db: Database; store: WatchedStore }> {
  const store = new WatchedStore(await openLmdb(path), Infinity);
  return { db: await openWith(store), store };
}

const numbered = (
  from: number,
  to: number,
  version = 0,
): { id: number; vector: Float32Array; payload: object }[] =>
  Array.from({ length: to - from }, (_, i) => ({
    id: from + i,
    vector: VECTOR,
    payload: { number: from + i, version },
  }));
const put = (collection: Collection, from: number, to: number, version = 0): Promise<unknown> =>
  collection.upsert(numbered(from, to, version) as never);
const at = (key: string, value: number): Filter => ({ must: { key, match: { value } } });

describe('reopening', () => {
  test('reads no payload: all comes from the file', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      const random = randomOf(1);
      const first = await open(path);
      const twin = new FilterTwin(await first.createCollection('a', CONFIG));
      await twin.put(randomRows(1, 600, 'cosine', 4));
      await twin.indexSome(random, 1);
      await twin.put(randomRows(2, 100, 'cosine', 4, 300));
      await twin.remove([101, 102, 103]);
      await first.close();
      expect(await files(path)).toEqual(['1.payloads', '1.snapshot']);
      for (let openings = 0; openings < 3; openings++) {
        const { db, store } = await openWatched(path);
        twin.collection = db.collection('a');
        twin.expectReady();
        expect(store.points).toBe(0);
        for (let i = 0; i < 30; i++) await twin.expectCount(randomFilter(random));
        await new Promise((resolve) => setTimeout(resolve, 5));
        const { filter } = await twin.collection.explain(VECTOR, { filter: at('n', 1) });
        expect(filter!.payloadsRead).toBe(0);
        await db.close();
      }
    });
  });

  test('looks once at payloads that were changed alone, and not at each opening', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      let db = await open(path);
      await put(await db.createCollection('a', CONFIG), 0, 100);
      await db.close();
      db = await open(path);
      await db.collection('a').setPayload([3, 50], { number: 5_000 });
      await db.close();
      const { db: again, store } = await openWatched(path);
      expect(store.patches).toBe(0);
      expect((await again.collection('a').get(50))?.payload).toMatchObject({ number: 5_000 });
      await again.close();
    });
  });

  test('what came after the file was written is taken in', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      const first = await open(path);
      const collection = await first.createCollection('a', CONFIG);
      await collection.createPayloadIndex('number', 'integer');
      await put(collection, 0, 200);
      await first.close();
      const second = await open(path, { closeBudgetMs: 0 });
      await put(second.collection('a'), 150, 300, 1);
      await second.collection('a').delete([0, 1]);
      await second.close();
      const { db, store } = await openWatched(path);
      const again = db.collection('a');
      await until(() => again.info().payloadIndexes[0]!.state === 'ready');
      expect(store.points).toBe(150);
      expect(await again.count({ filter: { must: { key: 'number', range: { gte: 100, lt: 250 } } } })).toBe(
        150,
      );
      expect(await again.count({ filter: at('number', 0) })).toBe(0);
      expect(await again.count({ filter: at('number', 299) })).toBe(1);
      await db.close();
    });
  });

  test('an index that was dropped leaves the file, and the last one takes it away', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      let db = await open(path);
      const collection = await db.createCollection('a', CONFIG);
      await put(collection, 0, 50);
      await collection.createPayloadIndex('number', 'integer');
      await collection.createPayloadIndex('version', 'keyword');
      await db.close();
      db = await open(path);
      await db.collection('a').dropPayloadIndex('number');
      await db.close();
      db = await open(path);
      expect(db.collection('a').info().payloadIndexes).toMatchObject([{ path: 'version', rows: 50 }]);
      expect((await readFile(join(path, 'snapshots', '1.payloads'))).includes('"number"')).toBe(false);
      await db.collection('a').dropPayloadIndex('version');
      await db.close();
      expect(await files(path)).toEqual(['1.snapshot']);
      db = await open(path);
      expect(db.collection('a').info().payloadIndexes).toEqual([]);
      await db.close();
    });
  });

  test('defined, and ended before its contents were saved: they are made at the next opening', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      let db = await open(path, { closeBudgetMs: 0 });
      const collection = await db.createCollection('a', CONFIG);
      await put(collection, 0, 3_000);
      const made = collection.createPayloadIndex('number', 'integer').catch(() => {});
      await until(() => collection.info().payloadIndexes.length === 1);
      await db.close();
      await made;
      await rm(join(path, 'snapshots', '1.payloads'), { force: true });
      db = await open(path);
      const again = db.collection('a');
      expect(await again.count({ filter: at('number', 7) })).toBe(1);
      await until(() => again.info().payloadIndexes[0]!.state === 'ready');
      expect(again.info().payloadIndexes).toMatchObject([{ path: 'number', kind: 'integer', rows: 3_000 }]);
      await db.close();
    });
  });

  test('a file of rows in an outdated order is not used', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      let db = await open(path, { closeBudgetMs: 0 });
      let collection = await db.createCollection('a', CONFIG);
      await collection.createPayloadIndex('number', 'integer');
      await put(collection, 0, 100);
      await collection.compact(); // writes snapshot and file
      // Rows that come and go leave no trace in the store, but had their places, and the file knows them by these.
      for (let round = 0; round < 3; round++) await put(collection, 200, 240, round);
      await put(collection, 300, 340);
      const before = await readFile(join(path, 'snapshots', '1.payloads'));
      await collection.createPayloadIndex('version', 'integer');
      const saved = async (): Promise<boolean> =>
        !(await readFile(join(path, 'snapshots', '1.payloads'))).equals(before);
      while (!(await saved())) await new Promise((resolve) => setTimeout(resolve, 2));
      await db.close();
      // The rows behind the snapshot are read from the store: other places. The snapshot is written, the file is not.
      db = await open(path);
      await until(() =>
        db
          .collection('a')
          .info()
          .payloadIndexes.every(({ state }) => state === 'ready'),
      );
      let opens = 0;
      nodePlatform.faults.file = (operation) => {
        if (operation === 'open' && ++opens > 1) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      };
      await db.close();
      nodePlatform.faults.file = undefined;
      expect(opens).toBe(2);
      db = await open(path);
      collection = db.collection('a');
      for (const number of [0, 99, 200, 239, 300, 339])
        expect(await collection.count({ filter: at('number', number) }), String(number)).toBe(1);
      expect(await collection.count({ filter: at('version', 2) })).toBe(40);
      expect(await collection.count({ filter: at('version', 1) })).toBe(0);
      await db.close();
    });
  });

  test('a commit that fails while the file is written leaves no hole in it', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      const { db, store } = await openWatched(path);
      const collection = await db.createCollection('a', CONFIG);
      await collection.createPayloadIndex('number', 'integer');
      await collection.createPayloadIndex('version', 'integer');
      await put(collection, 0, 6_000, 5);
      await collection.compact();
      const own = join(path, 'snapshots', '1.payloads');
      await rm(own);
      store.hold = true;
      const refused = put(collection, 10_000, 10_100, 7).catch((error: unknown) => error);
      const live = liveOf(collection);
      await until(() => live.payloadIndexes.get('number')!.upTo > live.rows.slots);
      nodePlatform.faults.file = (operation) => {
        if (operation === 'write') store.held?.fail();
      };
      await new PayloadFile(live, own).save();
      nodePlatform.faults.file = undefined;
      expect(await refused).toBeInstanceOf(StoreError);
      const copy = join(folder, 'copy');
      await cp(path, copy, { recursive: true, filter: (from) => from !== join(path, 'lock') });
      for (const [where, opened] of [
        ['here', db],
        ['reopened', await open(copy)],
      ] as const) {
        const there = opened.collection('a');
        await until(() => there.info().payloadIndexes.every(({ state }) => state === 'ready'));
        expect(await there.count({ filter: at('version', 5) }), where).toBe(6_000);
        expect(await there.count({ filter: at('version', 7) }), where).toBe(0);
        expect(await there.count({ filter: at('number', 5_999) }), where).toBe(1);
        await put(there, 10_000, 10_010, 8);
        expect(await there.count({ filter: at('version', 8) }), where).toBe(10);
        await opened.close();
      }
    });
  });
});

describe('what is left on the disk', () => {
  test('nothing, where the collection is dropped while the file is written', async () => {
    await withDatabase('disk', async (db, path) => {
      for (let round = 0; round < 15; round++) {
        const collection = await db.createCollection('a', CONFIG);
        await put(collection, 0, 200);
        await collection.createPayloadIndex('number', 'integer');
        for (let turns = round % 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        await db.dropCollection('a');
      }
      await db.close();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await files(path!)).toEqual([]);
    });
  });

  test('nothing is written any more once the database is closed', async () => {
    await withFolder(async (folder) => {
      for (let round = 0; round < 10; round++) {
        const path = join(folder, String(round));
        const db = await open(path, { closeBudgetMs: 0 });
        const collection = await db.createCollection('a', CONFIG);
        await put(collection, 0, 200);
        await collection.createPayloadIndex('number', 'integer');
        for (let turns = round % 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        await db.close();
        const then = await files(path);
        expect(then.filter((name) => name.endsWith('.tmp'))).toEqual([]);
        await new Promise((resolve) => setTimeout(resolve, 10));
        expect(await files(path)).toEqual(then);
      }
    });
  });
});
