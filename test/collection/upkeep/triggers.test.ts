/* When linking starts: at each border, and end to end without anyone asking. */
import { describe, expect, test } from 'vitest';
import { dueFor, dueInMs } from '#silt/collection/upkeep/triggers.js';
import {
  EITHER,
  errorOf,
  PAUSED,
  pointsOf,
  SMALL,
  Twin,
  vectors,
  withCollection,
} from '../../support/databases.js';

const limits = { mergeThreshold: 100, maxBufferAgeMs: 5_000, scanBudgetMs: 2 };
const none = { pending: 1, oldestMs: 0, scanMs: 0 };

test('each trigger at its border', () => {
  expect(dueFor(none, limits)).toBeUndefined();
  expect(dueFor({ ...none, pending: 99 }, limits)).toBeUndefined();
  expect(dueFor({ ...none, pending: 100 }, limits)).toBe('count');
  expect(dueFor({ ...none, pending: 101 }, limits)).toBe('count');
  expect(dueFor({ ...none, scanMs: 2 }, limits)).toBeUndefined();
  expect(dueFor({ ...none, scanMs: 2.001 }, limits)).toBe('cost');
  expect(dueFor({ ...none, oldestMs: 4_999.9 }, limits)).toBeUndefined();
  expect(dueFor({ ...none, oldestMs: 5_000 }, limits)).toBe('age');
});

test('an empty window is never due, whatever else is said', () => {
  expect(
    dueFor({ pending: 0, oldestMs: 1e9, scanMs: 1e9 }, { ...limits, mergeThreshold: 1 }),
  ).toBeUndefined();
});

test('how long until age is a reason', () => {
  expect(dueInMs(none, limits)).toBe(5_000);
  expect(dueInMs({ ...none, oldestMs: 4_000 }, limits)).toBe(1_000);
  expect(dueInMs({ ...none, oldestMs: 5_000 }, limits)).toBe(0);
  expect(dueInMs({ ...none, oldestMs: 9_000 }, limits)).toBe(0);
});

