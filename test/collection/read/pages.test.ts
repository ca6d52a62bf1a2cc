/* Which of the results are given, and what of them: offset, threshold, parts of payloads, by the id of a point, pages. */
import { describe, expect, test } from 'vitest';
import type { Collection, StoredPoint } from '#silt/index.js';
import { failureOf, withCollection } from '../../support/databases.js';

const LINE = { dimension: 2, metric: 'euclidean' } as const;

/** Points 0, 1, 2 … on a line, at as many steps from the origin. */
async function line(points: Collection, count: number): Promise<void> {
  await points.upsert(
    Array.from({ length: count }, (_, id) => ({
      id,
      vector: [id, 0],
      payload: { id, name: { first: `n${id}`, last: 'x' }, tags: [{ a: 1, b: 2 }, { a: 3 }] },
    })),
  );
}

const idsOf = (hits: readonly { readonly id: unknown }[]): unknown[] => hits.map(({ id }) => id);

describe('offset and scoreThreshold', () => {
  test.each([0, 3_000])('pages of a search follow one another, of %i indexed points too', (indexed) =>
    withCollection('memory', LINE, async (points) => {
      await line(points, Math.max(50, indexed));
      if (indexed > 0) await points.buildNow();
      const o = { exact: indexed === 0 };
      const first = await points.search([0, 0], { ...o, k: 5 });
      const second = await points.search([0, 0], { ...o, k: 5, offset: 5 });
      expect([...idsOf(first), ...idsOf(second)]).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
      const report = await points.explain([0, 0], { ...o, k: 5, offset: 5 });
      expect(idsOf(report.hits)).toEqual([5, 6, 7, 8, 9]);
      expect(report.counters.hitsFromWindow).toBeLessThanOrEqual(5);
      const [batch] = await points.searchBatch([[0, 0]], { ...o, k: 5, offset: 5 });
      expect(batch).toEqual(second);
    }),
  );

  test('behind the last point there is nothing', () =>
    withCollection('memory', LINE, async (points) => {
      await line(points, 7);
      expect(idsOf(await points.search([0, 0], { k: 5, offset: 5 }))).toEqual([5, 6]);
      expect(await points.search([0, 0], { offset: 7 })).toEqual([]);
    }));

  test('a threshold is a distance where smaller is better, and a similarity where greater is', async () => {
    await withCollection('memory', LINE, async (points) => {
      await line(points, 7);
      expect(idsOf(await points.search([0, 0], { scoreThreshold: 3 }))).toEqual([0, 1, 2, 3]);
      expect(idsOf(await points.search([0, 0], { scoreThreshold: 3, offset: 2 }))).toEqual([2, 3]);
      expect(await points.search([0, 5], { scoreThreshold: 1 })).toEqual([]);
    });
    await withCollection('memory', { ...LINE, metric: 'dot' }, async (points) => {
      await line(points, 7);
      expect(idsOf(await points.search([1, 0], { scoreThreshold: 4 }))).toEqual([6, 5, 4]);
    });
  });

  test('what is out of range is rejected', () =>
    withCollection('memory', LINE, async (points) => {
      for (const o of [
        { offset: -1 },
        { offset: 0.5 },
        { scoreThreshold: Number.NaN },
        { scoreThreshold: '1' },
      ])
        expect(await failureOf(() => points.search([0, 0], o as object))).toBe('INVALID_OPTION');
      for (const o of [{ offset: 100_001 }, { offset: 99_999, k: 2 }])
        expect(await failureOf(() => points.search([0, 0], o))).toBe('LIMIT_EXCEEDED');
    }));
});

