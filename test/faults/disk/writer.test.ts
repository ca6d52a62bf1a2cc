/*
 * T9 for the thread that writes the store: it dies, between two commits, before one or behind one. What was written
 * meanwhile is acknowledged or refused, as it is; later writes work; store and index agree.
 */
import { Worker } from 'node:worker_threads';
import { afterEach, expect, test, vi } from 'vitest';
import { type Collection, type Database, open, StoreError } from '#silt/index.js';
import type { Armed, CrashPlace } from '#silt/platform/faults.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { amount, someOf } from '../../support/amount.js';
import { withFolder } from '../../support/files.js';
import { expectHolds, type Points, pointsOf } from '../../support/points.js';

const DIMENSION = 8;
const CONFIG = {
  dimension: DIMENSION,
  metric: 'euclidean',
  indexing: { mergeThreshold: 30, threads: 1 },
} as const;

afterEach(() => {
  Object.defineProperty(nodePlatform.faults, 'armed', { value: undefined, writable: true });
  vi.restoreAllMocks();
});

/** Opens a database whose first writing thread ends at this place; those that follow it do not. */
async function openDoomed(folder: string, place: CrashPlace, passes: number): Promise<Database> {
  let armed: Armed | undefined = { place, passes, ends: 'thread' };
  Object.defineProperty(nodePlatform.faults, 'armed', {
    configurable: true,
    get: () => {
      const first = armed;
      armed = undefined;
      return first;
    },
  });
  return open(folder);
}

/** Writes the points, or finds that the disk refused them; returns whether it did. */
async function refused(
  words: Collection,
  model: Points,
  points: ReturnType<typeof pointsOf>,
): Promise<boolean> {
  try {
    await words.upsert(points);
  } catch (error) {
    expect(error).toBeInstanceOf(StoreError);
    return true;
  }
  for (const point of points) model.set(point.id, point);
  return false;
}

async function expectSound(database: Database, folder: string, model: Points): Promise<void> {
  const words = database.collection('words');
  await expectHolds(words, model);
  await words.buildNow();
  expect((await words.verify()).ok).toBe(true);
  expect(words.status()).toMatchObject({ pending: 0, quarantined: 0, lastError: null });
  await database.close();
  const again = await open(folder);
  await expectHolds(again.collection('words'), model);
  expect((await again.collection('words').verify()).ok).toBe(true);
  await again.close();
}

test.each([
  ['transaction', true],
  ['committed', false],
] as const)('it dies at %s: what is under way is refused: %s', async (place, expected) => {
  // The first commit makes the collection, the others write, link and note that they link.
  for (let passes = 1; passes < 9; passes += amount('SILT_STEP', 3, 1)) {
    await withFolder(async (folder) => {
      const model: Points = new Map();
      const database = await openDoomed(folder, place, passes);
      const words = await database.createCollection('words', CONFIG);
      let refusals = 0;
      for (let round = 0; round < 10; round++)
        if (await refused(words, model, pointsOf(round, 20, DIMENSION, 13 * round))) refusals++;
      // At some passes the notes of the linker are what is lost, which costs nothing.
      expect(refusals).toBeLessThanOrEqual(expected ? 1 : 0);
      if (passes === 1) expect(refusals).toBe(expected ? 1 : 0);
      await words.delete([13, 14]);
      for (const id of [13, 14]) model.delete(id);
      await expectSound(database, folder, model);
    });
  }
});

test.each(['transaction', 'committed'] as const)('it dies at %s while many write at once', async (place) => {
  for (const passes of someOf([1, 2, 4], 2)) {
    await withFolder(async (folder) => {
      const model: Points = new Map();
      const database = await openDoomed(folder, place, passes);
      const words = await database.createCollection('words', CONFIG);
      const rounds = Array.from({ length: 30 }, async (_, i) => {
        await new Promise((resolve) => setTimeout(resolve, i));
        return refused(words, model, pointsOf(i, 10, DIMENSION, 10 * i));
      });
      const refusals = (await Promise.all(rounds)).filter(Boolean).length;
      if (place === 'committed') expect(refusals).toBe(0);
      await expectSound(database, folder, model);
    });
  }
});

