/* What a build tells while it runs: progress, events, the reason it ended. */
import { channel, subscribe, unsubscribe } from 'node:diagnostics_channel';
import { afterEach, describe, expect, test } from 'vitest';
import { armStep, releaseSteps, stepHits } from '#silt/hnsw/build/fault-points.js';
import { AsyncIndexBuilder, type BuildProgress, type Events, HnswIndex } from '#silt/index.js';
import { expectOwnRank, numbered } from '../support/index.js';
import { vectorsFor } from '../support/random.js';
import { controlOf, until } from '../support/steps.js';

const pairs = numbered(vectorsFor('cosine', 1, 800, 30));

function newBuilder(threads = 2, count = pairs.length) {
  const index = new HnswIndex({ dimension: 30, metric: 'cosine', threads, efConstruction: 60 });
  const builder = new AsyncIndexBuilder(index);
  if (count > 0) builder.enqueue(pairs.slice(0, count));
  return { index, builder };
}

const CHANNELS = ['silt:build:start', 'silt:build:progress', 'silt:build:end', 'silt:build:error'] as const;
let stopListening = (): void => {};

/** Events about one index, in order. */
function listen(index: object): [string, Record<string, unknown>][] {
  const heard: [string, Record<string, unknown>][] = [];
  const onMessage = (message: unknown, name: string | symbol): void => {
    const { index: about, ...rest } = message as Record<string, unknown>;
    if (about === index) heard.push([String(name), rest]);
  };
  for (const name of CHANNELS) subscribe(name, onMessage);
  stopListening = () => {
    for (const name of CHANNELS) unsubscribe(name, onMessage);
  };
  return heard;
}

afterEach(() => stopListening());

