/* Groups, facets, orders, the distances of a sample, and how a query was answered: each against a naive count. */
import { describe, expect, test } from 'vitest';
import type { Collection, Point, Query } from '#silt/index.js';
import { EITHER, errorOf, PAUSED, pointsOf, vectors, withCollection } from '../../support/databases.js';
import { matchesFilter, valuesOf } from '../../support/filter-oracle.js';
import { randomFilter } from '../../support/filters.js';
import fc, { runs } from '../../support/properties.js';
import { EXACT_METRICS, inText, QUERY_DIMENSION, randomPoint, randomQuery } from '../../support/queries.js';
import { QueryOracle } from '../../support/query-oracle.js';
import { integer, randomOf } from '../../support/random.js';

type Value = string | number | boolean;

const isValue = (value: unknown): value is Value => ['string', 'number', 'boolean'].includes(typeof value);
const elementsAt = (payload: object | undefined, path: string): Value[] => [
  ...new Set(
    valuesOf((payload ?? {}) as Record<string, unknown>, path)
      .flat(1)
      .filter(isValue),
  ),
];

/** Numbers, then strings, then booleans. */
function byValue(a: Value, b: Value): number {
  const types = ['number', 'string', 'boolean'];
  return types.indexOf(typeof a) - types.indexOf(typeof b) || (a < b ? -1 : a > b ? 1 : 0);
}

const KEYS = ['price', 'rank', 'rank[]', 'tags', 's', 'flag', 'sub.n', 'gone'] as const;

describe.each(EXACT_METRICS.slice(0, 2))('%s', (metric) => {
  const config = { dimension: QUERY_DIMENSION, metric, indexing: { threads: 1, paused: true } };
  const random = randomOf(5);
  const all = Array.from({ length: 80 }, (_, i) => randomPoint(random, metric, i));

  test('groups are those of the best points, each full as far as the query finds so many', async () => {
    await withCollection('memory', config, async (points) => {
      await points.upsert(all as unknown as Point[]);
      await fc.assert(
        fc.asyncProperty(fc.nat(2 ** 30), fc.nat(2), async (seed, depth) => {
          const own = randomOf(seed);
          const oracle = new QueryOracle(metric, all);
          const request = randomQuery({ random: own, metric, ids: all.map(({ id }) => id) }, depth);
          // Diverse choices depend on how many are asked for.
          if (inText(request).includes('mmr')) return;
          const groupBy = KEYS[integer(own, 0, KEYS.length)]!;
          const { hits } = oracle.ask({ ...request, k: 100_000, offset: 0 });
          if (oracle.blurred) return;
          const [size, count, offset] = [integer(own, 1, 4), integer(own, 1, 6), request.offset ?? 0];
          const groups = new Map<Value, unknown[]>();
          for (const { id } of hits)
            for (const key of elementsAt(all.find((point) => point.id === id)?.payload, groupBy)) {
              const group = groups.get(key) ?? [];
              groups.set(key, group);
              if (group.length < size && !group.includes(id)) group.push(id);
            }
          const found = await points.queryGroups({
            ...(request as Query),
            groupBy,
            groupSize: size,
            groups: count,
          });
          const expected = [...groups].slice(offset, offset + count);
          expect(found.map(({ key, hits: some }) => [key, some.map(({ id }) => id)])).toEqual(expected);
        }),
        { numRuns: runs(500) },
      );
    });
  });

  test('facets count each point once for each of its values, whatever is written, patched and deleted', async () => {
    await withCollection('memory', config, async (points) => {
      const there = new Map(all.map((point) => [point.id, point]));
      await points.upsert(all as unknown as Point[]);
      for (let seed = 0; seed < runs(400); seed++) {
        const own = randomOf(seed);
        const id = integer(own, 0, 90);
        const point = randomPoint(own, metric, id);
        if (seed % 3 === 0) {
          await points.upsert(point as unknown as Point);
          there.set(id, point);
        } else if (seed % 3 === 1) {
          await points.delete(id);
          there.delete(id);
        } else {
          await points.overwritePayload(id, point.payload!);
          const old = there.get(id);
          if (old) there.set(id, { ...old, payload: point.payload });
        }
        if (seed % 50 === 49) await points.compact();
        const filter = seed % 2 ? randomFilter(own) : undefined;
        const key = KEYS[integer(own, 0, KEYS.length)]!;
        const counts = new Map<Value, number>();
        for (const { id: one, payload } of there.values())
          if (!filter || matchesFilter(filter, payload, one))
            for (const value of elementsAt(payload, key)) counts.set(value, (counts.get(value) ?? 0) + 1);
        const expected = [...counts].sort(([a, m], [b, n]) => n - m || byValue(a, b)).slice(0, 5);
        const found = await points.facet(key, { limit: 5, ...(filter && { filter }) });
        expect(
          found.map(({ value, count }) => [value, count]),
          `seed ${seed}`,
        ).toEqual(expected);
      }
    });
  });
});

