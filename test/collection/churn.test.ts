/* Points that are replaced faster than they are linked: what they leave behind stays bounded. Counts, not times. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { describe, expect, test } from 'vitest';
import { COMPACTION_ROWS } from '#silt/base/limits.js';
import { Compaction } from '#silt/collection/upkeep/compaction.js';
import type { Collection } from '#silt/index.js';
import {
  DIMENSION,
  EITHER,
  failureOf,
  liveOf,
  PAUSED,
  pointsOf,
  SMALL,
  Twin,
  withCollection,
} from '../support/databases.js';
import { integer, randomOf } from '../support/random.js';

const LIVE = 2_000;
/** Masked rows are as many as slow writers to the rate of linking, times this; a busy machine asks for much. */
const FACTOR = 5;

interface Compacted {
  readonly rows: number;
  readonly freedRows: number;
}

/** Replaces random points, some at a time, as fast as it goes, until so many compactions took place. */
async function replaceAtFullSpeed(
  twin: Twin,
  compactions: number,
  afterEach: (done: number) => void,
): Promise<Compacted[]> {
  const done: Compacted[] = [];
  const note = (message: unknown): void => void done.push(message as Compacted);
  subscribe('silt:compaction', note);
  const random = randomOf(7);
  try {
    for (let round = 1; done.length < compactions; round++) {
      const vectors = pointsOf(round, 70);
      const ids = new Set(vectors.map(() => integer(random, 0, LIVE - 1)));
      await twin.put([...ids].map((id, i) => ({ id, vector: vectors[i]!.vector })));
      afterEach(done.length);
    }
  } finally {
    unsubscribe('silt:compaction', note);
  }
  return done;
}

describe.each(EITHER)('%s', (backend) => {
  test('under constant replacement, deleted rows and memory stay bounded, and each compaction frees rows', {
    timeout: 240_000,
  }, async () => {
    const config = { ...SMALL, indexing: { threads: 2, mergeThreshold: 1_000, maxBufferAgeMs: 100 } };
    await withCollection(backend, config, async (points) => {
      const twin = new Twin(points);
      await twin.put(pointsOf(0, LIVE));
      await points.buildNow();
      const rowBytes = points.status().memoryBytes / LIVE;
      let masked = 0;
      let memoryBytes = 0;
      const done = await replaceAtFullSpeed(twin, 4, (compactions) => {
        if (compactions === 0) return; // it has not had its turn
        const status = points.status();
        masked = Math.max(masked, status.masked);
        memoryBytes = Math.max(memoryBytes, status.memoryBytes);
      });
      expect(done.map(({ freedRows }) => freedRows > 0)).toEqual(done.map(() => true));
      expect(masked).toBeLessThan(FACTOR * LIVE);
      expect(memoryBytes).toBeLessThan(1.5 * (FACTOR + 1) * LIVE * rowBytes);
      await points.buildNow();
      await points.compact(); // joins one that runs
      await points.compact();
      expect(points.status()).toMatchObject({ points: LIVE, errors: {} });
      expect(points.status().masked).toBe(0);
      await points.buildNow();
      await twin.expectSettled();
    });
  });
});

test.each([1, 200])(
  'points of a small collection that are replaced again and again never wait for a compaction that has not begun (mergeThreshold %d)',
  async (mergeThreshold) => {
    const config = { ...SMALL, indexing: { threads: 1, mergeThreshold, maxBufferAgeMs: 100 } };
    await withCollection('memory', config, async (points) => {
      await points.upsert(pointsOf(0, 200));
      await points.buildNow(); // from here on it is known how fast rows are linked
      const live = liveOf(points);
      const { newParts } = live;
      let begun = 0;
      live.newParts = () => {
        begun++;
        return newParts.call(live);
      };
      let ended = 0;
      const note = (): void => void ended++;
      subscribe('silt:compaction', note);
      let replaced = 0;
      for (let round = 1; ended < 3; round++) {
        if (points.status().pending > mergeThreshold) await points.buildNow();
        const { masked } = points.status();
        const failure = await failureOf(() => points.upsert(pointsOf(round, 20), { backpressure: 'error' }));
        if (failure === undefined) replaced += 20;
        else
          expect({ failure, masked, begun }).toEqual({ failure: 'BACKPRESSURE', masked, begun: ended + 1 });
        if (failure !== undefined) await new Promise((resolve) => setTimeout(resolve, 1));
      }
      unsubscribe('silt:compaction', note);
      expect(replaced).toBeGreaterThanOrEqual(3 * COMPACTION_ROWS);
    });
  },
);

async function compactWith(points: Collection, limits: { rounds: number; heldComponents: number }) {
  const queue = { exclusive: async <T>(task: () => T | Promise<T>): Promise<T> => task() };
  const compaction = new Compaction(liveOf(points), queue, new AbortController().signal, {
    leftRows: 0,
    ...limits,
  });
  let round = 0;
  // Each time it looks whether it may go on, all points have been replaced once more.
  const hold = async (): Promise<() => void> => {
    for (; round < 3; round++) await points.upsert(pointsOf(10 + round, 200));
    return () => {};
  };
  return compaction.run({ hold });
}

test('a compaction that writes outrun ends with an error; nothing is lost, and the next one succeeds', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const twin = new Twin(points);
    await twin.put(pointsOf(0, 200));
    await points.buildNow();
    const behind = { rounds: 1, heldComponents: 199 * DIMENSION };
    expect(await failureOf(() => compactWith(points, behind))).toBe('COMPACTION_BEHIND');
    for (const { id, vector } of pointsOf(12, 200)) twin.rows.set(id, vector);
    await twin.expectWhole();
    expect(points.status()).toMatchObject({ points: 200, masked: 600 });
    expect(await points.compact()).toMatchObject({ rows: 200, freedRows: 600 });
    await points.buildNow();
    await twin.expectSettled();
  });
});

test('rows replaced while it copies are left out of a compaction, and what it frees is counted at its end', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const twin = new Twin(points);
    await twin.put(pointsOf(0, 200));
    const report = await compactWith(points, { rounds: 1, heldComponents: 200 * DIMENSION });
    for (const { id, vector } of pointsOf(12, 200)) twin.rows.set(id, vector);
    expect(report).toMatchObject({ freedRows: 400 }); // of 800, those replaced before they were copied
    expect(report.freedBytes).toBeGreaterThanOrEqual(0);
    await points.buildNow();
    await twin.expectSettled();
  });
});
