/* What queries promise beyond their scores: whose points are left out, what belongs to one moment, when they end. */
import { describe, expect, test } from 'vitest';
import type { Collection, Query } from '#silt/index.js';
import { EITHER, errorOf, PAUSED, pointsOf, vectors, withCollection } from '../../support/databases.js';

const idsOf = async (points: Collection, request: Query): Promise<unknown[]> =>
  (await points.query({ withPayload: false, ...request })).map(({ id }) => id);

describe.each(EITHER)('%s', (backend) => {
  test('a query by a vector finds what a search finds, at whatever recall, filtered or not', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const all = pointsOf(1, 3_000).map((point) => ({ ...point, payload: { even: point.id % 2 === 0 } }));
      await points.ingest(all);
      await points.buildNow();
      await points.upsert(pointsOf(2, 40, 3_000));
      const filter = { must: { key: 'even', match: { value: true } } };
      for (const query of vectors(3, 5))
        for (const o of [{}, { ef: 60 }, { recall: 0.9, k: 20 }, { exact: true }, { filter }, { offset: 3 }])
          expect(await points.query({ query, ...o })).toEqual(await points.search(query, o));
    });
  });

  test('by a stored point: its vector, and not itself; a name that is not there is an error', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 100));
      expect(await points.query({ query: { id: 7 } })).toEqual(await points.search({ id: 7 }));
      const near = await idsOf(points, { query: { recommend: { positive: [3, { id: 4 }] } }, k: 100 });
      expect(near).toHaveLength(98);
      expect(near).not.toContain(3);
      const error = await errorOf(() =>
        points.query({
          query: { fusion: 'rrf' },
          prefetch: [{}, { query: { recommend: { positive: [3, 777] } } }],
        }),
      );
      expect(error).toMatchObject({ code: 'POINT_NOT_FOUND' });
      expect(error.message).toContain(
        'prefetch[1].query.recommend.positive[1]: there is no point with the id 777',
      );
    });
  });

  test('a sample has each point once, of those that match; a seed gives the same again', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 200).map((point) => ({ ...point, payload: { group: point.id % 4 } })));
      await points.delete([0, 4, 8]);
      const filter = { must: { key: 'group', match: { value: 0 } } };
      const sample = (o: object): Promise<unknown[]> =>
        idsOf(points, { query: { sample: 'random', seed: 1 }, filter, k: 10, ...o });
      const some = await sample({});
      expect(new Set(some).size).toBe(10);
      expect(some.every((id) => Number(id) % 4 === 0 && Number(id) > 8)).toBe(true);
      expect(await sample({})).toEqual(some);
      expect(await sample({ query: { sample: 'random', seed: 2 } })).not.toEqual(some);
      expect(new Set(await sample({ k: 100 })).size).toBe(47);
      expect(await idsOf(points, { query: { sample: 'random' } })).toHaveLength(10);
    });
  });

  test('without a query, points come in the order of their ids', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 300).map((point) => ({ ...point, id: `p${point.id}` })));
      await points.upsert(pointsOf(2, 5, 10).map((point) => ({ ...point, payload: { rare: true } })));
      const order: unknown[] = [];
      for await (const { id } of points.scroll()) order.push(id);
      expect(await idsOf(points, { k: 400 })).toEqual(order);
      expect(await idsOf(points, { offset: 3, k: 4 })).toEqual(order.slice(3, 7));
      const filter = { must: { key: 'rare', match: { value: true } } };
      expect(await idsOf(points, { filter })).toEqual([10, 11, 12, 13, 14]);
    });
  });
});

test('many points that take several turns: while others are written, none is missed, doubled or deleted', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const all = pointsOf(1, 12_000).map((point) => ({
      ...point,
      payload: { n: point.id, kind: point.id % 3 },
    }));
    await points.ingest(all);
    let writing = true;
    const written = (async () => {
      for (let i = 0; writing; i++) {
        const [one] = pointsOf(100 + i, 1, i % 500) as [(typeof all)[number]];
        await points.upsert({ ...one, payload: { n: one.id, kind: one.id % 3 } });
        await points.delete(500 + (i % 200));
        await points.setPayload(11_000 + (i % 100), { kind: i % 3 });
      }
    })();
    const filter = { must: { key: 'kind', match: { value: 1 } } };
    const tree: Query = {
      query: { fusion: 'rrf' },
      prefetch: [
        { query: { orderBy: { key: 'n', direction: 'desc' } }, k: 3_000, filter },
        { query: { recommend: { positive: [5_000], strategy: 'best_score' } }, k: 3_000 },
        { query: vectors(9, 1)[0]!, k: 2_000, exact: true, filter },
      ],
      k: 5_000,
    };
    for (let i = 0; i < 5; i++) {
      const ids = await idsOf(points, tree);
      expect(new Set(ids).size).toBe(ids.length);
      expect(ids.length).toBeGreaterThan(4_000);
      expect(ids).not.toContain(5_000.5);
      const everywhere = await idsOf(points, { query: { orderBy: 'n' }, k: 12_000 });
      expect(new Set(everywhere).size).toBe(everywhere.length);
      // All but those that are being deleted are there.
      expect(everywhere.filter((id) => Number(id) < 500 || Number(id) >= 700)).toHaveLength(11_800);
    }
    writing = false;
    await written;
  });
});

test('a signal ends a query that takes several turns, and so does the end of the collection', async () => {
  await withCollection('memory', PAUSED, async (points, db) => {
    await points.ingest(pointsOf(1, 8_000).map((point) => ({ ...point, payload: { n: point.id } })));
    const controller = new AbortController();
    const query: Query = { query: { orderBy: 'n' }, signal: controller.signal };
    const asked = points.query(query);
    controller.abort(new Error('enough'));
    expect((await errorOf(() => asked)).message).toBe('enough');
    expect((await errorOf(() => points.query(query))).message).toBe('enough');
    const left = points.query({ query: { orderBy: 'n' } });
    const closed = errorOf(() => left);
    await db.close();
    expect(await closed).toMatchObject({ code: 'CLOSED' });
  });
});

test('a formula without a finite value, or without a value, says so', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 3).map((point) => ({ ...point, payload: { zero: 0, word: 'a' } })));
    const ask = (formula: unknown): Promise<Error> =>
      errorOf(() => points.query({ query: { formula }, prefetch: {} } as Query));
    expect((await ask({ div: { left: 1, right: 'zero' } })).message).toContain('1 / 0 is Infinity');
    expect((await ask({ ln: 'zero' })).message).toContain('ln of 0 is -Infinity');
    expect((await ask({ sqrt: -1 })).message).toContain('sqrt of -1 is NaN');
    expect((await ask({ mult: [1e20, -1e20] })).message).toContain('-1e+40 as float32 is -Infinity');
    expect((await ask('word')).message).toContain('the formula needs a number at word, and a point has "a"');
    expect(await ask('gone')).toMatchObject({ code: 'INVALID_QUERY' });
  });
});
