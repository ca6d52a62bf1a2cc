/* Writers that outrun the linkers are slowed down in proportion, never stopped; nothing is dropped or reordered. */
import { describe, expect, test, vi } from 'vitest';
import { InvertedIndexer } from '#silt/collection/upkeep/inverted-indexer.js';
import { backlogLimit, maskedOnset, WAIT_MS_MAX, waitMsFor } from '#silt/collection/write/backpressure.js';
import { Gate } from '#silt/collection/write/gate.js';
import { BackpressureError, open, type WriteReceipt } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import {
  EITHER,
  errorOf,
  failureOf,
  liveOf,
  pointsOf,
  Twin,
  withCollection,
} from '../../support/databases.js';

const limits = { mergeThreshold: 100, scanBudgetMs: 2 };
const backlog = { pending: 0, masked: 0, live: 500, linkedPerSecond: 1_000, scanMsPerRow: 0 };

describe('how long a write waits', () => {
  test('writes are slowed down beyond ten thresholds of pending rows, or less where scanning is dear, never below one', () => {
    expect(backlogLimit(backlog, limits)).toBe(1_000);
    expect(backlogLimit({ ...backlog, scanMsPerRow: 0.01 }, limits)).toBe(1_000);
    expect(backlogLimit({ ...backlog, scanMsPerRow: 0.02 }, limits)).toBe(500);
    expect(backlogLimit({ ...backlog, scanMsPerRow: 1 }, limits)).toBe(100);
  });

  test('nothing up to the threshold, then in proportion to the backlog', () => {
    const wait = (pending: number, rows = 10): number => waitMsFor(rows, { ...backlog, pending }, limits);
    expect([wait(0), wait(99), wait(100)]).toEqual([0, 0, 0]);
    expect(wait(101)).toBeCloseTo(0.01);
    expect(wait(600)).toBeCloseTo(5);
    expect(wait(1_100)).toBeCloseTo(10); // as long as linking them takes
    expect(wait(2_100)).toBeCloseTo(20);
    expect(wait(600, 20)).toBeCloseTo(2 * wait(600));
    expect(wait(600, 0)).toBe(0);
  });

  test('replaced and deleted rows count from half of the live ones on, and slow writes to a third at most', () => {
    const many = { ...backlog, live: 5_000 };
    expect(maskedOnset(many, limits)).toBe(2_500);
    expect(maskedOnset({ live: 3 }, limits)).toBe(1_000);
    expect(maskedOnset({ live: 3 }, { mergeThreshold: 4_000 })).toBe(2_000);
    const wait = (masked: number, pending = 0): number => waitMsFor(10, { ...many, masked, pending }, limits);
    expect([wait(0), wait(2_500)]).toEqual([0, 0]);
    expect(wait(3_750)).toBeCloseTo(5);
    expect(wait(5_000)).toBeCloseTo(10); // as long as linking them takes
    expect(wait(7_500)).toBeCloseTo(20);
    expect([wait(10_000), wait(1e9)]).toEqual([30, 30]);
    expect(wait(3_750, 2_100)).toBeCloseTo(20); // what fills more
  });

  test('never longer than the most, and not while nothing is known', () => {
    expect(waitMsFor(1e6, { ...backlog, pending: 1e9 }, limits)).toBe(WAIT_MS_MAX);
    expect(waitMsFor(10, { ...backlog, pending: 1e9, linkedPerSecond: 0 }, limits)).toBe(0);
  });
});

describe('the gate', () => {
  test('lets writes in in the order in which they came, however long each must wait', async () => {
    const gate = new Gate(new AbortController().signal, nodePlatform.time);
    const order: string[] = [];
    expect(gate.enter(0, undefined)).toBeUndefined();
    const entered = [
      gate.enter(20, undefined)!.then(() => order.push('a')),
      gate.enter(0, undefined)!.then(() => order.push('b')),
      gate.enter(5, undefined)!.then(() => order.push('c')),
    ];
    await Promise.all(entered);
    expect(order).toEqual(['a', 'b', 'c']);
    await new Promise((resolve) => setImmediate(resolve));
    expect(gate.enter(0, undefined)).toBeUndefined();
  });

  test('a wait ends when what is asked by now has passed, and is never longer than was asked at first', async () => {
    const gate = new Gate(new AbortController().signal, nodePlatform.time);
    let asked = 60_000;
    const waits = gate.enter(60_000, undefined, undefined, () => asked)!;
    const longer = gate.enter(20, undefined, undefined, () => 60_000)!;
    await nodePlatform.time.pause(30);
    asked = 40;
    await waits; // in the time that a test has
    await longer;
  });

  test('an abort ends a wait at once, also of one that is not first; the others go on', async () => {
    const gate = new Gate(new AbortController().signal, nodePlatform.time);
    const controller = new AbortController();
    const reason = new Error('enough');
    const first = gate.enter(300, undefined)!;
    let firstIn = false;
    void first.then(() => {
      firstIn = true;
    });
    const second = gate.enter(50, controller.signal)!;
    const third = gate.enter(0, undefined)!;
    controller.abort(reason);
    expect(await errorOf(() => second)).toBe(reason);
    expect(firstIn).toBe(false);
    await third;
    expect(firstIn).toBe(true);
  });
});

