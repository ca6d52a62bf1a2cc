/*
 * A write that is committed is acknowledged, whatever fails behind the commit: its rows are taken up from what was
 * committed. Where that cannot be done, the collection is poisoned, and nothing is lost: no row number is given twice,
 * and after opening again everything that was committed is there. Other collections notice nothing.
 */
import { describe, expect, test } from 'vitest';
import type { Engine } from '#silt/hnsw/engine.js';
import type { Collection, Database } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { errorOf, failureOf, liveOf } from '../support/databases.js';
import { putEntry } from '../support/entries.js';
import { FaultyStore } from '../support/faulty-store.js';
import { withFolder } from '../support/files.js';
import { expectHolds, type Points, pointsOf } from '../support/points.js';
import { newMemoryStore, openLmdb, openWith } from '../support/stores.js';

const DIMENSION = 8;
const CONFIG = {
  dimension: DIMENSION,
  metric: 'euclidean',
  hnsw: { efConstruction: 40 },
  indexing: { paused: true, threads: 1 },
} as const;

const OOPS = 'out of order';

/** Two collections whose writes go into one commit; they are opened again at the end, where they are on a disk. */
async function withTwo(
  backend: 'disk' | 'memory',
  use: (a: Collection, b: Collection, store: FaultyStore) => Promise<{ a: Points; b: Points }>,
): Promise<void> {
  await withFolder(async (folder) => {
    const openStore = async (): Promise<FaultyStore> =>
      new FaultyStore(backend === 'disk' ? await openLmdb(folder) : newMemoryStore(), Infinity);
    const store = await openStore();
    const database = await openWith(store);
    const a = await database.createCollection('a', CONFIG);
    const b = await database.createCollection('b', CONFIG);
    await a.createPayloadIndex('seed', 'integer');
    let held: { a: Points; b: Points };
    try {
      held = await use(a, b, store);
    } finally {
      await database.close();
    }
    if (backend === 'memory') return;
    const again: Database = await openWith(await openStore());
    try {
      await expectHolds(again.collection('a'), held.a);
      await expectHolds(again.collection('b'), held.b);
      const more = pointsOf(77, 5, DIMENSION, 500);
      await again.collection('a').upsert(more); // row numbers go on behind the last
      await expectHolds(again.collection('a'), new Map([...held.a, ...byId(more)]));
    } finally {
      await again.close();
    }
  });
}

const byId = (points: ReturnType<typeof pointsOf>): Points =>
  new Map(points.map((point) => [point.id, point]));

const engineIn = (collection: Collection): Engine => liveOf(collection).graphs[0]!.engine;

/** What may fail behind a commit: each as often as is said, on the row that is said. */
const FAULTS: Record<string, (collection: Collection, at: number, times: number) => void> = {
  'a row that cannot be staged': (collection, at, times) => {
    const engine = engineIn(collection);
    const stage = engine.stage.bind(engine);
    engine.stage = (pairs, behind) => {
      const failing = times-- > 0;
      return stage(failing ? failingAt(pairs, at) : pairs, behind);
    };
  },
  'rows that cannot be published': (collection, at, times) => {
    const engine = engineIn(collection);
    const publish = engine.publish.bind(engine);
    engine.publish = (staged, keys) => {
      if (times-- <= 0) return publish(staged, keys);
      publish(staged.slice(0, at), keys);
      throw new Error(OOPS);
    };
  },
  'a payload index that throws': (collection, at, times) => {
    const indexes = liveOf(collection).payloadIndexes;
    const add = indexes.add.bind(indexes);
    let left = at;
    indexes.add = (slot, payload) => {
      if (left-- <= 0 && times-- > 0) throw new Error(OOPS);
      add(slot, payload);
    };
  },
};

function* failingAt<T>(items: Iterable<T>, at: number): Generator<T> {
  let i = 0;
  for (const item of items) {
    if (i++ === at) throw new Error(OOPS);
    yield item;
  }
}