test('it dies behind a commit of patches: the receipt says which were refused, and what was written is counted', async () => {
  await withFolder(async (folder) => {
    const paused = { ...CONFIG, indexing: { threads: 1, paused: true } };
    // One commit makes the collection, one writes points; each of more than a few rows, so that the thread does it.
    const database = await openDoomed(folder, 'committed', 2);
    const exited = new Set<Worker>();
    const { postMessage } = Worker.prototype;
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, ...message) {
      this.once('exit', () => exited.add(this));
      return Reflect.apply(postMessage, this, message);
    });
    const words = await database.createCollection('words', paused);
    const text = 'x'.repeat(9_000_000);
    const points = pointsOf(1, 20, DIMENSION);
    await words.upsert(points.map((point) => (point.id === 4 ? { ...point, payload: { text } } : point)));
    const ids = points.map(({ id }) => id);
    const [patched, batch] = await Promise.all([
      words.setPayload(ids, { more: text.slice(0, 8_000_000) }),
      words.batch([{ upsert: pointsOf(2, 5, DIMENSION, 100) }, { delete: [...ids.slice(0, 2), 777] }]),
    ]);
    expect(exited.size).toBe(1);
    expect(patched).toMatchObject({ updated: 19, rejected: [{ index: 4, id: 4, code: 'INVALID_PAYLOAD' }] });
    expect(batch).toMatchObject({ inserted: 5, deleted: 2, rejected: [] });
    expect(Object.keys((await words.get(4))!.payload!)).toEqual(['text']);
    expect(await words.count()).toBe(23);
    expect(await words.verify()).toMatchObject({ ok: true });
    await database.close();
  });
});

test.each(['transaction', 'committed'] as const)(
  'it dies at %s of what makes or drops a collection',
  async (place) => {
    await withFolder(async (folder) => {
      const names = new Set<string>();
      const kept = place === 'committed';
      const told = async (work: Promise<unknown>): Promise<boolean> =>
        work.then(
          () => true,
          (error: unknown) => {
            expect(error).toBeInstanceOf(StoreError);
            return false;
          },
        );
      let database = await openDoomed(folder, place, 0);
      expect(await told(database.createCollection('a', CONFIG))).toBe(kept);
      if (kept) names.add('a');
      await database.createCollection('b', CONFIG);
      names.add('b');
      for (const name of names) await database.collection(name).upsert(pointsOf(1, 5, DIMENSION));
      expect(database.collections().map(({ name }) => name)).toEqual([...names].sort());
      await database.close();
      database = await openDoomed(folder, place, 0);
      expect(database.collections().map(({ name, points }) => [name, points])).toEqual(
        [...names].sort().map((name) => [name, 5]),
      );
      expect(await told(database.dropCollection('b'))).toBe(kept);
      if (kept) names.delete('b');
      else await database.collection('b').upsert(pointsOf(1, 5, DIMENSION));
      await database.close();
      database = await open(folder);
      expect(database.collections().map(({ name }) => name)).toEqual([...names].sort());
      await database.close();
    });
  },
);

test('it dies of an error while LMDB commits: what is refused is gone, what is kept is acknowledged', async () => {
  await withFolder(async (folder) => {
    let armed = false;
    const post = Worker.prototype.postMessage;
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
      post.call(this, message);
      if (armed && typeof message === 'object' && message !== null && 'transaction' in message) {
        armed = false;
        post.call(this, null); // which it cannot read
      }
    });
    const model: Points = new Map();
    const database = await open(folder);
    const words = await database.createCollection('words', { ...CONFIG, indexing: { paused: true } });
    for (let deaths = 0; deaths < amount('SILT_DEATHS', 3, 12); deaths++) {
      armed = true;
      await refused(words, model, pointsOf(deaths, 2_000, DIMENSION, 100 * deaths));
      armed = false;
      await refused(words, model, pointsOf(100 + deaths, 2, DIMENSION, 100 * deaths));
      expect(await words.count()).toBe(model.size);
    }
    await expectSound(database, folder, model);
  });
});

test('it dies while nothing is written: the next write does not notice', async () => {
  await withFolder(async (folder) => {
    let writer: Worker | undefined;
    const post = Worker.prototype.postMessage;
    vi.spyOn(Worker.prototype, 'postMessage').mockImplementation(function (this: Worker, message: unknown) {
      if (typeof message === 'object' && message !== null && 'transaction' in message) writer = this;
      post.call(this, message);
    });
    const model: Points = new Map();
    const database = await open(folder);
    const words = await database.createCollection('words', { ...CONFIG, indexing: { paused: true } });
    for (let deaths = 0; deaths < 5; deaths++) {
      expect(await refused(words, model, pointsOf(deaths, 20, DIMENSION, 13 * deaths))).toBe(false);
      await writer!.terminate();
      await expectHolds(words, model);
    }
    await expectSound(database, folder, model);
  });
});
