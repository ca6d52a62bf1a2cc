/*
 * A hundred thousand of everything that may wait: each costs a number of steps that does not grow with the others.
 * Steps are counted, no times are taken.
 */
import { getEventListeners } from 'node:events';
import { describe, expect, test } from 'vitest';
import { Heap } from '#silt/base/heap.js';
import { Waiters } from '#silt/collection/write/waiting.js';
import type { Collection } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { EITHER, failureOf, withCollection } from '../support/databases.js';
import { integer, randomOf } from '../support/random.js';
import { countSteps } from '../support/work.js';

const MANY = 100_000;
/** Steps for each: of a few short arrays. One that goes through the others takes thousands. */
const STEPS_EACH = 40;

const PAUSED = {
  dimension: 2,
  metric: 'euclidean',
  indexing: { paused: true, threads: 1 },
} as const;

const pointOf = (id: number): { id: number; vector: number[] } => ({ id: id % 1_000, vector: [id, 1] });

/** So many writes of one point, all under way at once. */
function writeAll(points: Collection, count: number, signal?: AbortSignal): Promise<unknown>[] {
  const o = { durability: 'committed', signal } as const;
  return Array.from({ length: count }, (_, i) => points.upsert(pointOf(i), o));
}

describe('waiting calls cost the same each, however many they are:', () => {
  test('calls that wait for a write', { timeout: 120_000 }, async () => {
    await withCollection('memory', PAUSED, async (points) => {
      const { signal } = new AbortController();
      let waiting: Promise<void>[] = [];
      const steps = await countSteps(async () => {
        waiting = Array.from({ length: MANY }, (_, i) =>
          points.waitFor(1 + (i % 500), 'searchable', i % 2 ? { signal } : {}),
        );
        expect(getEventListeners(signal, 'abort')).toHaveLength(1);
        for (let i = 0; i < 500; i++) await points.upsert(pointOf(i), { durability: 'committed' });
        await Promise.all(waiting);
      });
      expect(steps).toBeLessThan(STEPS_EACH * MANY);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    });
  });

  test('calls that give up waiting, by their signal or because the collection ends', async () => {
    await withCollection('memory', PAUSED, async (points, db) => {
      const controller = new AbortController();
      const steps = await countSteps(async () => {
        const given = Array.from({ length: MANY / 2 }, () =>
          failureOf(() => points.waitFor(9, 'indexed', { signal: controller.signal })),
        );
        const ended = Array.from({ length: MANY / 2 }, () => failureOf(() => points.waitFor(9, 'indexed')));
        await null;
        controller.abort();
        expect(new Set(await Promise.all(given))).toEqual(new Set(['AbortError']));
        await db.dropCollection('points');
        expect(new Set(await Promise.all(ended))).toEqual(new Set(['COLLECTION_NOT_FOUND']));
      });
      expect(steps).toBeLessThan(STEPS_EACH * MANY);
    });
  });

  test.each(EITHER)(
    'writes under way at once, and the status behind them (%s)',
    { timeout: 120_000 },
    async (backend) => {
      await withCollection(backend, PAUSED, async (points) => {
        const controller = new AbortController();
        let turns = 0;
        const timer = setInterval(() => turns++, 1);
        const steps = await countSteps(async () => {
          const writes = writeAll(points, MANY / 4, controller.signal);
          turns = 0;
          await Promise.all(writes);
          expect(points.status()).toMatchObject({ points: 1_000, pending: 1_000 });
        });
        clearInterval(timer);
        expect(steps).toBeLessThan(STEPS_EACH * MANY);
        expect(turns).toBeGreaterThan(MANY / 4 / 1_000 / 2); // each step takes a bounded number of calls
      });
    },
  );

  test('writes that are taken back', async () => {
    await withCollection('memory', PAUSED, async (points) => {
      const controller = new AbortController();
      const steps = await countSteps(async () => {
        const first = points.upsert(pointOf(1));
        const writes = writeAll(points, MANY / 4, controller.signal).map((write) => failureOf(() => write));
        await null;
        controller.abort();
        await first;
        expect(new Set(await Promise.all(writes))).toContain('AbortError');
      });
      expect(steps).toBeLessThan(STEPS_EACH * MANY);
    });
  });
});

test('many small commits that nothing has linked: the status looks at those that are behind it once', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const steps = await countSteps(async () => {
      for (let i = 0; i < MANY / 2; i++) {
        await points.upsert(pointOf(i), { durability: 'committed' });
        if (i % 1_000 === 0) points.status();
      }
      await points.buildNow();
      await points.upsert(pointOf(1));
      expect(points.status().oldestPendingMs).toBeLessThan(60_000);
    });
    expect(steps).toBeLessThan(STEPS_EACH * MANY);
  });
});

test('a commit looks at the calls whose turn has come, not at all that wait', async () => {
  let looks = 0;
  let seq = 0;
  const listeners = new Set<() => void>();
  const live = {
    get seq() {
      looks++;
      return seq;
    },
    get indexedSeq() {
      return 0;
    },
    poison: undefined,
    onChange: (listener: () => void) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const waiters = new Waiters(live, new AbortController().signal, nodePlatform.time);
  const all = Array.from({ length: MANY }, (_, i) => waiters.until(1 + i, 'searchable', undefined));
  expect(listeners.size).toBe(1);
  looks = 0;
  for (let i = 0; i < 1_000; i++) {
    seq += MANY / 1_000;
    for (const listener of listeners) listener();
  }
  await Promise.all(all);
  expect(looks).toBeLessThan(5_000);
  expect(listeners.size).toBe(0);
});

test('who waits is found in order, whoever leaves meanwhile', () => {
  const random = randomOf(3);
  const heap = new Heap<{ readonly rank: number; at: number }>();
  const left = new Set<{ readonly rank: number; at: number }>();
  for (let i = 0; i < 20_000; i++) {
    if (random() < 0.6 || left.size === 0) {
      const item = { rank: integer(random, 0, 500), at: -1 };
      heap.add(item);
      left.add(item);
    } else {
      const [one] = left;
      const item = random() < 0.5 ? one! : heap.least!;
      expect(heap.remove(item)).toBe(true);
      expect(heap.remove(item)).toBe(false);
      left.delete(item);
    }
  }
  const ranks: number[] = [];
  for (let item = heap.least; item; item = heap.least) {
    ranks.push(item.rank);
    heap.remove(item);
  }
  expect(ranks).toEqual([...left].map(({ rank }) => rank).sort((a, b) => a - b));
});
