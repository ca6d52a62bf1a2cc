/* T12: the index makes progress, and the thread that uses it is never held up for long. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import { shortest } from '../support/steps.js';
import { Stream } from '../support/stream.js';

/** Far above what is needed; a build takes longer in any case. */
const SHORT_MS = 250;

test('writes and searches are taken at once while a build runs, and the event loop turns', async () => {
  const longestTurn = async (): Promise<number> => {
    const stream = new Stream({ efConstruction: 200 });
    stream.enqueue(1, 3000);
    const built = stream.builder.triggerBuildAsync();
    let longest = 0;
    let turns = 0;
    for (let i = 0; stream.builder.isBuilding; i++) {
      const start = performance.now();
      stream.enqueue(10 + i, 5, 10_000 + 5 * i);
      stream.index.search(stream.rows.get(10_000 + 5 * i)!, 10);
      await new Promise((resolve) => setTimeout(resolve, 1));
      longest = Math.max(longest, performance.now() - start);
      turns++;
    }
    await built;
    expect(turns).toBeGreaterThan(1);
    await stream.builder.triggerBuildAsync();
    stream.expectSettled();
    return longest;
  };
  expect(await shortest(SHORT_MS, longestTurn)).toBeLessThan(SHORT_MS);
});

test('in one-thread mode, a build lets the event loop turn', async () => {
  const longestTurn = async (): Promise<number> => {
    const stream = new Stream({ threads: 1, efConstruction: 100 });
    stream.enqueue(1, 1500);
    const built = stream.builder.triggerBuildAsync();
    let longest = 0;
    let last = performance.now();
    let turns = 0;
    while (stream.builder.isBuilding) {
      await new Promise((resolve) => setImmediate(resolve));
      longest = Math.max(longest, performance.now() - last);
      last = performance.now();
      turns++;
    }
    await built;
    expect(turns).toBeGreaterThan(4);
    return longest;
  };
  expect(await shortest(SHORT_MS, longestTurn)).toBeLessThan(SHORT_MS);
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

test('await using closes', async () => {
  let kept: HnswIndex;
  {
    await using index = new HnswIndex({ dimension: 2, metric: 'l2' });
    index.insert(1, [1, 2]);
    kept = index;
  }
  expect(() => kept.search([1, 2], 1)).toThrow('closed');
});
