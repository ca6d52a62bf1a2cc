/* T12: the index makes progress, and the thread that uses it is never held up for long. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { armStep, releaseSteps, STEPS, stepHits } from '#silt/hnsw/build/fault-points.js';
import { AsyncIndexBuilder, HnswIndex } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import { shortest, until } from '../support/steps.js';
import { Stream } from '../support/stream.js';

/** Far above what is needed; a build takes longer in any case. */
const SHORT_MS = 250;

test('writes and searches are taken at once while a build runs, and the event loop turns', async () => {
  const longestTurn = async (): Promise<number> => {
    const stream = new Stream({ efConstruction: 200 });
    stream.enqueue(1, 3000);
    const built = stream.builder.triggerBuildAsync();
    let longest = 0;
    for (let i = 0; stream.builder.isBuilding; i++) {
      const start = performance.now();
      stream.enqueue(10 + i, 5, 10_000 + 5 * i);
      stream.index.search(stream.rows.get(10_000 + 5 * i)!, 10);
      await new Promise((resolve) => setTimeout(resolve, 1));
      longest = Math.max(longest, performance.now() - start);
    }
    await built;
    await stream.builder.triggerBuildAsync();
    stream.expectSettled();
    return longest;
  };
  expect(await shortest(SHORT_MS, longestTurn)).toBeLessThan(SHORT_MS);
});

test.each(STEPS)(
  'while a build stands still at the step %s, writes and searches are answered, and the event loop turns',
  async (step) => {
    const stream = new Stream({ efConstruction: 200 });
    stream.enqueue(1, 500);
    armStep(stream.control, step, 'pause', { skip: 3 });
    const built = stream.builder.triggerBuildAsync();
    try {
      await until(() => stepHits(stream.control) > 0);
      for (let i = 0; i < 40; i++) {
        const id = 10_000 + 5 * i;
        stream.enqueue(10 + i, 5, id);
        expect(stream.index.search(stream.rows.get(id)!, 1)[0]![0]).toBe(id);
        await new Promise((resolve) => setImmediate(resolve));
      }
      expect(stream.builder.isBuilding).toBe(true);
    } finally {
      releaseSteps(stream.control);
    }
    await built;
    await stream.builder.triggerBuildAsync();
    stream.expectSettled();
  },
);

test('in one-thread mode, a build lets the event loop turn many times before all is linked', async () => {
  const ROWS = 1500;
  const stream = new Stream({ threads: 1, efConstruction: 200 });
  stream.enqueue(1, ROWS);
  const built = stream.builder.triggerBuildAsync();
  let most = 0;
  for (let before = 0; stream.builder.isBuilding; ) {
    await new Promise((resolve) => setImmediate(resolve));
    const { linked } = stream.builder.progress;
    most = Math.max(most, linked - before);
    before = linked;
  }
  expect((await built).linked).toBe(ROWS);
  expect(most).toBeLessThan(ROWS / 2);
});

test('builds that are asked for without end, with writes between, empty the buffer', async () => {
  const stream = new Stream();
  for (let round = 0; round < 20; round++) {
    stream.enqueue(round, 50, 50 * round);
    void stream.builder.triggerBuildAsync();
    await new Promise((resolve) => setImmediate(resolve));
  }
  while (stream.builder.bufferLength > 0) await stream.builder.triggerBuildAsync();
  stream.expectSettled();
});

test('open, write one, save, again and again, with a build now and then', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x');
    const stream = new Stream();
    let { index } = stream;
    for (let round = 0; round < 12; round++) {
      const [vector] = stream.vectors(round, 1);
      const builder = new AsyncIndexBuilder(index);
      builder.enqueue([[round, vector!]]);
      stream.rows.set(round, vector!);
      if (round % 4 === 3) expect((await builder.triggerBuildAsync()).linked).toBe(4);
      await index.save(path);
      await index.close();
      index = await HnswIndex.load(path);
      stream.expectWhole(index);
    }
    expect(index.verify()).toMatchObject({ ok: true, rows: 12, linked: 12 });
  });
});

test('close is bounded while much waits, and closing again or an idle index costs nothing', async () => {
  const closing = async (): Promise<number> => {
    const stream = new Stream({ efConstruction: 400 });
    stream.enqueue(1, 4000);
    const built = stream.builder.triggerBuildAsync().catch((error: { code?: string }) => error.code);
    await new Promise((resolve) => setTimeout(resolve, 20));
    const start = performance.now();
    await stream.index.close();
    const ms = performance.now() - start;
    expect(await built).toBe('CLOSED');
    await stream.index.close();
    return ms;
  };
  expect(await shortest(4 * SHORT_MS, closing)).toBeLessThan(4 * SHORT_MS);
  await new HnswIndex({ dimension: 3, metric: 'l2' }).close();
});

test('close lets a thread end the row that it links, and no more', async () => {
  const stream = new Stream({ efConstruction: 200 });
  stream.enqueue(1, 2000);
  armStep(stream.control, 'linked', 'pause', { skip: 20 });
  const built = stream.builder.triggerBuildAsync().catch((error: { code?: string }) => error.code);
  await until(() => stepHits(stream.control) > 0);
  const closed = stream.index.close();
  releaseSteps(stream.control);
  await closed;
  expect(await built).toBe('CLOSED');
  expect(stream.builder.progress.linked).toBeLessThan(500);
});

test('await using closes', async () => {
  let kept: HnswIndex;
  {
    await using index = new HnswIndex({ dimension: 2, metric: 'l2' });
    index.insert(1, [1, 2]);
    kept = index;
  }
  expect(() => kept.search([1, 2], 1)).toThrow('closed');
});