describe.each(someOf(['memory', 'disk'] as const, 2))('%s', (backend) => {
  describe.each(Object.keys(FAULTS))('%s', (name) => {
    test.each(someOf([0, 1, 19], 2))(
      'row %i: the write is acknowledged, and all of it is there',
      async (at) => {
        await withTwo(backend, async (a, b) => {
          const first = pointsOf(1, 20, DIMENSION);
          await Promise.all([a.upsert(first), b.upsert(first)]);
          const second = pointsOf(2, 20, DIMENSION, 10); // half of them replace
          FAULTS[name]!(a, at, 1);
          const [inA, inB, gone] = await Promise.all([
            a.upsert(second),
            b.upsert(second),
            a.delete([0, 1, 12]),
          ]);
          expect(inA).toMatchObject({ inserted: 10, replaced: 10 });
          expect(inB).toMatchObject({ inserted: 10, replaced: 10 });
          expect(gone).toMatchObject({ deleted: 3 });
          expect(a.status()).toMatchObject({ state: 'paused', lastError: null });
          const all = new Map([...byId(first), ...byId(second)]);
          const left = new Map([...all].filter(([id]) => ![0, 1, 12].includes(Number(id))));
          await expectHolds(a, left);
          await expectHolds(b, all);
          expect(await a.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
          const third = pointsOf(3, 4, DIMENSION, 300);
          await a.upsert(third);
          const held = new Map([...left, ...byId(third)]);
          await expectHolds(a, held);
          return { a: held, b: all };
        });
      },
    );
  });

  test.each(['a row that cannot be staged', 'rows that cannot be published'])(
    '%s, again and again: only that collection is poisoned, reads go on, and opening again mends it',
    async (name) => {
      await withTwo(backend, async (a, b) => {
        const first = pointsOf(1, 20, DIMENSION);
        await Promise.all([a.upsert(first), b.upsert(first)]);
        const second = pointsOf(2, 20, DIMENSION, 10);
        FAULTS[name]!(a, 7, Infinity);
        const [inA, inB] = await Promise.allSettled([a.upsert(second), b.upsert(second)]);
        expect(inA).toMatchObject({ status: 'rejected', reason: { code: 'COLLECTION_POISONED' } });
        expect(inB).toMatchObject({ status: 'fulfilled', value: { inserted: 10, replaced: 10 } });
        const all = new Map([...byId(first), ...byId(second)]);
        await expectHolds(b, all);
        await expectPoisoned(a);
        await b.upsert(pointsOf(5, 1, DIMENSION, 400));
        return { a: all, b: new Map([...all, ...byId(pointsOf(5, 1, DIMENSION, 400))]) };
      });
    },
  );

  test('a view of the store that cannot be renewed at once is renewed the next time', async () => {
    await withTwo(backend, async (a, b, store) => {
      const some = pointsOf(1, 20, DIMENSION);
      store.failRefreshes(1);
      await Promise.all([a.upsert(some), b.upsert(some)]);
      await expectHolds(a, byId(some));
      return { a: byId(some), b: byId(some) };
    });
  });

  test('a view of the store that cannot be renewed poisons what was written, and loses nothing', async () => {
    await withTwo(backend, async (a, b, store) => {
      const first = pointsOf(1, 20, DIMENSION);
      await Promise.all([a.upsert(first), b.upsert(first)]);
      store.failRefreshes(2);
      const second = pointsOf(2, 20, DIMENSION, 10);
      expect(await failureOf(() => a.upsert(second))).toBe('COLLECTION_POISONED');
      await expectHolds(a, byId(first)); // as before
      await b.upsert(second); // from here on, the store shows what a does not have
      const all = new Map([...byId(first), ...byId(second)]);
      await expectHolds(b, all);
      await expectPoisoned(a);
      return { a: all, b: all };
    });
  });

  test('a store that has come further than the collection poisons it: no row is passed over, no number given twice', async () => {
    await withTwo(backend, async (a, b, store) => {
      const some = pointsOf(1, 20, DIMENSION);
      await Promise.all([a.upsert(some), b.upsert(some)]);
      const [passed] = pointsOf(4, 1, DIMENSION, 900);
      const { id, vector } = passed!;
      const payload = { ...passed!.payload };
      const put = putEntry(liveOf(a).collection, [
        { id, vector: Array.from(vector as Float32Array), payload },
      ]);
      await store.commit({ entries: [put] });
      const second = pointsOf(2, 20, DIMENSION, 10);
      expect(await failureOf(() => a.upsert(second))).toBe('COLLECTION_POISONED');
      await expectPoisoned(a);
      await b.upsert(second);
      const all = new Map([...byId(some), ...byId(second)]);
      return { a: new Map([...all, ...byId([passed!])]), b: all };
    });
  });
});

async function expectPoisoned(points: Collection): Promise<void> {
  const error = await errorOf(() => points.upsert(pointsOf(9, 1, DIMENSION)));
  expect(error.code).toBe('COLLECTION_POISONED');
  expect(error.message).toContain('open it again');
  const writes: (() => Promise<unknown>)[] = [
    () => points.delete(1),
    () => points.delete({ filter: {} }),
    () => points.createPayloadIndex('x', 'keyword'),
    () => points.dropPayloadIndex('seed'),
    () => points.compact(),
  ];
  for (const write of writes) expect(await failureOf(write), String(write)).toBe('COLLECTION_POISONED');
  expect(points.status()).toMatchObject({ state: 'degraded', lastError: error.message });
  const [query] = pointsOf(1, 1, DIMENSION);
  for (const o of [{}, { exact: true }, { filter: { must: { key: 'seed', range: { gte: 0 } } } }, { k: 50 }])
    await points.search(query!.vector, o);
  await points.searchBatch([query!.vector]);
  await points.explain(query!.vector);
  expect(await points.get(0)).toBeDefined();
  await points.getMany([0, 1, 2, 15, 29]);
  await points.count({ filter: { must: { key: 'seed', range: { gte: 0 } } } });
  for (const o of [{}, { filter: { must: { key: 'seed', range: { gte: 0 } } } }])
    for await (const _ of points.scroll(o));
  await points.buildNow();
}