describe.each(EITHER)('%s', (backend) => {
  const config = (indexing: object) => ({ ...SMALL, indexing: { threads: 2, ...indexing } });

  test('T12: one row below every threshold is indexed once it is old enough, and not before', async () => {
    await withCollection(backend, config({ maxBufferAgeMs: 300 }), async (points) => {
      const began = performance.now();
      const { seq } = await points.upsert(pointsOf(1, 1));
      expect(points.status()).toMatchObject({ state: 'indexing', pending: 1, indexed: 0 });
      await points.waitFor(seq, 'indexed');
      expect(performance.now() - began).toBeGreaterThan(295);
      expect(performance.now() - began).toBeLessThan(5_000);
      expect(points.status()).toMatchObject({ state: 'ready', pending: 0, indexed: 1, oldestPendingMs: 0 });
    });
  });

  test('enough rows are linked at once', async () => {
    await withCollection(backend, config({ mergeThreshold: 200, maxBufferAgeMs: 1e7 }), async (points) => {
      await points.upsert(pointsOf(1, 199));
      await new Promise((resolve) => setTimeout(resolve, 60));
      expect(points.status()).toMatchObject({ pending: 199 });
      const { seq } = await points.upsert(pointsOf(2, 1, 199));
      await points.waitFor(seq, 'indexed');
      expect(points.status()).toMatchObject({ state: 'ready', indexed: 200 });
    });
  });

  test('rows whose scan costs too much are linked', async () => {
    await withCollection(backend, config({ scanBudgetMs: 1e-9, maxBufferAgeMs: 1e7 }), async (points) => {
      await points.upsert(pointsOf(1, 1100));
      await points.buildNow();
      await points.upsert(pointsOf(2, 400, 1100));
      const [query] = vectors(3, 1) as [Float32Array];
      for (let i = 0; i < 5; i++) await points.search(query, { ef: 20 }); // measured by searches
      const { seq } = await points.upsert(pointsOf(3, 1, 1500)); // looked at by writes
      await points.waitFor(seq, 'indexed');
      expect(points.status()).toMatchObject({ pending: 0, indexed: 1501 });
    });
  });

  test('paused, nothing is linked by itself; resumed, what is due is', async () => {
    const indexing = config({ mergeThreshold: 10, maxBufferAgeMs: 20, paused: true });
    await withCollection(backend, indexing, async (points) => {
      await points.upsert(pointsOf(1, 50));
      await new Promise((resolve) => setTimeout(resolve, 80));
      expect(points.status()).toMatchObject({ state: 'paused', pending: 50, etaSeconds: null });
      points.resumeIndexing();
      await points.waitFor(50, 'indexed');
      expect(points.status().state).toBe('ready');
      points.pauseIndexing();
      points.pauseIndexing();
      await points.upsert(pointsOf(2, 50, 50));
      await new Promise((resolve) => setTimeout(resolve, 50));
      expect(points.status()).toMatchObject({ state: 'paused', pending: 50 });
      expect(await points.buildNow()).toMatchObject({ linked: 50 }); // it was asked for
      expect(points.status()).toMatchObject({ state: 'paused', pending: 0 });
    });
  });

  test('idle, nothing is built again', async () => {
    await withCollection(backend, config({ maxBufferAgeMs: 10 }), async (points) => {
      const { subscribe, unsubscribe } = await import('node:diagnostics_channel');
      await points.upsert(pointsOf(1, 5));
      await points.waitFor(5, 'indexed');
      let builds = 0;
      const count = (): void => void builds++;
      subscribe('silt:build:start', count);
      await new Promise((resolve) => setTimeout(resolve, 150));
      await points.buildNow();
      await points.delete([0, 1]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      unsubscribe('silt:build:start', count);
      expect(builds).toBe(0);
    });
  });
});

describe.each(EITHER)('%s: status', (backend) => {
  test('adds up at every turn, and says ready only when nothing waits', async () => {
    await withCollection(
      backend,
      { ...SMALL, indexing: { threads: 2, mergeThreshold: 50 } },
      async (points) => {
        const twin = new Twin(points);
        let done = false;
        let checks = 0;
        const look = (): void => {
          const { state, points: all, indexed, pending, quarantined, etaSeconds } = points.status();
          expect(indexed + pending + quarantined).toBe(all);
          expect(pending).toBeGreaterThanOrEqual(0);
          if (pending > 0) expect(state).toBe('indexing');
          else expect(etaSeconds).toBe(0);
          checks++;
        };
        const watching = (async () => {
          for (; !done; await new Promise((resolve) => setImmediate(resolve)))
            for (let i = 0; i < 20; i++) look();
        })();
        for (let round = 0; round < 15; round++) {
          await twin.put(pointsOf(round, 100, 60 * round));
          await twin.remove([60 * round, 60 * round + 1, 1]);
        }
        await points.buildNow();
        done = true;
        await watching;
        expect(checks).toBeGreaterThan(100);
        expect(points.status()).toMatchObject({
          state: 'ready',
          pending: 0,
          lastError: null,
          quarantined: 0,
        });
        expect(points.status().memoryBytes).toBeGreaterThan(0);
        await twin.expectSettled();
      },
    );
  });

  test('watch: at once, then again and again, until its signal', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const controller = new AbortController();
      const seen: number[] = [];
      for await (const { points: count } of points.watch({ intervalMs: 5, signal: controller.signal })) {
        seen.push(count);
        if (seen.length === 1) await points.upsert(pointsOf(1, 3));
        if (seen.length === 4) controller.abort();
      }
      expect(seen).toEqual([0, 3, 3, 3]);
      for await (const _ of points.watch({ signal: controller.signal }))
        expect.fail('aborted before it began');
      for await (const status of points.watch()) {
        expect(status.points).toBe(3);
        break;
      }
    });
  });

  test('buildNow tells its progress; what that throws ends the call alone', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 500));
      const heard: number[] = [];
      await points.buildNow({ onProgress: ({ indexed }) => void heard.push(indexed) });
      expect(heard.at(-1)).toBe(500);
      expect([...heard].sort((a, b) => a - b)).toEqual(heard);
      await points.upsert(pointsOf(2, 500, 500));
      const onProgress = (): void => {
        throw new Error('from onProgress');
      };
      const built = errorOf(() => points.buildNow({ onProgress }));
      const written = await points.upsert(pointsOf(3, 5, 1000)); // told of as well, and not its business
      expect(written.inserted).toBe(5);
      expect((await built).message).toBe('from onProgress');
      await points.buildNow();
      expect(points.status()).toMatchObject({ pending: 0, lastError: null });
      expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
    });
  });
});
