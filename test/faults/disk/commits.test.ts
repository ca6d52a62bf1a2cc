/*
 * T10: commits fail, each of a whole life in its turn. What was acknowledged is there, what was refused is not, also
 * after reopening, and everything works again behind the failure.
 */
import { describe, expect, test } from 'vitest';
import { type Collection, type Database, StoreError } from '#silt/index.js';
import type { Store } from '#silt/store/store.js';
import { amount, someOf } from '../../support/amount.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { withFolder } from '../../support/files.js';
import { expectHolds, type Points, pointsOf } from '../../support/points.js';
import { newMemoryStore, openLmdb, openWith } from '../../support/stores.js';

const DIMENSION = 8;
const CONFIG = {
  dimension: DIMENSION,
  metric: 'euclidean',
  hnsw: { efConstruction: 40 },
  indexing: { paused: true, threads: 1 },
} as const;

/** A database, and what it should hold by all that it acknowledged. */
class Life {
  readonly database: Database;
  readonly model = new Map<string, Points>();

  constructor(database: Database) {
    this.database = database;
  }

  /** Does something once, and again if the disk refuses; each time, the database is as the answer says. */
  async #tried(work: () => Promise<unknown>, acknowledged: () => void): Promise<void> {
    try {
      await work();
    } catch (error) {
      expect(error).toBeInstanceOf(StoreError);
      await this.expectWhole();
      await work();
    }
    acknowledged();
    await this.expectWhole();
  }

  create(name: string): Promise<void> {
    return this.#tried(
      () => this.database.createCollection(name, CONFIG),
      () => this.model.set(name, new Map()),
    );
  }

  drop(name: string): Promise<void> {
    return this.#tried(
      () => this.database.dropCollection(name),
      () => this.model.delete(name),
    );
  }

  on(name: string, work: (collection: Collection) => Promise<unknown>): Promise<void> {
    return this.#tried(
      () => work(this.database.collection(name)),
      () => {},
    );
  }

  async upsert(name: string, seed: number, count: number, from: number): Promise<void> {
    const points = pointsOf(seed, count, DIMENSION, from);
    const existing = points.filter(({ id }) => this.model.get(name)!.has(id)).length;
    await this.#tried(
      async () => {
        const { inserted, replaced } = await this.database.collection(name).upsert(points);
        expect({ inserted, replaced }).toEqual({ inserted: count - existing, replaced: existing });
      },
      () => {
        for (const point of points) this.model.get(name)!.set(point.id, point);
      },
    );
  }

  async delete(name: string, ids: readonly number[]): Promise<void> {
    const existing = ids.filter((id) => this.model.get(name)!.has(id)).length;
    await this.#tried(
      async () => expect((await this.database.collection(name).delete(ids)).deleted).toBe(existing),
      () => {
        for (const id of ids) this.model.get(name)!.delete(id);
      },
    );
  }

  async expectWhole(database = this.database): Promise<void> {
    expect(database.collections().map(({ name }) => name)).toEqual([...this.model.keys()].sort());
    for (const [name, points] of this.model) {
      await expectHolds(database.collection(name), points);
      expect((await database.collection(name).verify()).ok).toBe(true);
    }
  }
}

/** All that commits: one thing after another, so that every run has the same commits. */
async function live(life: Life): Promise<void> {
  await life.create('b');
  await life.upsert('b', 1, 60, 0);
  await life.upsert('b', 2, 20, 50); // half of them replace
  await life.create('a');
  await life.upsert('a', 3, 10, 0);
  await life.delete('b', [3, 55, 1_000]);
  await life.on('b', (b) => b.buildNow());
  await life.drop('a');
  await life.upsert('b', 4, 5, 30);
  await life.create('c');
  await life.upsert('c', 5, 10, 0);
  await life.on('b', (b) => b.compact());
  await life.on('b', (b) => b.buildNow());
}