describe('withPayload', () => {
  test('gives a part of the payload, by paths to keep or to leave out', () =>
    withCollection('memory', LINE, async (points) => {
      await line(points, 3);
      const of = async (withPayload: object): Promise<unknown> => {
        const [hit] = await points.search([1, 0], {
          k: 1,
          withPayload: withPayload as { include: string[] },
        });
        return hit!.payload;
      };
      expect(await of({ include: ['id', 'name.first'] })).toEqual({ id: 1, name: { first: 'n1' } });
      expect(await of({ include: ['tags[].a'] })).toEqual({ tags: [{ a: 1 }, { a: 3 }] });
      expect(await of({ include: ['tags[1]'] })).toEqual({ tags: [{ a: 3 }] });
      expect(await of({ include: ['nothing', 'name.nothing', 'id.of', 'tags[].c'] })).toEqual({});
      expect(await of({ include: ['tags[0].b', 'tags[].a'] })).toEqual({ tags: [{ a: 1, b: 2 }, { a: 3 }] });
      expect(await of({ include: ['tags[]', 'tags[0].b'] })).toEqual({ tags: [{ a: 1, b: 2 }, { a: 3 }] });
      expect(await of({ include: [] })).toEqual({});
      expect(await of({ exclude: ['name', 'tags[].b'] })).toEqual({ id: 1, tags: [{ a: 1 }, { a: 3 }] });
      expect(await of({ exclude: ['tags[0]', 'name.last', 'nothing.at'] })).toEqual({
        id: 1,
        name: { first: 'n1' },
        tags: [{ a: 3 }],
      });
      expect(await of({ exclude: [] })).toEqual((await points.get(1))!.payload);
    }));

  test('so do scrolls and batches; what is stored stays whole', () =>
    withCollection('memory', LINE, async (points) => {
      await line(points, 2);
      const withPayload = { include: ['id'] };
      const scrolled: unknown[] = [];
      for await (const { payload } of points.scroll({ withPayload })) scrolled.push(payload);
      expect(scrolled).toEqual([{ id: 0 }, { id: 1 }]);
      for await (const point of points.scroll({ withPayload: false }))
        expect(point).not.toHaveProperty('payload');
      const [hits] = await points.searchBatch([[0, 0]], { k: 1, withPayload });
      expect(hits![0]!.payload).toEqual({ id: 0 });
      expect((await points.get(0))!.payload).toHaveProperty('name.first', 'n0');
    }));

  test('what is neither is rejected, naming the place', () =>
    withCollection('memory', LINE, async (points) => {
      const bad = [
        {},
        { include: ['a'], exclude: ['b'] },
        { include: 'a' },
        { only: ['a'] },
        'id',
        null,
        ['id'],
      ];
      for (const withPayload of bad)
        await expect(points.search([0, 0], { withPayload } as object)).rejects.toThrow(/withPayload/);
      await expect(points.search([0, 0], { withPayload: { include: ['a..b'] } })).rejects.toThrow(
        /withPayload\.include\[0\]/,
      );
    }));
});

describe('search({ id })', () => {
  test.each([30, 3_000])('finds what is near a point, and not the point itself (of %i)', (count) =>
    withCollection('memory', LINE, async (points) => {
      await line(points, count);
      if (count > 1_000) await points.buildNow();
      const hits = await points.search({ id: 10 }, { k: 4 });
      expect(idsOf(hits).sort()).toEqual([11, 12, 8, 9].sort());
      expect(await points.searchBatch([{ id: 10 }, [10, 0]], { k: 4 })).toEqual([
        hits,
        await points.search([10, 0], { k: 4 }),
      ]);
      expect((await points.explain({ id: 10n }, { k: 4 })).hits).toEqual(hits);
      expect(idsOf(await points.search({ id: 10 }, { k: 2, offset: 2 })).sort()).toEqual([12, 8]);
      await points.upsert({ id: 'copy', vector: [10, 0] });
      expect(idsOf(await points.search({ id: 10 }, { k: 1 }))).toEqual(['copy']);
      const filter = { must: { has_id: [10, 20] } };
      expect(idsOf(await points.search({ id: 10 }, { filter }))).toEqual([20]);
    }),
  );

  test('an id that is not there is an error, and so is what is neither a vector nor { id }', () =>
    withCollection('memory', LINE, async (points) => {
      await line(points, 3);
      expect(await failureOf(() => points.search({ id: 7 }))).toBe('POINT_NOT_FOUND');
      expect(await failureOf(() => points.explain({ id: 7 }))).toBe('POINT_NOT_FOUND');
      expect(await failureOf(() => points.search({ id: -1 }))).toBe('INVALID_ID');
      expect(await failureOf(() => points.search({ id: 1, k: 3 } as never))).toBe('INVALID_OPTION');
      expect(await failureOf(() => points.search({} as never))).toBe('INVALID_VECTOR');
    }));
});

