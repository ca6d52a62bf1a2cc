/* What a collection does by itself and fails at: each kind has its own message, and only that kind clears it. */
import { afterEach, expect, test } from 'vitest';
import { setFileFault } from '#silt/hnsw/files-node.js';
import { armStep, releaseSteps } from '#silt/hnsw/steps.js';
import type { Collection } from '#silt/index.js';
import { errorOf, PAUSED, pointsOf, SMALL, withCollection } from '../support/databases.js';
import { until } from '../support/steps.js';

afterEach(() => setFileFault(undefined));

function failFiles(): void {
  setFileFault((operation) => {
    throw Object.assign(new Error(`EIO: ${operation}`), { code: 'EIO' });
  });
}

const faultsOf = (points: Collection): object => {
  const { errors, lastError, state } = points.status();
  return { errors, lastError, degraded: state === 'degraded' };
};

const NONE = { errors: {}, lastError: null, degraded: false };
const SNAPSHOT = { errors: { snapshot: 'EIO: open' }, lastError: 'EIO: open', degraded: true };

test('a snapshot that fails behind an automatic compaction stays in the status until a snapshot succeeds', async () => {
  const config = { ...SMALL, indexing: { segmentCount: 2, mergeThreshold: 200, maxBufferAgeMs: 100 } };
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
    setFileFault(undefined);
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
    armStep(points._live.inner.rows.arenas[0]!.control, 'claimed', 'throw');
    const { message } = await errorOf(() => points.buildNow());
    expect(faultsOf(points)).toEqual({
      errors: { snapshot: 'EIO: open', build: message },
      lastError: message,
      degraded: true,
    });
    releaseSteps(points._live.inner.rows.arenas[0]!.control);
    await points.buildNow();
    expect(faultsOf(points)).toEqual(SNAPSHOT);
  });
});

test('an internal error while others are told of a write reaches neither the write nor them, and is in the status', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const stop = points._live.onChange(() => {
      throw new Error('from a listener');
    });
    let told = 0;
    points._live.onChange(() => told++);
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