/** Pages of a scroll in an order, as values and ids. */
async function pagesOf(
  points: Collection,
  o: object,
  between: () => Promise<void> = async () => {},
): Promise<unknown[]> {
  const rows: unknown[] = [];
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await points.scrollPage({ withPayload: false, ...o, cursor });
    rows.push(...page.points.map(({ id, orderValue }) => [orderValue, id]));
    cursor = page.next;
    await between();
  }
  return rows;
}

describe.each(EITHER)('%s', (backend) => {
  test('scroll and its pages have points in the order of a value, equal ones by their ids', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const random = randomOf(3);
      const all = pointsOf(1, 300).map((point) => ({
        ...point,
        payload: { n: integer(random, 0, 6), at: `2024-01-${10 + (point.id % 9)}`, odd: point.id % 2 === 1 },
      }));
      await points.upsert(all.toReversed());
      await points.upsert({ ...pointsOf(2, 1, 900)[0]!, payload: { n: [2, 4, 4] } });
      await points.upsert({ ...pointsOf(2, 1, 901)[0]!, payload: { n: 'none' } });
      const expected = [...all.map(({ id, payload }) => [payload.n, id]), [2, 900], [4, 900]] as [
        number,
        number,
      ][];
      const ascending = expected.toSorted(([m, a], [n, b]) => m - n || a - b);
      expect(await pagesOf(points, { orderBy: 'n', limit: 37 })).toEqual(ascending);
      const down = expected.toSorted(([m, a], [n, b]) => n - m || a - b);
      const descending = { key: 'n', direction: 'desc', startFrom: 4 };
      expect(await pagesOf(points, { orderBy: descending, limit: 11 })).toEqual(down.filter(([n]) => n <= 4));
      const scrolled: unknown[] = [];
      for await (const { id, orderValue } of points.scroll({ orderBy: 'n', limit: 50 }))
        scrolled.push([orderValue, id]);
      expect(scrolled).toEqual(ascending.slice(0, 50));
      const filter = { must: { key: 'odd', match: { value: true } } };
      const times = await pagesOf(points, { orderBy: 'at', filter, limit: 100 });
      expect(times).toHaveLength(150);
      expect((times[0] as number[])[0]).toBe(Date.parse('2024-01-10') * 1_000);
    });
  });

  test('what is written between two pages of an order doubles no point, and hides none that stays', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const all = pointsOf(1, 200).map((point) => ({ ...point, payload: { n: point.id % 3 } }));
      await points.upsert(all);
      let at = 0;
      const rows = await pagesOf(points, { orderBy: 'n', limit: 20 }, async () => {
        await points.upsert(all.filter(({ id }) => id % 7 === at % 7)); // again, as they are
        await points.delete(190 + at++);
        await points.compact();
      });
      const ids = rows.map((row) => (row as number[])[1]!);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.filter((id) => id < 190)).toHaveLength(190);
    });
  });
});

