/* What queries found out about all points is kept for the next ones: by many at once, and for as long as anybody asks. */
import { expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { parsePath } from '#silt/filter/path.js';
import type { Collection } from '#silt/index.js';
import { liveOf, PAUSED, pointsOf, withCollection } from '../../support/databases.js';

/** More than are kept. */
const PATHS = ['a', 'b', 'c', 'd', 'e', 'f', 'g'];

async function readsOf(points: Collection, work: () => Promise<unknown>): Promise<number> {
  const { stored } = liveOf(points);
  const { point } = stored;
  let reads = 0;
  stored.point = (row) => {
    reads++;
    return point.call(stored, row);
  };
  try {
    await work();
  } finally {
    stored.point = point;
  }
  return reads;
}

test('facets, orders and groups of more paths at once than are kept: each reads each point once', () =>
  withCollection('memory', PAUSED, async (points) => {
    const count = 2_500; // more than are read in one turn
    const payload = Object.fromEntries(PATHS.map((path, i) => [path, i]));
    await points.ingest(pointsOf(1, count).map((point) => ({ ...point, payload })));
    const once = PATHS.length * count;
    const facets = await readsOf(points, async () => {
      const all = await Promise.all(PATHS.map((path) => points.facet(path)));
      expect(all).toEqual(PATHS.map((_, i) => [{ value: i, count }]));
    });
    expect(facets).toBeLessThanOrEqual(once);
    const orders = await readsOf(points, () =>
      Promise.all(PATHS.map((path) => points.query({ query: { orderBy: path }, k: 1, withPayload: false }))),
    );
    expect(orders).toBeLessThanOrEqual(once);
    const pages = await readsOf(points, () =>
      Promise.all(PATHS.map((path) => points.scrollPage({ orderBy: path, limit: 1, withPayload: false }))),
    );
    expect(pages).toBeLessThanOrEqual(once);
  }));

test('values that changes leave behind are let go of', () =>
  withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 20).map((point) => ({ ...point, payload: { n: 0, tags: ['a', 'b'] } })));
    for (let round = 1; round <= 60; round++) {
      const n = Array.from({ length: 50 }, (_, i) => 50 * round + i);
      await points.setPayload(7, { n });
      const counts = [{ value: 0, count: 19 }, ...n.map((value) => ({ value, count: 1 }))];
      expect(await points.facet('n', { limit: 100 })).toEqual(counts);
    }
    const memo = coreOf(points).reader.memos.facets(parsePath('n', 'path'));
    expect(memo.values.length).toBeLessThan(1_500); // of 3,001
    expect(await points.facet('tags')).toEqual([
      { value: 'a', count: 20 },
      { value: 'b', count: 20 },
    ]);
  }));