describe.each(someOf(['before', 'after'] as const, 2))('the n-th commit fails, %s it is made', (moment) => {
  /** Lives with every commit failing in its turn, until there is none left to fail. */
  async function liveWithEach(
    begin: () => Promise<Store>,
    after: (life: Life) => Promise<void>,
  ): Promise<void> {
    for (let n = 0; ; n += amount('SILT_STEP', 5, 1)) {
      const store = new FaultyStore(await begin(), n, moment);
      const database = await openWith(store);
      const life = new Life(database);
      try {
        await live(life);
        expect(database.collection('b').status()).toMatchObject({
          pending: 0,
          quarantined: 0,
          lastError: null,
        });
      } catch (error) {
        throw new Error(`commit ${n} failed: ${(error as Error).message}`, { cause: error });
      } finally {
        await database.close();
      }
      await after(life);
      if (!store.struck) {
        expect(n).toBeGreaterThan(10);
        return;
      }
    }
  }

  test('in memory', async () => {
    await liveWithEach(
      async () => newMemoryStore(),
      async () => {},
    );
  });

  test('on disk, and after reopening', async () => {
    await withFolder(async (folder) => {
      let round = 0;
      await liveWithEach(
        () => openLmdb(`${folder}/${++round}`),
        async (life) => {
          const again = await openWith(await openLmdb(`${folder}/${round}`));
          await life.expectWhole(again);
          await again.close();
        },
      );
    });
  });
});

test('writes that share a commit are refused together, and none of their numbers is lost', async () => {
  const store = new FaultyStore(newMemoryStore(), Infinity);
  const database = await openWith(store);
  const a = await database.createCollection('a', CONFIG);
  const b = await database.createCollection('b', CONFIG);
  const first = pointsOf(1, 20, DIMENSION);
  await a.upsert(first);
  store.failNext(1);
  const refused = await Promise.allSettled([
    a.upsert(pointsOf(2, 5, DIMENSION)),
    b.upsert(pointsOf(3, 5, DIMENSION)),
    a.delete([7, 8]),
  ]);
  expect(refused.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected']);
  await expectHolds(a, new Map(first.map((point) => [point.id, point])));
  await expectHolds(b, new Map());
  expect((await a.upsert({ ...first[0]!, id: 99 })).seq).toBe(21);
  await database.close();
});

test('durable means on the disk, also where the commit that was to see to it failed', async () => {
  const store = new FaultyStore(newMemoryStore(), Infinity);
  const database = await openWith(store);
  const a = await database.createCollection('a', CONFIG);
  const flushes = (): number =>
    store.transactions.filter(({ transaction, failed }) => transaction.flush !== false && !failed).length;
  const { seq } = await a.upsert(pointsOf(1, 1, DIMENSION), { durability: 'committed' });
  const before = flushes();
  store.failNext(2);
  await expect(a.upsert(pointsOf(2, 1, DIMENSION, 1))).rejects.toBeInstanceOf(StoreError);
  await expect(a.waitFor(seq, 'durable')).rejects.toBeInstanceOf(StoreError);
  expect(flushes()).toBe(before);
  await a.waitFor(seq, 'durable');
  expect(flushes()).toBe(before + 1);
  await database.close();
});

test('writes that wait behind the drop of their collection are refused, and the others go on', async () => {
  await withFolder(async (folder) => {
    const store = new FaultyStore(await openLmdb(folder), Infinity);
    const database = await openWith(store);
    const a = await database.createCollection('a', CONFIG);
    const b = await database.createCollection('b', CONFIG);
    const before = a.upsert(pointsOf(1, 20, DIMENSION));
    const dropped = database.dropCollection('a');
    const late = await Promise.allSettled([
      a.upsert(pointsOf(2, 20, DIMENSION)),
      b.upsert(pointsOf(3, 20, DIMENSION)),
      a.delete([1, 2]),
    ]);
    expect((await before).inserted).toBe(20);
    expect(await dropped).toBe(true);
    expect(late.map((result) => (result.status === 'rejected' ? result.reason.code : 'written'))).toEqual([
      'COLLECTION_NOT_FOUND',
      'written',
      'COLLECTION_NOT_FOUND',
    ]);
    const again = await database.createCollection('a', CONFIG);
    await expectHolds(again, new Map());
    await expectHolds(b, new Map(pointsOf(3, 20, DIMENSION).map((point) => [point.id, point])));
    await database.close();
  });
});