test('a write goes on when the backlog has gone, however long the wait was when it was called', async () => {
  const db = await open();
  const points = await db.createCollection('points', { text: { words: { path: 'said' } } });
  const wait = vi.spyOn(InvertedIndexer.prototype, 'waitMsFor').mockReturnValue(600_000);
  try {
    const waiting = [
      points.upsert({ id: 1, payload: { said: 'a' } }),
      points.batch([{ upsert: { id: 2, payload: { said: 'b' } } }]),
      points.batch([
        { delete: { filter: { must: { key: 'said', match: { value: 'c' } } } } },
        { upsert: { id: 3, payload: { said: 'c' } } },
      ]),
    ];
    wait.mockReturnValue(0);
    await Promise.all(waiting); // in the time that a test has
    expect(await points.count()).toBe(3);
  } finally {
    wait.mockRestore();
  }
  await db.close();
});

test('changes of payloads and vectors where they are wait while texts are behind, by ids and by filter; deletions do not', async () => {
  const db = await open();
  const points = await db.createCollection('points', {
    text: { words: { path: 'said' } },
    sparse: { s: {} },
  });
  const vector = { s: { indices: [1], values: [1] } };
  await points.upsert(Array.from({ length: 20 }, (_, id) => ({ id, vector, payload: { said: 'a', n: id } })));
  const about = (n: number) => ({ filter: { must: { key: 'n', match: { value: n } } } });
  const wait = vi
    .spyOn(InvertedIndexer.prototype, 'waitMsFor')
    .mockImplementation((rows, changed = 0) => 600_000 * (rows + changed));
  try {
    await points.delete(0);
    await points.delete(about(1));
    let done = 0;
    const calls = [
      () => points.setPayload(2, { said: 'b' }),
      () => points.setPayload(about(3), { said: 'b' }),
      () => points.overwritePayload([4, 5], { said: 'b' }),
      () => points.deletePayload(about(6), ['said']),
      () => points.clearPayload(7),
      () => points.deleteVectors(8, ['s']),
      () => points.deleteVectors(about(9), ['s']),
      () => points.batch([{ setPayload: 10, payload: { said: 'b' } }]),
    ];
    for (const call of calls) {
      const waits = call().then((receipt) => {
        done++;
        return receipt;
      });
      await nodePlatform.time.pause(5);
      expect(done, String(call)).toBe(0);
      wait.mockReturnValue(0);
      expect((await waits).updated, String(call)).toBeGreaterThan(0);
      wait.mockImplementation((rows, changed = 0) => 600_000 * (rows + changed));
      done = 0;
    }
    const controller = new AbortController();
    const gone = errorOf(() => points.setPayload(about(11), { said: 'b' }, { signal: controller.signal }));
    await nodePlatform.time.pause(5);
    controller.abort(new Error('enough'));
    expect((await gone).message).toBe('enough');
    const last = points.setPayload(about(12), { said: 'c' });
    await nodePlatform.time.pause(5);
    await db.close(); // ends the wait
    expect((await last).updated).toBe(1);
  } finally {
    wait.mockRestore();
  }
});

test.each([0, 6])(
  'writes called at once while texts are behind do not rush in behind the first; others hold the loop for %i ms a turn',
  async (heldMs) => {
    const db = await open();
    const points = await db.createCollection('points', { text: { words: { path: 'said' } } });
    const live = liveOf(points);
    const pending = (): number => live.inverted[0]!.pending(live.slots);
    const texts = (from: number, count: number) =>
      Array.from({ length: count }, (_, i) => ({
        id: from + i,
        payload: { said: Array.from({ length: 12 }, (__, j) => `w${(i * 61 + j * 7) % 5_000}`).join(' ') },
      }));
    let over = false;
    const hold = (): void => {
      const until = performance.now() + heldMs;
      while (performance.now() < until);
      if (!over) setImmediate(hold);
    };
    if (heldMs > 0) hold();
    try {
      await points.upsert(texts(0, 1_000)); // the rate becomes known
      await points.search({ text: 'w1' });
      await points.upsert(texts(1_000, 3_000));
      let most = 0;
      const size = 3_000;
      await Promise.all(
        Array.from({ length: heldMs > 0 ? 3 : 8 }, (_, i) =>
          points.upsert(texts(4_000 + size * i, size)).then(() => {
            most = Math.max(most, pending());
          }),
        ),
      );
      expect(most).toBeLessThan(2 * size);
    } finally {
      over = true;
    }
    await db.close();
  },
);

