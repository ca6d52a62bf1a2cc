/* Points without a vector in the first field: queries, scrolls and distances find them, and hide none that has one. */
import { expect, test } from 'vitest';
import type { Collection, PointInput, Query } from '#silt/index.js';
import { withCollection } from '../../support/databases.js';

const COUNT = 200;
/** One field needs no name; it is not of the slots that points without a vector have. */
const CONFIG = {
  dimension: 2,
  metric: 'euclidean',
  sparse: { words: {} },
  indexing: { threads: 1, paused: true },
} as const;
const numbers = (from: number, below: number): number[] =>
  Array.from({ length: below - from }, (_, i) => from + i);

async function withPoints(
  has: (id: number) => boolean,
  use: (points: Collection) => Promise<void>,
): Promise<void> {
  await withCollection('memory', CONFIG, async (points) => {
    await points.upsert(
      numbers(0, COUNT).map(
        (id): PointInput => ({ id, payload: { x: id }, ...(has(id) && { vector: [id, 0] }) }),
      ),
    );
    await use(points);
  });
}

const idsOf = async (points: Collection, query: Query): Promise<unknown[]> =>
  (await points.query(query)).map(({ id }) => id);
const sorted = (ids: readonly unknown[]): number[] => (ids as number[]).toSorted((a, b) => a - b);

const CASES: [string, (id: number) => boolean][] = [
  ['vectors of the first points alone', (id) => id < 40],
  ['vectors of the last points alone', (id) => id >= 160],
  ['vectors of every third point', (id) => id % 3 === 0],
];

test.each(CASES)('%s: samples and orders have all points, before and after deletions', async (_, has) => {
  await withPoints(has, async (points) => {
    const gone = [5, 6, 170, 171];
    for (const all of [numbers(0, COUNT), numbers(0, COUNT).filter((id) => !gone.includes(id))]) {
      if (all.length < COUNT) await points.delete(gone);
      const down: Query = { query: { orderBy: { key: 'x', direction: 'desc' } }, k: COUNT };
      expect(await idsOf(points, down)).toEqual(all.toReversed());
      expect(await idsOf(points, { ...down, k: 5 })).toEqual(all.toReversed().slice(0, 5));
      expect(sorted(await idsOf(points, { query: { sample: 'random' }, k: COUNT }))).toEqual(all);
      expect(sorted(await idsOf(points, { k: COUNT }))).toEqual(all);
      const pages: unknown[] = [];
      for await (const { id } of points.scroll({ orderBy: 'x' })) pages.push(id);
      expect(pages).toEqual(all);
      expect((await points.facet('x', { limit: COUNT })).map(({ value }) => value)).toEqual(all);
      expect(points.status().unreadable).toBe(0);
    }
  });
});

test.each(CASES)('%s: what compares with examples finds these and no others', async (_, has) => {
  await withPoints(has, async (points) => {
    const those = numbers(0, COUNT).filter(has);
    const example = those[10]!;
    const others = those.filter((id) => id !== example);
    for (const query of [
      { recommend: { positive: [example], strategy: 'best_score' } },
      { discover: { target: example, context: [] } },
      { nearest: { id: example } },
      { nearest: { id: example }, mmr: { diversity: 0.5, candidates: COUNT } },
    ] as Query['query'][]) {
      expect(sorted(await idsOf(points, { query, k: COUNT }))).toEqual(others);
      const prefetch = { query: { orderBy: { key: 'x' } }, k: COUNT };
      expect(sorted(await idsOf(points, { query, prefetch, k: COUNT }))).toEqual(others);
    }
    const within = await points.distanceMatrix({ sample: COUNT, limit: COUNT });
    expect(within).toHaveLength(those.length * (those.length - 1));
  });
});

test('points that get a vector while a query is under way are compared as they are then', async () => {
  await withPoints(
    (id) => id < 40,
    async (points) => {
      for (let round = 0; round < 20; round++) {
        const id = 40 + round;
        const written = points.upsert({ id, payload: { x: id }, vector: [id, 0] });
        const asked = idsOf(points, {
          query: [0, 0],
          filter: { must: { key: 'x', range: { gte: 0 } } },
          k: COUNT,
        });
        await written;
        const found = await asked;
        expect([id, id + 1]).toContain(found.length);
        expect(found).toEqual(numbers(0, found.length));
        expect(await idsOf(points, { query: [0, 0], k: COUNT })).toEqual(numbers(0, id + 1));
      }
    },
  );
});
