/* What a collection does by itself and fails at: each kind has its own message, and only that kind clears it. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, expect, test } from 'vitest';
import { armStep, releaseSteps } from '#silt/hnsw/build/fault-points.js';
import type { Collection } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { errorOf, liveOf, PAUSED, pointsOf, SMALL, withCollection } from '../support/databases.js';
import { until } from '../support/steps.js';
import { newMemoryStore, openWith } from '../support/stores.js';

afterEach(() => {
  nodePlatform.faults.file = undefined;
});

function failFiles(): void {
  nodePlatform.faults.file = (operation) => {
    throw Object.assign(new Error(`EIO: ${operation}`), { code: 'EIO' });
  };
}

const faultsOf = (points: Collection): object => {
  const { errors, lastError, state } = points.status();
  return { errors, lastError, degraded: state === 'degraded' };
};

const NONE = { errors: {}, lastError: null, degraded: false };
const SNAPSHOT = { errors: { snapshot: 'EIO: open' }, lastError: 'EIO: open', degraded: true };

test('a snapshot that fails behind an automatic compaction stays in the status until a snapshot succeeds', async () => {
  const config = { ...SMALL, indexing: { threads: 2, mergeThreshold: 200, maxBufferAgeMs: 100 } };
  await withCollection('disk', config, async (points) => {
    failFiles();
    for (let round = 0; round < 3; round++) await points.upsert(pointsOf(round, 900));
    await until(() => points.status().masked < 900 && points.status().pending === 0);
    await until(() => points.status().errors['snapshot'] !== undefined);
    expect(faultsOf(points)).toEqual(SNAPSHOT);
    await points.createPayloadIndex('n', 'integer'); // another kind succeeds
    await points.upsert(pointsOf(9, 900));
    await points.buildNow();
    expect(faultsOf(points)).toEqual(SNAPSHOT);
    nodePlatform.faults.file = undefined;
    await points.compact();
    expect(faultsOf(points)).toEqual(NONE);
  });
});

test('failures of several kinds are all in the status, the newest as lastError', async () => {
  await withCollection('disk', PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 300));
    failFiles();
    await points.compact();
    expect(faultsOf(points)).toEqual(SNAPSHOT);
    await points.upsert(pointsOf(2, 300));
    armStep(liveOf(points).graphs[0]!.engine.arenas[0]!.control, 'claimed', 'throw');
    const { message } = await errorOf(() => points.buildNow());
    expect(faultsOf(points)).toEqual({
      errors: { snapshot: 'EIO: open', build: message },
      lastError: message,
      degraded: true,
    });
    releaseSteps(liveOf(points).graphs[0]!.engine.arenas[0]!.control);
    await points.buildNow();
    expect(faultsOf(points)).toEqual(SNAPSHOT);
  });
});

test('an internal error after a write fails neither that write nor other calls, and is in the status', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const stop = liveOf(points).onChange(() => {
      throw new Error('from a listener');
    });
    let told = 0;
    liveOf(points).onChange(() => told++);
    const reached = points.waitFor(3, 'searchable');
    expect((await points.upsert(pointsOf(1, 3))).inserted).toBe(3);
    await reached;
    expect(told).toBe(1);
    expect(faultsOf(points)).toEqual({
      errors: { listener: 'from a listener' },
      lastError: 'from a listener',
      degraded: true,
    });
    stop();
    await points.delete(0);
    expect(faultsOf(points)).toEqual(NONE);
  });
});

test('the recall sample behind a build that fails is in the status; builds go on, and the next sample that succeeds clears it', async () => {
  const store = newMemoryStore();
  const db = await openWith(store);
  const told: unknown[] = [];
  const note = (message: unknown): void => void told.push(message);
  subscribe('silt:recall:error', note);
  const points = await db.createCollection('points', { ...PAUSED, storage: 'disk' });
  const { vector } = store;
  store.vector = () => {
    throw new Error('EIO: read');
  };
  await points.upsert(pointsOf(1, 100));
  await points.buildNow();
  await until(() => points.status().errors['recall'] !== undefined);
  expect(faultsOf(points)).toEqual({
    errors: { recall: 'EIO: read' },
    lastError: 'EIO: read',
    degraded: true,
  });
  expect(told).toMatchObject([{ collection: 'points', error: { message: 'EIO: read' } }]);
  await points.upsert(pointsOf(2, 100, 100));
  expect((await points.buildNow()).linked).toBe(100);
  expect(await errorOf(() => points.measureRecall())).toMatchObject({ message: 'EIO: read' });
  store.vector = vector;
  await points.upsert(pointsOf(3, 100, 200));
  expect((await points.buildNow()).linked).toBe(100);
  await until(() => points.status().errors['recall'] === undefined);
  expect(faultsOf(points)).toEqual(NONE);
  expect(points.status()).toMatchObject({ recall: { k: 10 }, pending: 0 });
  unsubscribe('silt:recall:error', note);
  await db.close();
});

test('a compaction that fails by itself and succeeds when it is asked for is no longer in the status', async () => {
  // Urgent, too: as many rows as `mergeThreshold` are masked.
  const config = { ...SMALL, indexing: { threads: 2, mergeThreshold: 1_200, maxBufferAgeMs: 100 } };
  await withCollection('memory', config, async (points) => {
    const live = liveOf(points);
    let tries = 0;
    live.newParts = () => {
      if (++tries > 1_000) delete (live as Partial<typeof live>).newParts;
      throw new Error('no room');
    };
    for (let round = 0; round < 3; round++) await points.upsert(pointsOf(round, 600));
    await until(() => points.status().masked === 1_200);
    expect(tries).toBeLessThan(10); // it pauses between two tries
    await until(() => points.status().errors['compaction'] !== undefined);
    expect(await errorOf(() => points.compact())).toMatchObject({ message: 'no room' });
    delete (live as Partial<typeof live>).newParts;
    expect((await points.compact()).freedRows).toBe(1_200);
    expect(points.status().errors).toEqual({});
  });
});

test('indexing of payloads that fails by itself and succeeds when it is asked for is no longer in the status', async () => {
  const store = newMemoryStore();
  const { close } = store;
  store.close = async () => {}; // it is opened again
  let db = await openWith(store);
  let points = await db.createCollection('points', PAUSED);
  await points.upsert(pointsOf(1, 20).map((point) => ({ ...point, payload: { n: point.id } })));
  await points.createPayloadIndex('n', 'integer');
  await db.close();
  const { point } = store;
  store.point = () => {
    throw new Error('EIO: read');
  };
  db = await openWith(store);
  points = db.collection('points');
  await until(() => points.status().errors['payloadIndex'] === 'EIO: read');
  store.point = point;
  store.close = close;
  await points.createPayloadIndex('n', 'integer');
  expect(faultsOf(points)).toEqual(NONE);
  await db.close();
});
