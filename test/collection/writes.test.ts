/* What a write promises: all or nothing, found at once, the last one wins, and a receipt that is true. */
import { describe, expect, test } from 'vitest';
import type { Point } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import {
  BACKENDS,
  errorOf,
  failureOf,
  PAUSED,
  pointsOf,
  SMALL,
  Twin,
  vectors,
  withCollection,
} from '../support/databases.js';

const [a, b, c] = vectors(1, 3) as [Float32Array, Float32Array, Float32Array];

describe.each(someOf(BACKENDS, 2))('%s', (backend) => {
  test('receipts have rising sequence numbers, and count every point once', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      expect(await points.upsert(pointsOf(1, 5))).toEqual({
        seq: 5,
        inserted: 5,
        replaced: 0,
        deleted: 0,
        updated: 0,
        rejected: [],
      });
      expect(await points.upsert(pointsOf(2, 4, 3))).toMatchObject({ seq: 9, inserted: 2, replaced: 2 });
      expect(await points.delete([0, 1, 99, 0])).toMatchObject({
        seq: 13,
        inserted: 0,
        replaced: 0,
        deleted: 2,
      });
      expect(await points.delete(99)).toMatchObject({ seq: 14, deleted: 0 });
      expect(await points.delete([])).toMatchObject({ seq: 14, deleted: 0 });
      expect(await points.upsert([])).toMatchObject({ seq: 14, inserted: 0 });
      expect(await points.upsert({ id: 'one', vector: a })).toMatchObject({ seq: 15, inserted: 1 });
      expect(points.status()).toMatchObject({ seq: 15, points: 6 });
      expect(points.info()).toMatchObject({ seq: 15, points: 6, name: 'points' });
    });
  });

  test('one id twice in a batch: the last wins, and the receipt says so', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const receipt = await points.upsert([
        { id: 7, vector: a, payload: { n: 1 } },
        { id: 'x', vector: a },
        { id: 7n, vector: b, payload: { n: 2 } },
        { id: 7, vector: c },
        { id: '7', vector: a },
      ]);
      expect(receipt).toMatchObject({ seq: 3, inserted: 3, replaced: 0 });
      expect(receipt.rejected.map(({ index, id, code }) => [index, id, code])).toEqual([
        [0, 7, 'DUPLICATE_ID'],
        [2, 7n, 'DUPLICATE_ID'],
      ]);
      expect(receipt.rejected[0]!.message).toMatch(/point 0 .*point 2/);
      expect(await points.get(7)).toEqual({ id: 7, vector: c });
      expect(await points.count()).toBe(3);
      expect(await points.search(c, { k: 10 })).toHaveLength(3);
    });
  });

  test('7 and 7n are one id, "7" is another; what comes back is a number where that is exact', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const ids = [
        7,
        '7',
        2 ** 53 - 1,
        2n ** 53n,
        2n ** 64n - 1n,
        0,
        'ä',
        '\u0000',
        '\u{1f600}',
        'x'.repeat(1024),
      ];
      await points.upsert(ids.map((id, i) => ({ id, vector: vectors(2, ids.length)[i]! })));
      for (const [i, id] of ids.entries()) {
        expect(await points.get(id)).toEqual({ id, vector: vectors(2, ids.length)[i] });
        expect((await points.search(vectors(2, ids.length)[i]!, { k: 1 }))[0]).toMatchObject({ id });
      }
      expect((await points.get(7n))?.id).toBe(7);
      expect((await points.get(BigInt(2 ** 53 - 1)))?.id).toBe(2 ** 53 - 1);
      expect(await points.upsert({ id: 7n, vector: a })).toMatchObject({ inserted: 0, replaced: 1 });
      expect(await points.delete(7n)).toMatchObject({ deleted: 1 });
      expect(await points.get(7)).toBeUndefined();
      expect(await points.get('7')).toBeDefined();
    });
  });

  test('vectors come back bit by bit as they were written, under cosine too', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const odd = a.map((x, i) => (i === 0 ? -0 : i === 1 ? 1e-42 : i === 2 ? 3e18 : x * 1e-3));
      const long = a.map((x) => x * 1e15);
      await points.upsert([
        { id: 1, vector: odd },
        { id: 2, vector: long },
        { id: 3, vector: [...b] },
      ]);
      for (let round = 0; round < 2; round++) {
        const bits = (v: Float32Array | undefined): number[] => [...new Uint32Array(v!.slice().buffer)];
        expect(bits((await points.get(1))?.vector)).toEqual(bits(odd));
        expect(bits((await points.get(2))?.vector)).toEqual(bits(long));
        const hits = await points.search(b, { withVector: true });
        expect(hits[0]).toMatchObject({ id: 3 });
        expect(bits(hits[0]!.vector)).toEqual(bits(b));
        expect(bits(hits.find(({ id }) => id === 1)!.vector)).toEqual(bits(odd));
        await points.buildNow();
      }
    });
  });

  test('what the caller does with its arrays afterwards has no effect', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const vector = a.slice();
      const numbers = [...b];
      const payload = { tags: ['x'] };
      const list: Point[] = [
        { id: 1, vector, payload },
        { id: 2, vector: numbers },
      ];
      const written = points.upsert(list);
      vector.fill(9);
      numbers.fill(9);
      payload.tags.push('y');
      list.length = 0;
      expect(await written).toMatchObject({ inserted: 2 });
      expect(await points.get(1)).toEqual({ id: 1, vector: a, payload: { tags: ['x'] } });
      expect((await points.get(2))?.vector).toEqual(b);
      const ids = [1];
      const deleted = points.delete(ids);
      ids[0] = 2;
      expect(await deleted).toMatchObject({ deleted: 1 });
      expect(await points.get(1)).toBeUndefined();
      // Nor has what it does with what it got.
      (await points.get(2))!.vector!.fill(9);
      (await points.search(b, { withVector: true }))[0]!.vector!.fill(9);
      expect((await points.get(2))?.vector).toEqual(b);
      expect((await points.search(b))[0]!.score).toBeCloseTo(1, 5);
    });
  });

  test('calls that nobody awaits keep their order, whatever they are', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const done: string[] = [];
      const calls = [
        points.upsert({ id: 1, vector: a }).then(() => done.push('a')),
        points.delete(1).then(() => done.push('delete')),
        points.upsert({ id: 1, vector: b, payload: { n: 2 } }).then(() => done.push('b')),
        points.delete([1, 2]).then(() => done.push('delete')),
        points.upsert([{ id: 1, vector: c }]).then(() => done.push('c')),
        points.upsert({ id: 2, vector: a }).then(() => done.push('2')),
      ];
      const counted = await points.count(); // on a busy machine it has to wait for its turn
      if (done.length === 0) expect(counted).toBe(0); // not before they resolve
      await Promise.all(calls);
      expect(done).toEqual(['a', 'delete', 'b', 'delete', 'c', '2']);
      expect(await points.get(1)).toEqual({ id: 1, vector: c });
      expect(points.status()).toMatchObject({ points: 2, seq: 7 });
      expect(await points.search(a, { k: 10 })).toHaveLength(2);
    });
  });

  test('hundreds of writes at once: every receipt is true, every row is found', async () => {
    await withCollection(backend, SMALL, async (points) => {
      const all = pointsOf(3, 600);
      const receipts = await Promise.all(all.map((point) => points.upsert(point)));
      expect(receipts.map(({ seq }) => seq)).toEqual(all.map((_, i) => i + 1));
      const twin = new Twin(points);
      for (const { id, vector } of all) twin.rows.set(id, vector);
      await twin.expectWhole();
    });
  });

  test('a write that has resolved is found by every kind of read', async () => {
    await withCollection(backend, SMALL, async (points) => {
      for (const durability of ['flushed', 'committed'] as const) {
        const { seq } = await points.upsert({ id: durability, vector: a }, { durability });
        expect((await points.search(a, { k: 1 }))[0]!.score).toBeCloseTo(1, 5);
        expect(await points.get(durability)).toBeDefined();
        expect(await points.count()).toBe(durability === 'flushed' ? 1 : 2);
        await points.waitFor(seq, 'searchable');
        await points.waitFor(seq, 'durable');
      }
    });
  });

  test('an aborted write changes nothing; one that is being committed is done whole', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const reason = new Error('changed my mind');
      const aborted = AbortSignal.abort(reason);
      expect(await errorOf(() => points.upsert({ id: 1, vector: a }, { signal: aborted }))).toBe(reason);
      const controller = new AbortController();
      const { signal } = controller;
      const first = points.upsert({ id: 1, vector: a });
      const second = points.upsert({ id: 2, vector: b }, { signal });
      const third = points.upsert({ id: 3, vector: c });
      controller.abort(reason);
      expect(await errorOf(() => second)).toBe(reason);
      await Promise.all([first, third]);
      expect(await points.get(2)).toBeUndefined();
      expect(await points.count()).toBe(2);
      // At any later moment: either it was made whole, or not at all.
      for (let turns = 0; turns < 12; turns++) {
        const late = new AbortController();
        const batch = pointsOf(turns, 50, 1000 + 100 * turns);
        const outcome = failureOf(() => points.upsert(batch, { signal: late.signal }));
        for (let i = 0; i < turns; i++) await new Promise((resolve) => setImmediate(resolve));
        late.abort();
        const made = (await outcome) === undefined;
        const there = (await points.getMany(batch.map(({ id }) => id))).filter((point) => point).length;
        expect(there).toBe(made ? 50 : 0);
      }
      expect((await points.verify()).ok).toBe(true);
    });
  });

  test('an abort after the write is done changes nothing', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const controller = new AbortController();
      await points.upsert({ id: 1, vector: a }, { signal: controller.signal });
      controller.abort();
      expect(await points.get(1)).toBeDefined();
      await points.upsert({ id: 2, vector: a });
      expect(await points.count()).toBe(2);
    });
  });

  test('delete, then insert again, in one turn and in every state', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const twin = new Twin(points);
      await twin.put(pointsOf(1, 80));
      for (let round = 0; round < 3; round++) {
        const fresh = pointsOf(10 + round, 20, 10 * round);
        await Promise.all([points.delete(fresh.map(({ id }) => id)), twin.put(fresh)]);
        await twin.expectWhole();
        await points.buildNow(); // from now on they are linked
        await twin.expectSettled();
      }
    });
  });
});
