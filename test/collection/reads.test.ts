/* What reads promise: k is exact, order is stable, a scroll meets every point once, options do what they say. */
import { describe, expect, test } from 'vitest';
import type { PointId, StoredPoint } from '#silt/index.js';
import {
  EITHER,
  errorOf,
  failureOf,
  PAUSED,
  pointsOf,
  SMALL,
  same,
  vectors,
  withCollection,
} from '../support/databases.js';
import { expectExact, expectSound, type Rows } from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { vectorsFor } from '../support/random.js';

const [query] = vectors(99, 1) as [Float32Array];

async function all(points: AsyncIterable<StoredPoint>): Promise<StoredPoint[]> {
  const list: StoredPoint[] = [];
  for await (const point of points) list.push(point);
  return list;
}

describe.each(EITHER)('%s', (backend) => {
  test('ids come back as they were given, whatever they begin with', async () => {
    await withCollection(backend, SMALL, async (points) => {
      const ids: PointId[] = ['\ufeffx', 'x', '7', 7, 2n ** 64n - 1n, 'é', '\u{1f600}'];
      await points.upsert(ids.map((id) => ({ id, vector: query })));
      expect(new Set((await points.search(query)).map(({ id }) => id))).toEqual(new Set(ids));
      for (const id of ids) expect((await points.get(id))?.id).toBe(id);
    });
  });

  test('an empty collection answers with an empty list', async () => {
    await withCollection(backend, SMALL, async (points) => {
      expect(await points.search(query)).toEqual([]);
      expect(await points.search(query, { exact: true })).toEqual([]);
      expect(await points.searchBatch([query, query])).toEqual([[], []]);
      expect(await points.searchBatch([])).toEqual([]);
      expect(await points.get(1)).toBeUndefined();
      expect(await points.getMany([1, 'x'])).toEqual([undefined, undefined]);
      expect(await all(points.scroll())).toEqual([]);
      expect(await points.count()).toBe(0);
      expect(await points.delete(1)).toMatchObject({ deleted: 0 });
      expect((await points.explain(query)).hits).toEqual([]);
      expect(await points.buildNow()).toMatchObject({ linked: 0, quarantined: 0 });
      expect(await points.measureRecall()).toMatchObject({ value: 1, sample: 0 });
      expect(await points.compact()).toMatchObject({ rows: 0, freedRows: 0 });
      expect(await points.verify()).toMatchObject({ ok: true });
      expect(points.status()).toMatchObject({ state: 'ready', points: 0, pending: 0, etaSeconds: 0 });
      await points.waitFor(0, 'indexed');
    });
  });

  test.each(METRICS)('%s: exact k, best first, scores as users of the metric expect them', async (metric) => {
    await withCollection(backend, { ...PAUSED, metric }, async (points) => {
      const rows: Rows = new Map(vectorsFor(metric, 1, 300, 30).map((vector, id) => [id, vector]));
      await points.ingest([...rows].map(([id, vector]) => ({ id, vector })));
      const ask = async (vector: Float32Array, o: { k: number; ef?: number; exact?: boolean }) =>
        (await points.search(vector, o)).map(({ id, score }): [number, number] => [Number(id), score]);
      for (let linked = 0; linked < 2; linked++) {
        for (const vector of vectorsFor(metric, 2, 4, 30)) {
          for (const k of [1, 10, 299, 300, 301, 20_000])
            expectExact(await ask(vector, { k }), { rows, metric, query: vector, k });
          expectExact(await ask(vector, { k: 10, ef: 10, exact: true }), {
            rows,
            metric,
            query: vector,
            k: 10,
          });
          expectSound(await ask(vector, { k: 10, ef: 20 }), { rows, metric, query: vector, k: 10 });
        }
        await points.buildNow();
      }
    });
  });

  test('payload and vector are there as asked for', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert([
        { id: 1, vector: query, payload: { a: 1 } },
        { id: 2, vector: query.map((x) => -x) },
      ]);
      const keys = async (o: object) => (await points.search(query, o)).map((hit) => Object.keys(hit).sort());
      expect(await keys({})).toEqual([
        ['id', 'payload', 'score'],
        ['id', 'score'],
      ]);
      expect(await keys({ withPayload: false })).toEqual([
        ['id', 'score'],
        ['id', 'score'],
      ]);
      expect(await keys({ withVector: true, withPayload: false })).toEqual([
        ['id', 'score', 'vector'],
        ['id', 'score', 'vector'],
      ]);
      expect(Object.keys((await points.get(2))!).sort()).toEqual(['id', 'vector']);
      await points.upsert({ id: 1, vector: query }); // without: the payload goes as well
      expect(await points.get(1)).toEqual({ id: 1, vector: query });
      await points.upsert({ id: 1, vector: query, payload: {} });
      expect(await points.get(1)).toEqual({ id: 1, vector: query, payload: {} });
    });
  });

  test('getMany answers in the order asked, also twice, also with gaps', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const some = pointsOf(1, 20);
      await points.upsert(some);
      await points.delete(5);
      const got = await points.getMany([3, 99, 5, 3n, 'x', 0]);
      expect(got.map((point) => point?.id)).toEqual([3, undefined, undefined, 3, undefined, 0]);
      expect(got[3]!.vector).toEqual(some[3]!.vector);
      expect(await points.getMany([])).toEqual([]);
    });
  });

  test('scroll: in the order of ids, from any id, to any limit', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const ids: PointId[] = ['b', 'a', 2n ** 63n, 'ä', 'B', '10', 10, 9, 0, 2 ** 40];
      const more = Array.from({ length: 600 }, (_, i) => 1000 + i);
      const each = [...ids, ...more].map((id) => ({ id, vector: query, payload: { of: String(id) } }));
      await points.ingest(each);
      const sorted = [0, 9, 10, ...more, 2 ** 40, 2n ** 63n, '10', 'B', 'a', 'b', 'ä'];
      const listed = await all(points.scroll());
      expect(listed.map(({ id }) => id)).toEqual(sorted);
      expect(listed[0]).toEqual({ id: 0, payload: { of: '0' } });
      expect((await all(points.scroll({ withVector: true, limit: 1 })))[0]!.vector).toEqual(query);
      for (const limit of [0, 1, 255, 256, 257, 512, 611, 5000])
        expect((await all(points.scroll({ limit }))).map(({ id }) => id)).toEqual(sorted.slice(0, limit));
      const behind: [after: PointId, at: number][] = [
        [0, 1],
        [5, 1],
        [10n, 3],
        [1599, 603],
        [2 ** 40, 604],
        [2n ** 64n - 1n, 605],
        ['1', 605],
        ['10', 606],
        ['B', 607],
        ['az', 608],
        ['ä', 610],
      ];
      for (const [after, at] of behind) {
        expect((await all(points.scroll({ after }))).map(({ id }) => id)).toEqual(sorted.slice(at));
        expect((await all(points.scroll({ after, limit: 3 }))).map(({ id }) => id)).toEqual(
          sorted.slice(at, at + 3),
        );
      }
    });
  });

  test('scroll while others write: what stays is met once, nothing is met twice, nothing is torn', async () => {
    await withCollection(backend, SMALL, async (points) => {
      const stay = pointsOf(1, 1500).map((point) => ({ ...point, id: 2 * point.id }));
      await points.ingest(stay);
      const known = new Map(stay.map(({ id, vector }) => [id, vector]));
      const seen = new Set<PointId>();
      let round = 0;
      for await (const { id, vector } of points.scroll({ withVector: true })) {
        expect(seen.has(id)).toBe(false);
        seen.add(id);
        if (known.has(id as number)) expect(same(vector!, known.get(id as number)!)).toBe(true);
        if (seen.size % 100 !== 0) continue;
        const odd = Array.from({ length: 20 }, (_, i) => 1 + 2 * ((round * 397 + i * 31) % 1500));
        await points.upsert(odd.map((other) => ({ id: other, vector: query })));
        if (round++ % 2) await points.delete(odd.slice(5));
        await points.upsert(stay.slice(3 * round, 3 * round + 3)); // new rows of the same points
      }
      for (const { id } of stay) expect(seen.has(id), `${id} was not met`).toBe(true);
    });
  });

  test('a scroll that is left early, and two at once', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.ingest(pointsOf(1, 700));
      for await (const { id } of points.scroll()) if (id === 300) break;
      const [one, two] = [points.scroll(), points.scroll({ after: 99 })].map((s) =>
        s[Symbol.asyncIterator](),
      );
      for (let i = 0; i < 600; i++) {
        expect((await one!.next()).value.id).toBe(i);
        expect((await two!.next()).value.id).toBe(100 + i);
      }
    });
  });

  test('searchBatch answers each query as search does', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.ingest(pointsOf(1, 500));
      await points.buildNow();
      await points.upsert(pointsOf(2, 50, 480));
      const queries = vectors(3, 40);
      for (const o of [{ k: 5, ef: 30 }, { k: 3, exact: true }, { k: 600 }, { withVector: true, k: 1 }]) {
        const one = await Promise.all(queries.map((q) => points.search(q, o)));
        expect(await points.searchBatch(queries, o)).toEqual(one);
      }
    });
  });

  test('an aborted signal ends reads before they answer', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 10));
      const reason = new Error('enough');
      const o = { signal: AbortSignal.abort(reason) };
      expect(await errorOf(() => points.search(query, o))).toBe(reason);
      expect(await errorOf(() => points.searchBatch([query], o))).toBe(reason);
      expect(await errorOf(() => points.explain(query, o))).toBe(reason);
      expect(await errorOf(() => points.search(query, { ...o, minSeq: 11 }))).toBe(reason);
      const controller = new AbortController();
      setTimeout(() => controller.abort(reason), 10);
      const endless = points.searchBatch(Array(10_000).fill(query), { signal: controller.signal });
      expect(await errorOf(() => endless)).toBe(reason);
    });
  });

  test('minSeq and waitFor: not before the write, and at once after it', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const { seq } = await points.upsert(pointsOf(1, 3));
      await points.waitFor(seq, 'searchable');
      await points.waitFor(seq, 'durable');
      expect(await points.search(query, { minSeq: seq })).toHaveLength(3);
      let answered = 0;
      const later = [
        points.search(query, { minSeq: seq + 2 }),
        points.searchBatch([query], { minSeq: seq + 2 }).then(([hits]) => hits!),
        points.explain(query, { minSeq: seq + 2 }).then(({ hits }) => hits),
      ].map((hits) => hits.finally(() => answered++));
      const durable = points.waitFor(seq + 2, 'durable').finally(() => answered++);
      await points.upsert({ id: 'x', vector: query });
      await new Promise((resolve) => setTimeout(resolve, 5));
      expect(answered).toBe(0);
      await points.upsert({ id: 'y', vector: query });
      for (const hits of await Promise.all(later)) expect(hits.map(({ id }) => id)).toContain('y');
      await durable;
      // Indexed: not while it waits, and once it is linked.
      const controller = new AbortController();
      const never = points.waitFor(seq + 2, 'indexed', { signal: controller.signal });
      const indexed = points.waitFor(seq + 2, 'indexed');
      controller.abort();
      expect(await failureOf(() => never)).toBe('AbortError');
      await points.buildNow();
      await indexed;
      await points.waitFor(seq + 2, 'indexed');
      const { signal } = controller;
      expect(await failureOf(() => points.waitFor(seq + 3, 'searchable', { signal }))).toBe('AbortError');
    });
  });

  test('waiting for the indexing of a point ends when it is deleted or replaced', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const { seq } = await points.upsert(pointsOf(1, 3));
      const indexed = points.waitFor(seq, 'indexed');
      await points.delete([0, 1, 2]);
      await indexed;
      await points.upsert([]);
      expect(points.status()).toMatchObject({ pending: 0, oldestPendingMs: 0 });
    });
  });
});
