/*
 * Deletions by filter of any size: in pieces, one commit each; in their place among the calls; what an error or the end
 * of the process cuts short has deleted whole pieces. And none that says less than was meant.
 */
import { describe, expect, test } from 'vitest';
import { DELETION_POINTS } from '#silt/base/limits.js';
import type { Collection, CollectionConfig, Point } from '#silt/index.js';
import { EITHER, errorOf, failureOf, PAUSED, withCollection } from '../../support/databases.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { withFolder } from '../../support/files.js';
import { newMemoryStore, openLmdb, openWith } from '../../support/stores.js';

const COUNT = 2 * DELETION_POINTS + 1_000;
const CONFIG: CollectionConfig = {
  dimension: 1,
  metric: 'euclidean',
  indexing: { paused: true, threads: 1 },
};
const RED = { must: { key: 'color', match: { value: 'red' } } };

/** Points of one color, and here and there one of another. */
const many = (): Point[] =>
  Array.from({ length: COUNT }, (_, id) => ({
    id,
    vector: [id],
    payload: { color: id % 100 === 99 ? 'blue' : 'red' },
  }));
const BLUE = COUNT / 100;

describe.each(EITHER)('%s', (backend) => {
  async function withMany(use: (points: Collection, store: FaultyStore) => Promise<void>): Promise<void> {
    await withFolder(async (folder) => {
      const store = new FaultyStore(backend === 'disk' ? await openLmdb(folder) : newMemoryStore(), Infinity);
      const database = await openWith(store);
      try {
        const points = await database.createCollection('points', CONFIG);
        await points.createPayloadIndex('color', 'keyword');
        await points.upsert(many());
        store.transactions.length = 0;
        await use(points, store);
      } finally {
        await database.close();
      }
    });
  }

  const sizes = (store: FaultyStore): number[] =>
    store.transactions.flatMap(({ transaction }) => transaction.entries?.map(({ count }) => count) ?? []);

  test('a deletion of many is made in pieces, and nothing that is called later comes between them', async () => {
    await withMany(async (points, store) => {
      const deleted = points.delete({ filter: RED });
      const written = points.upsert(many().slice(0, 5));
      const again = points.delete({ filter: { must: { has_id: [0, 1] } } });
      expect(await deleted).toMatchObject({ deleted: COUNT - BLUE, seq: COUNT + COUNT - BLUE });
      expect(await written).toMatchObject({ inserted: 5 });
      expect(await again).toMatchObject({ deleted: 2 });
      expect(await points.count()).toBe(BLUE + 3);
      expect(sizes(store)).toEqual([
        DELETION_POINTS,
        DELETION_POINTS,
        COUNT - BLUE - 2 * DELETION_POINTS,
        5,
        2,
      ]);
    });
  });

  test('slots that a compaction gives anew between two pieces', async () => {
    await withMany(async (points) => {
      await points.delete(Array.from({ length: 2_000 }, (_, id) => 3 * id));
      const [deleted] = await Promise.all([
        points.compact().then(() => points.delete({ filter: RED })),
        points.compact(),
      ]);
      expect(deleted.deleted).toBeGreaterThan(DELETION_POINTS);
      expect(await points.count({ filter: RED })).toBe(0);
    });
  });

  test('where the disk refuses a piece, those before it are deleted, and the call can be made again', async () => {
    await withMany(async (points, store) => {
      const { commit } = store;
      let commits = 0;
      store.commit = (transaction) => {
        if (commits++ === 1) store.failNext(1);
        return commit.call(store, transaction);
      };
      expect(await failureOf(() => points.delete({ filter: RED }))).toBe('STORE_FAILED');
      expect(await points.count({ filter: RED })).toBe(COUNT - BLUE - DELETION_POINTS);
      expect(await points.delete({ filter: RED })).toMatchObject({
        deleted: COUNT - BLUE - DELETION_POINTS,
      });
      expect(await points.count()).toBe(BLUE);
    });
  });
});

test.each<[filter: unknown, place: string]>([
  [{ must: undefined }, 'filter.must'],
  [{ must: [] }, 'filter.must'],
  [{ should: [] }, 'filter.should'],
  [{ must_not: [] }, 'filter.must_not'],
  [{ must: [{ key: 'n', range: { gte: undefined, lt: 5 } }] }, 'filter.must[0].range.gte'],
  [{ must: { key: 'n', range: {} } }, 'filter.must.range'],
  [{ must: { key: 'n', match: { value: 1 } }, must_not: undefined }, 'filter.must_not'],
  [{ must: [{}] }, 'filter.must[0]'],
  [{ must: [{ must: [] }] }, 'filter.must[0].must'],
  [{ must_not: { has_id: [] } }, 'filter.must_not.has_id'],
  [{ must: { key: 'n', match: { except: [] } } }, 'filter.must.match.except'],
  [{ must: { nested: { key: 'a', filter: {} } } }, 'filter.must.nested.filter'],
])('a deletion whose filter lacks a part deletes nothing: %j', async (filter, place) => {
  await withCollection('memory', { ...PAUSED, dimension: 1, metric: 'euclidean' }, async (points) => {
    await points.upsert([{ id: 1, vector: [1], payload: { n: 1 } }]);
    const error = await errorOf(() => points.delete({ filter: filter as object }));
    expect(error.code).toBe('INVALID_FILTER');
    expect(error.message).toContain(`${place} `);
    expect(await points.count()).toBe(1);
    expect(await points.delete({ filter: {} })).toMatchObject({ deleted: 1 });
  });
});

test('a polygon with an empty list of holes selects what one without holes does, in every call that writes', async () => {
  const square = [
    [0, 0],
    [0, 2],
    [2, 2],
    [2, 0],
    [0, 0],
  ].map(([lat, lon]) => ({ lat: lat!, lon: lon! }));
  const area = { key: 'at', geo_polygon: { exterior: { points: square }, interiors: [] } };
  await withCollection('memory', { ...PAUSED, dimension: 1, metric: 'euclidean' }, async (points) => {
    const inside = { id: 1, vector: [1], payload: { at: { lat: 1, lon: 1 } } };
    await points.upsert([inside, { id: 2, vector: [2], payload: { at: { lat: 3, lon: 1 } } }]);
    expect(await points.upsert(inside, { condition: { must: area } })).toMatchObject({ rejected: [] });
    expect(await points.setPayload({ filter: { must: area } }, { seen: true })).toMatchObject({ updated: 1 });
    expect(await points.delete({ filter: { must_not: area } })).toMatchObject({ deleted: 1 });
    expect(await points.delete({ filter: { must: area } })).toMatchObject({ deleted: 1 });
  });
});
