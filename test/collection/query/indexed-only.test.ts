/* Searches and steps of queries that leave out what is not indexed yet: pending points are in none of their results. */
import { expect, test } from 'vitest';
import { type Collection, open, type SearchOptions } from '#silt/index.js';

const CONFIG = {
  vectors: {
    v: { dimension: 2, metric: 'euclidean' },
    w: { dimension: 2, metric: 'euclidean' },
  },
  indexing: { threads: 1, paused: true },
} as const;
const INDEXED = 3_000;
const PENDING = 200;

const at = (id: number) => ({ v: [id, 0], ...(id % 3 === 0 && { w: [id, 0] }) });
const point = (id: number) => ({ id, vector: at(id), payload: { even: id % 2 === 0 } });
const pointsFrom = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => point(from + i));

/** Points 0 to 2,999 are indexed, those behind them are not; nor is point 5, whose vector was changed. */
async function withPending(use: (points: Collection) => Promise<void>): Promise<void> {
  await using db = await open();
  const points = await db.createCollection('points', CONFIG);
  await points.upsert(pointsFrom(0, INDEXED));
  await points.buildNow();
  await points.upsert(pointsFrom(INDEXED, INDEXED + PENDING));
  await points.updateVectors({ id: 5, vector: { v: [INDEXED, 0] } });
  await use(points);
}

const idsOf = (found: readonly { id: unknown }[]): unknown[] => found.map(({ id }) => id);

test('pending points are left out by searches of all kinds, and by steps that search', () =>
  withPending(async (points) => {
    const near = [INDEXED + 100, 0];
    const even = { must: { key: 'even', match: { value: true } } };
    const asked: readonly (readonly [SearchOptions, readonly number[]])[] = [
      [{ using: 'v', k: 3 }, [2_999, 2_998, 2_997]],
      [{ using: 'v', k: 3, exact: true }, [2_999, 2_998, 2_997]],
      [{ using: 'v', k: 3, offset: 1, ef: 64 }, [2_998, 2_997, 2_996]],
      [{ using: 'v', k: 3, filter: even }, [2_998, 2_996, 2_994]],
      [{ using: 'w', k: 3 }, [2_997, 2_994, 2_991]],
      [{ using: 'w', k: 2, filter: even }, [2_994, 2_988]],
    ];
    for (const [options, ids] of asked) {
      const search = { ...options, indexedOnly: true };
      expect(idsOf(await points.search(near, search))).toEqual(ids);
      expect(idsOf((await points.searchBatch([near, near], search))[1]!)).toEqual(ids);
      const query = { ...search, query: near };
      expect(idsOf(await points.query(query))).toEqual(ids);
      const pending = idsOf(await points.search(near, options));
      expect(pending.every((id) => (id as number) >= INDEXED || id === 5)).toBe(true);
    }
    const one = { using: 'v', query: near, k: 3, indexedOnly: true };
    const fused = await points.query({
      query: { fusion: 'rrf' },
      prefetch: [one, { ...one, indexedOnly: false, k: 1 }],
    });
    expect(fused).toHaveLength(4);
    await points.buildNow();
    expect(idsOf(await points.search([INDEXED, 0], { using: 'v', k: 2, indexedOnly: true })).sort()).toEqual(
      [INDEXED, 5].sort(),
    );
  }));

test('rows that are left out are not scanned, and the graph is searched as if they were not there', () =>
  withPending(async (points) => {
    const { plan, counters, hits } = await points.explain([1_000, 0], {
      using: 'v',
      k: 600,
      ef: 600,
      indexedOnly: true,
    });
    expect(plan).toMatch(
      /^graph walk with ef \d+, without the rows not indexed yet; of the \d+ nearest, those that match$/,
    );
    expect([counters.rowsScanned, hits.length]).toEqual([0, 600]);
    const among = await points.explain([1_000, 0], {
      using: 'v',
      k: 600,
      ef: 600,
      indexedOnly: true,
      filter: { must_not: { has_id: Array.from({ length: 600 }, (_, id) => id) } },
    });
    expect(among.plan).toMatch(/2400.*, without the rows not indexed yet$/);
    expect(among.counters.rowsScanned).toBe(0);
  }));

test('where nothing is indexed, nothing is found', async () => {
  await using db = await open();
  const points = await db.createCollection('points', CONFIG);
  await points.upsert(pointsFrom(0, 50));
  expect(await points.search([1, 0], { using: 'v', indexedOnly: true })).toEqual([]);
  expect(await points.query({ using: 'v', query: [1, 0], indexedOnly: true })).toEqual([]);
});