test.each(['価格', 'größe', '"a \u{1f40b}".b'])(
  'pages in the order of %s, which is no path of bytes',
  (orderBy) =>
    withCollection('memory', PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 9).map((point) => ({ ...point, payload: { n: point.id } })));
      const key = orderBy.startsWith('"') ? 'b' : orderBy;
      for (const { id } of pointsOf(1, 9)) {
        if (key === orderBy) await points.setPayload(id, { [key]: id % 4 });
        else await points.setPayload(id, { [key]: id % 4 }, { path: orderBy.slice(0, -2) });
      }
      const rows = await pagesOf(points, { orderBy, limit: 2 });
      expect(rows).toEqual([0, 4, 8, 1, 5, 2, 6, 3, 7].map((id) => [id % 4, id]));
    }),
);

test('a cursor of another order is refused, and so is after', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 9).map((point) => ({ ...point, payload: { a: 1, b: 2 } })));
    const { next: cursor } = await points.scrollPage({ orderBy: 'a', limit: 2 });
    const wrong = [
      { orderBy: 'b', cursor },
      { orderBy: { key: 'a', direction: 'desc' }, cursor },
      { cursor },
      { orderBy: 'a', cursor: 'AAAA' },
    ] as const;
    for (const o of wrong)
      expect(await errorOf(() => points.scrollPage(o))).toMatchObject({ code: 'INVALID_OPTION' });
    const error = await errorOf(async () => points.scroll({ orderBy: 'a', after: 3 }));
    expect(error.message).toContain('use startFrom');
  });
});

test('the distances of a sample are those of a search among its points', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    await points.upsert(
      pointsOf(1, 400).map((point) => ({ ...point, payload: { even: point.id % 2 === 0 } })),
    );
    const filter = { must: { key: 'even', match: { value: true } } };
    // In one turn, and in several.
    for (const sample of [12, 150]) {
      const pairs = await points.distanceMatrix({ sample, limit: 4, filter, seed: 7 });
      const ids = [...new Set(pairs.map(({ a }) => a))];
      expect(ids).toHaveLength(sample);
      expect(pairs).toHaveLength(4 * sample);
      for (const id of ids) {
        expect(Number(id) % 2).toBe(0);
        const near = await points.search({ id }, { k: 4, exact: true, filter: { must: { has_id: ids } } });
        expect(pairs.filter(({ a }) => a === id).map(({ b, score }) => [b, score])).toEqual(
          near.map((hit) => [hit.id, hit.score]),
        );
      }
      expect(await points.distanceMatrix({ sample, limit: 4, filter, seed: 7 })).toEqual(pairs);
    }
  });
});

test('explain prints the tree: what each step asked, how it was answered, how much it found, and when', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    await points.ingest(pointsOf(1, 2_000).map((point) => ({ ...point, payload: { n: point.id } })));
    await points.buildNow();
    const request: Query = {
      query: { fusion: 'rrf' },
      prefetch: [
        { query: vectors(2, 1)[0]!, ef: 50, k: 30 },
        { query: { orderBy: 'n' }, filter: { must: { key: 'n', range: { gte: 1_990 } } } },
      ],
      k: 5,
    };
    const { plan, hits, root, ms } = await points.explain(request);
    expect(hits).toEqual(await points.query(request));
    expect(plan.split('\n').map((line) => line.replace(/, [\d.]+ ms$/, ''))).toEqual([
      'fusion rrf (k 2): 2 lists made one; 5 results',
      '  nearest: graph walk with ef 50; 30 results',
      '  order by n, least first: 10 points match, by reading payloads; values of 10 points; 10 results',
    ]);
    expect(root.prefetch.map(({ place, given }) => [place, given])).toEqual([
      ['prefetch[0]', 30],
      ['prefetch[1]', 10],
    ]);
    expect(root.prefetch[0]!.counters.nodesVisited).toBeGreaterThan(30);
    expect(ms.total).toBeGreaterThanOrEqual(ms.hydrate);
    const error = await errorOf(() => points.explain({ query: [1] } as never, { k: 3 } as never));
    expect(error.message).toContain('takes the options of a query inside it');
  });
});
