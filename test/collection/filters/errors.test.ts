/* What is wrong with a call is said before anything is done, and names the place. */
import { describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import type { Collection } from '#silt/index.js';
import {
  EITHER,
  errorOf,
  failureOf,
  PAUSED,
  pointsOf,
  vectors,
  withCollection,
  withDatabase,
} from '../../support/databases.js';

const [QUERY] = vectors(1, 1) as [Float32Array];

const CALLS: Record<string, (points: Collection, filter: Filter) => Promise<unknown>> = {
  search: (points, filter) => points.search(QUERY, { filter }),
  'search, exactly': (points, filter) => points.search(QUERY, { filter, exact: true }),
  searchBatch: (points, filter) => points.searchBatch([QUERY, QUERY], { filter }),
  explain: (points, filter) => points.explain(QUERY, { filter }),
  count: (points, filter) => points.count({ filter }),
  scroll: async (points, filter) => {
    for await (const _ of points.scroll({ filter }));
  },
  delete: (points, filter) => points.delete({ filter }),
};

const BAD: readonly (readonly [unknown, RegExp])[] = [
  [null, /^filter must be an object/],
  ['all', /^filter must be an object/],
  [[], /^filter must be an object/],
  [new Map(), /^filter must be an object/],
  [{ mus: [] }, /^filter has an unknown member "mus"/],
  [
    { must: [{ key: 'a', match: { value: 1 } }, { key: 'b' }] },
    /^filter\.must\[1\] must have exactly one of/,
  ],
  [{ must: { key: 'a..b', match: { value: 1 } } }, /^filter\.must\.key must be a path/],
  [
    { must_not: { should: [{ key: 'a', range: { lt: 'soon' } }] } },
    /^filter\.must_not\.should\[0\]\.range\.lt/,
  ],
  [{ must: { has_id: [-1] } }, /^filter\.must\.has_id\[0\] is not an id/],
];

describe.each(EITHER)('%s', (backend) => {
  test.each(Object.entries(CALLS))('%s', async (_, call) => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 30));
      const { seq } = points.status();
      for (const [filter, message] of BAD) {
        const error = await errorOf(() => call(points, filter as Filter));
        expect(error).toMatchObject({ name: 'ValidationError', code: 'INVALID_FILTER' });
        expect(error.message).toMatch(message);
      }
      expect(points.status()).toMatchObject({ points: 30, seq });
      await call(points, { must: { has_id: [] } });
      expect(await points.count()).toBe(30);
    });
  });

  test.each(Object.entries(CALLS))('%s of a collection that is closed or dropped', async (_, call) => {
    await withDatabase(backend, async (db) => {
      const points = await db.createCollection('a', PAUSED);
      const other = await db.createCollection('b', PAUSED);
      await db.dropCollection('a');
      expect(await failureOf(() => call(points, {}))).toBe('COLLECTION_NOT_FOUND');
      expect(await failureOf(() => call(points, null as never))).toBe('COLLECTION_NOT_FOUND');
      await db.close();
      expect(await failureOf(() => call(other, {}))).toBe('CLOSED');
    });
  });

  test.each(Object.entries(CALLS))('%s that is under way when the collection ends', async (_, call) => {
    await withDatabase(backend, async (db) => {
      const points = await db.createCollection('a', PAUSED);
      await points.upsert(
        pointsOf(1, 4_000).map((point) => ({
          ...point,
          payload: { list: Array.from({ length: 50 }, (__, i) => i) },
        })),
      );
      const ended = failureOf(() => call(points, { must: { key: 'list', match: { value: 60 } } }));
      await db.close();
      expect(['CLOSED', undefined]).toContain(await ended);
    });
  });

  test('options that are unknown, or none at all', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 30));
      for (const o of [{ filters: {} }, { filter: {}, limit: 1 }, null, 7, 'x'])
        expect(await failureOf(() => points.count(o as object)), String(o)).toBe('INVALID_OPTION');
      for (const o of [
        { filters: {} },
        { filter: {}, k: 1 },
        { limit: -1 },
        { limit: 1.5 },
        { after: {} },
        null,
        7,
      ])
        expect(await failureOf(async () => points.scroll(o as object)), String(o)).toMatch(
          /^INVALID_(OPTION|ID)$/,
        );
      for (const o of [{ filters: {} }, { filter: {}, where: 1 }])
        expect(await failureOf(() => points.search(QUERY, o as object))).toBe('INVALID_OPTION');
      expect(await points.count({})).toBe(30);
      expect(await points.count({ filter: undefined } as object)).toBe(30);
    });
  });

  test('delete says what it takes, and deletes nothing', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 30));
      for (const which of [
        {},
        { filter: undefined },
        { id: 1 },
        { filter: {}, limit: 5 },
        new Set([1]),
        new Map(),
        new Date(),
      ])
        expect(await failureOf(() => points.delete(which as never)), JSON.stringify(which)).toBe(
          'INVALID_OPTION',
        );
      for (const which of [null, undefined, true, Number.NaN, [{}], [[1]], [{ filter: {} }]])
        expect(await failureOf(() => points.delete(which as never)), JSON.stringify(which)).toBe(
          'INVALID_ID',
        );
      expect(await points.count()).toBe(30);
      expect(await points.delete({ filter: { must: { has_id: [3, 4, 400] } } })).toMatchObject({
        deleted: 2,
      });
      expect(await points.delete({ filter: {} })).toMatchObject({ deleted: 28 });
      expect(await points.delete({ filter: {} })).toMatchObject({ deleted: 0 });
      expect(await points.count()).toBe(0);
    });
  });

  test('what was given may be changed at once', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 30));
      const ids = [1, 2, 3];
      const filter = { must: { has_id: ids } };
      const answers = [
        points.count({ filter }),
        points.search(QUERY, { filter }),
        points.delete({ filter }),
      ] as const;
      ids.push(4, 5);
      filter.must = { has_id: [9] };
      expect(await answers[0]).toBe(3);
      expect((await answers[1]).map(({ id }) => id).sort()).toEqual([1, 2, 3]);
      expect((await answers[2]).deleted).toBe(3);
    });
  });
});

test('a text without words is in no text: within must_not a deletion would delete everything, so it is rejected', () =>
  withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 3));
    for (const text of ['', '!', '— …']) {
      const filter = { must_not: { key: 't', match: { text } } };
      expect(await failureOf(() => points.delete({ filter }))).toBe('INVALID_FILTER');
      expect(await points.count({ filter })).toBe(3);
    }
    expect(await points.count()).toBe(3);
  }));