test('has: whether a point is there, as of what has resolved', () =>
  withCollection('memory', LINE, async (points) => {
    await line(points, 3);
    expect(await Promise.all([points.has(2), points.has(2n), points.has('2'), points.has(3)])).toEqual([
      ...[true, true, false, false],
    ]);
    await points.delete(2);
    expect(await points.has(2)).toBe(false);
    expect(await failureOf(() => points.has(-1))).toBe('INVALID_ID');
  }));

describe('scrollPage', () => {
  test.each([1, 7, 10, 25, 26])('pages of %i have every point once, in the order of scroll', (limit) =>
    withCollection('memory', LINE, async (points) => {
      await line(points, 20);
      await points.upsert(
        ['ä', 'b'.repeat(200), '\u{1f600}', 'a', 'z'].map((id) => ({ id, vector: [1, 1] })),
      );
      const all: StoredPoint[] = [];
      for await (const point of points.scroll({ withVector: true })) all.push(point);
      const paged: StoredPoint[] = [];
      let pages = 0;
      for (let cursor: string | null | undefined; cursor !== null; pages++) {
        const page = await points.scrollPage({ limit, cursor, withVector: true });
        expect(page.points.length).toBeLessThanOrEqual(limit);
        paged.push(...page.points);
        cursor = page.next;
      }
      expect(paged).toEqual(all);
      expect(pages).toBe(Math.ceil(25 / limit));
    }),
  );

  test('a filter and parts of payloads, as in scroll; points that come or go between pages shift nothing', () =>
    withCollection('memory', LINE, async (points) => {
      await line(points, 20);
      const filter = { must: { key: 'id', range: { gte: 5 } } };
      const o = { filter, limit: 5, withPayload: { include: ['id'] } };
      const first = await points.scrollPage(o);
      expect(first.points.map(({ payload }) => payload)).toEqual([5, 6, 7, 8, 9].map((id) => ({ id })));
      await points.delete([3, 9, 10]);
      const second = await points.scrollPage({ ...o, cursor: first.next });
      expect(idsOf(second.points)).toEqual([11, 12, 13, 14, 15]);
      expect((await points.scrollPage({ filter: { must: { has_id: [99] } } })).next).toBeNull();
    }));

  test('a cursor that did not come from scrollPage is rejected', () =>
    withCollection('memory', LINE, async (points) => {
      for (const cursor of ['', 'x', 'AAAA', '!', 7, {}, 'AQ=='])
        expect(await failureOf(() => points.scrollPage({ cursor } as object)), String(cursor)).toBe(
          'INVALID_OPTION',
        );
      expect(await failureOf(() => points.scrollPage({ limit: 0 }))).toBe('INVALID_OPTION');
    }));
});

test('a signal ends a scroll between two pages, and a deletion before its commit', () =>
  withCollection('memory', LINE, async (points) => {
    await line(points, 600);
    const ending = new AbortController();
    const seen: unknown[] = [];
    const reading = async (): Promise<void> => {
      for await (const { id } of points.scroll({ signal: ending.signal })) {
        seen.push(id);
        if (seen.length === 10) ending.abort(new Error('enough'));
      }
    };
    await expect(reading()).rejects.toThrow('enough');
    expect(seen.length).toBeLessThan(600);
    await expect(points.delete([1, 2], { signal: ending.signal })).rejects.toThrow('enough');
    await expect(points.delete({ filter: {} }, { signal: ending.signal })).rejects.toThrow('enough');
    expect(await points.count()).toBe(600);
    expect((await points.delete([1, 2], { durability: 'committed' })).deleted).toBe(2);
    expect(await failureOf(() => points.delete(1, { durability: 'never' } as object))).toBe('INVALID_OPTION');
    expect(await failureOf(() => points.delete(1, { wait: true } as object))).toBe('INVALID_OPTION');
  }));