/** Linking is slow, and few rows may wait. */
const SLOW = {
  dimension: 30,
  metric: 'cosine' as const,
  hnsw: { efConstruction: 400, m: 32 },
  indexing: { threads: 1, mergeThreshold: 100, maxBufferAgeMs: 50 },
};

describe.each(EITHER)('%s', (backend) => {
  test('under sustained overload pending rows stay bounded, and every write is made', async () => {
    await withCollection(backend, SLOW, async (points) => {
      const twin = new Twin(points);
      await twin.put(pointsOf(0, 300)); // the rate of linking becomes known
      await points.buildNow();
      let longest = 0;
      let most = 0;
      for (let round = 1; round < 60; round++) {
        const began = performance.now();
        await twin.put(pointsOf(round, 50, 300 + 50 * round));
        longest = Math.max(longest, performance.now() - began);
        most = Math.max(most, points.status().pending);
      }
      expect(most).toBeLessThan(2 * 10 * 100); // twice what would slow writers to the rate of linking
      expect(longest).toBeLessThan(WAIT_MS_MAX + 3_000); // a generous bound
      await points.buildNow();
      await twin.expectSettled();
    });
  });

  test('a loop that does nothing but write lets others have their turn: rows are linked meanwhile', async () => {
    await withCollection(backend, SLOW, async (points) => {
      let turns = 0;
      const timer = setInterval(() => turns++, 1);
      const all = pointsOf(1, 2000);
      for (const point of all) await points.upsert(point, { durability: 'committed' });
      clearInterval(timer);
      expect(turns).toBeGreaterThan(5);
      expect(points.status().indexed).toBeGreaterThan(0);
    });
  });

  test("backpressure: 'error' throws instead, writes nothing, and works again later", async () => {
    await withCollection(backend, SLOW, async (points) => {
      await points.upsert(pointsOf(0, 300));
      await points.buildNow();
      let refused: BackpressureError | undefined;
      let written = 300;
      for (let round = 1; round < 500 && !refused; round++) {
        const batch = pointsOf(round, 100, written);
        try {
          await points.upsert(batch, { backpressure: 'error' });
          written += 100;
        } catch (error) {
          refused = error as BackpressureError;
        }
      }
      expect(refused).toBeInstanceOf(BackpressureError);
      expect(refused).toMatchObject({ code: 'BACKPRESSURE' });
      expect(refused!.waitMs).toBeGreaterThan(0);
      expect(await points.count()).toBe(written);
      expect(points.status().seq).toBe(written);
      expect(await points.get(written)).toBeUndefined();
      await points.delete(0); // deletes never wait for linking
      await points.buildNow();
      expect(await points.upsert(pointsOf(1, 5, written), { backpressure: 'error' })).toMatchObject({
        inserted: 5,
      });
    });
  });

  test('calls that wait keep their order, deletes among them', async () => {
    await withCollection(backend, SLOW, async (points) => {
      await points.upsert(pointsOf(0, 300));
      await points.buildNow();
      const calls: Promise<{ seq: number }>[] = [];
      for (let round = 0; round < 30; round++) {
        calls.push(points.upsert(pointsOf(round + 1, 60, 1000 + 60 * round)));
        calls.push(points.delete(5));
        calls.push(points.upsert(pointsOf(100 + round, 1, 5)));
      }
      const seqs = (await Promise.all(calls)).map(({ seq }) => seq);
      expect(seqs).toEqual([...seqs].sort((a, b) => a - b));
      expect((await points.get(5))?.vector).toEqual(pointsOf(129, 1)[0]!.vector);
      expect(await points.count()).toBe(300 + 1800);
    });
  });

  test('closing ends the waits: what was called before it is written at once, what is called behind it is not', async () => {
    await withCollection(backend, SLOW, async (points, db) => {
      await points.upsert(pointsOf(0, 300));
      await points.buildNow();
      await points.upsert(pointsOf(1, 2_000, 1000)); // too many at once: the next ones wait
      const receipts: WriteReceipt[] = [];
      const waiting = Array.from({ length: 20 }, (_, i) =>
        points.upsert(pointsOf(2 + i, 1_000, 10_000)).then((receipt) => receipts.push(receipt)),
      );
      await new Promise((resolve) => setTimeout(resolve, 20));
      const began = performance.now();
      const closed = db.close();
      expect(await failureOf(() => points.upsert(pointsOf(99, 1)))).toBe('CLOSED');
      await closed;
      await Promise.all(waiting);
      expect(receipts.map(({ seq }) => seq)).toEqual(Array.from({ length: 20 }, (_, i) => 3_300 + 1_000 * i));
      expect(performance.now() - began).toBeLessThan(10_000); // 20 waits of 2 s are more than that
    });
  });
});