describe.each([1, 2])('with %d threads', (threads) => {
  test('progress goes from nothing to all, and never back', async () => {
    const { builder } = newBuilder(threads);
    expect(builder.progress).toMatchObject({ running: false, linked: 0, total: 0, etaSeconds: null });
    const told: BuildProgress[] = [];
    const built = builder.triggerBuildAsync({ intervalMs: 1, onProgress: (p) => told.push(p) });
    expect(builder.progress).toMatchObject({ running: true, total: 800 });
    const { linked, linkedPerSecond } = await built;
    expect(builder.progress).toMatchObject({ running: false, linked, total: 800, etaSeconds: null });
    expect(builder.progress.linkedPerSecond).toBeCloseTo(linkedPerSecond, -2);
    expect(told.length).toBeGreaterThanOrEqual(2);
    expect(told.at(-1)).toMatchObject({ running: true, linked: 800, total: 800 });
    for (const [i, p] of told.entries()) {
      expect(p.linked).toBeGreaterThanOrEqual(told[i - 1]?.linked ?? 0);
      expect(p.linked).toBeLessThanOrEqual(800);
      if (p.linked > 0) expect(p.etaSeconds).toBeCloseTo((800 - p.linked) / p.linkedPerSecond, 6);
    }
  });

  test('progress is told on the way, by the builder and to onProgress', async () => {
    const { index, builder } = newBuilder(threads);
    const partial: number[] = [];
    const seen = ({ linked }: BuildProgress): void => {
      if (linked > 0 && linked < 800) partial.push(linked);
    };
    if (threads > 1) armStep(controlOf(index), 'linked', 'pause', { skip: 400 });
    const built = builder.triggerBuildAsync({ intervalMs: 1, onProgress: seen });
    if (threads > 1) {
      // Held in the middle, however fast the machine is.
      try {
        await until(() => stepHits(controlOf(index)) > 0 && partial.some((linked) => linked > 300));
        expect(builder.progress.linked).toBeGreaterThan(300);
        expect(builder.progress.linked).toBeLessThan(800);
      } finally {
        releaseSteps(controlOf(index));
      }
    }
    await built;
    expect(partial.length).toBeGreaterThan(0);
  });

  test('events: start, progress, end, in this order', async () => {
    const { index, builder } = newBuilder(threads);
    const heard = listen(index);
    const report = await builder.triggerBuildAsync({ intervalMs: 1 });
    const names = heard.map(([name]) => name);
    expect(names[0]).toBe('silt:build:start');
    expect(names.at(-1)).toBe('silt:build:end');
    expect(new Set(names.slice(1, -1))).toEqual(new Set(['silt:build:progress']));
    expect(heard[0]![1]).toEqual({ pending: 800, threads });
    expect(heard.at(-1)![1]).toEqual({ linked: 800, quarantined: 0, seconds: report.seconds });
  });

  test('flushSync has events too', () => {
    const { index, builder } = newBuilder(threads);
    const heard = listen(index);
    builder.flushSync();
    expect(heard.map(([name]) => name)).toEqual(['silt:build:start', 'silt:build:end']);
  });

  test('a build that fails says so', async () => {
    const { index, builder } = newBuilder(threads);
    const heard = listen(index);
    armStep(controlOf(index), 'published', 'throw', { row: 300 });
    const error = await builder.triggerBuildAsync().catch((e: unknown) => e);
    releaseSteps(controlOf(index));
    expect(heard.at(-1)).toEqual(['silt:build:error', { error }]);
    expect(heard.map(([name]) => name)).not.toContain('silt:build:end');
    expect(builder.progress).toMatchObject({ running: false, total: 800 });
    expect(builder.progress.linked).toBe(800 - builder.bufferLength);
  });

  test('aborted before it begins, it rejects with the reason and links nothing', async () => {
    const { builder } = newBuilder(threads);
    const reason = new Error('not now');
    await expect(builder.triggerBuildAsync({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(builder.bufferLength).toBe(800);
    expect(builder.isBuilding).toBe(false);
    expect((await builder.triggerBuildAsync()).linked).toBe(800);
  });

  test('aborted on the way, it stops, and the rest waits', async () => {
    const { index, builder } = newBuilder(threads);
    const controller = new AbortController();
    // Held back after some rows, so that it cannot be done before the abort comes.
    if (threads > 1) armStep(controlOf(index), 'published', 'pause', { skip: 20 });
    const built = builder.triggerBuildAsync({ signal: controller.signal });
    if (threads > 1) await until(() => stepHits(controlOf(index)) > 0);
    controller.abort();
    releaseSteps(controlOf(index));
    await expect(built).rejects.toMatchObject({ name: 'AbortError' });
    expect(builder.isBuilding).toBe(false);
    const waiting = builder.bufferLength;
    expect(waiting).toBeGreaterThan(0);
    expect(waiting).toBeLessThan(800);
    expectOwnRank((query, k) => index.search(query, k), { rows: new Map(pairs), metric: 'cosine' });
    expect((await builder.triggerBuildAsync()).linked).toBe(waiting);
    expect(index.verify()).toMatchObject({ ok: true, linked: 800 });
  });

  test('an abort that comes too late changes nothing', async () => {
    const { builder } = newBuilder(threads, 50);
    const controller = new AbortController();
    await builder.triggerBuildAsync({ signal: controller.signal });
    controller.abort();
    builder.enqueue(pairs.slice(50, 100));
    expect((await builder.triggerBuildAsync()).linked).toBe(50);
  });
});

test('an empty buffer starts no build: no events, and nothing repeats', async () => {
  const { index, builder } = newBuilder(2, 0);
  const heard = listen(index);
  await builder.triggerBuildAsync();
  expect(builder.flushSync()).toBe(0);
  await new Promise((resolve) => setTimeout(resolve, 300));
  expect(heard).toEqual([]);
});

test('onProgress that throws fails the build it watches, not the process', async () => {
  const { builder } = newBuilder();
  const onProgress = (): void => {
    throw new Error('from onProgress');
  };
  await expect(builder.triggerBuildAsync({ intervalMs: 1, onProgress })).rejects.toThrow('from onProgress');
  expect(builder.isBuilding).toBe(false);
  await builder.triggerBuildAsync();
  expect(builder.bufferLength).toBe(0);
});

test('close ends a running build where it is; every later call but close throws', async () => {
  const { index, builder } = newBuilder();
  armStep(controlOf(index), 'linked', 'pause', { skip: 20 });
  const built = builder.triggerBuildAsync();
  await until(() => stepHits(controlOf(index)) > 0);
  const closed = index.close();
  releaseSteps(controlOf(index));
  await expect(built).rejects.toMatchObject({ code: 'CLOSED' });
  await closed;
  expect(builder.progress.linked).toBeLessThan(400); // what was begun, not the 800
  const query = pairs[0]![1];
  const calls: [string, () => unknown][] = [
    ['search', () => index.search(query, 1)],
    ['insert', () => index.insert(1, query)],
    ['insertBatchParallel', () => index.insertBatchParallel([[1, query]])],
    ['remove', () => index.remove(1)],
    ['has', () => index.has(1)],
    ['size', () => index.size],
    ['save', () => index.save('never')],
    ['verify', () => index.verify()],
    ['enqueue', () => builder.enqueue([[1, query]])],
    ['searchBuffer', () => builder.searchBuffer(query, 1)],
    ['drainBuffer', () => builder.drainBuffer()],
    ['flushSync', () => builder.flushSync()],
    ['triggerBuildAsync', () => builder.triggerBuildAsync()],
  ];
  for (const [name, call] of calls) {
    const outcome = await (async () => call())().catch((error: { code?: string }) => error.code);
    expect(outcome, name).toBe('CLOSED');
  }
  await index.close();
});

test('insertBatchParallel on an index that is closed meanwhile rejects', async () => {
  const { index, builder } = newBuilder();
  const first = builder.triggerBuildAsync();
  const second = index.insertBatchParallel(numbered(vectorsFor('cosine', 2, 100, 30), 1000));
  const outcomes = Promise.allSettled([first, second]);
  await index.close();
  for (const outcome of await outcomes)
    expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'CLOSED' } });
});

test('nobody listens, nothing is published', () => {
  for (const name of CHANNELS) expect(channel(name satisfies keyof Events).hasSubscribers).toBe(false);
});

test('a build that is held at a step counts one thread there, and goes on when it is released', async () => {
  const { index, builder } = newBuilder();
  const control = controlOf(index);
  armStep(control, 'linked', 'pause', { row: 10 });
  const built = builder.triggerBuildAsync();
  await until(() => stepHits(control) > 0);
  expect(stepHits(control)).toBe(1);
  expect(builder.progress.linked).toBeLessThan(800);
  releaseSteps(control);
  await built;
});
