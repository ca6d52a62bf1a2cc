/* T2: what is deleted or overwritten while a batch is in flight stays so, also after reopening. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { armStep, releaseSteps, STEPS, type Step, stepHits } from '#silt/hnsw/build/fault-points.js';
import { AsyncIndexBuilder, HnswIndex, type Id } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { until } from '../support/steps.js';
import { Stream } from '../support/stream.js';

/** Deletes, overwrites, and deletes and writes again: the row at hand, rows before and behind it. */
function disturb(stream: Stream, around: readonly Id[]): void {
  const far = stream.vectors(77, around.length).map((v) => v.map((x) => -x));
  for (const [i, id] of around.entries()) {
    const fresh = far[i]!;
    if (i % 3 === 0) stream.remove(id);
    else if (i % 3 === 1) stream.put([[id, fresh]]);
    else {
      stream.remove(id);
      stream.put([[id, fresh]]);
    }
  }
}

/** Deleted ids are not found, not even by a filter that admits nothing else; overwritten ones by their new vector. */
function expectGone(stream: Stream, old: ReadonlyMap<Id, Float32Array>): void {
  for (const [id, vector] of old) {
    const hits = stream.index.search(vector, 3, { filter: (other) => other === id });
    if (!stream.rows.has(id)) expect(hits).toEqual([]);
    else expect(hits).toHaveLength(1);
  }
}

describe.each(STEPS)('at step %s', (step: Step) => {
  test.each(someOf([0, 1, 2], 2))(
    'rows at hand are deleted, overwritten or both (variant %d)',
    async (shift) => {
      await withFolder(async (folder) => {
        const stream = new Stream();
        stream.enqueue(1, 100);
        stream.builder.flushSync();
        stream.enqueue(2, 150, 100);
        const { control, builder } = { control: stream.control, builder: stream.builder };
        const row = 132; // a row that begins a claim, so that every step has it
        armStep(control, step, 'pause', { row });
        const built = builder.triggerBuildAsync();
        await until(() => stepHits(control) > 0);
        const around: Id[] = [
          row + shift,
          ...[131, 133, 134, 3, 50, 240, 249].filter((id) => id !== row + shift),
        ];
        const old = new Map(around.map((id) => [id, stream.rows.get(id) as Float32Array]));
        disturb(stream, around);
        stream.expectWhole();
        expectGone(stream, old);
        await stream.index.save(join(folder, 'then'));
        releaseSteps(control);
        await built;
        stream.expectWhole();
        expectGone(stream, old);
        await builder.triggerBuildAsync();
        stream.expectSettled();
        expectGone(stream, old);

        const reopened = await HnswIndex.load(join(folder, 'then'));
        stream.expectWhole(reopened);
        await new AsyncIndexBuilder(reopened).triggerBuildAsync();
        expect(reopened.verify().ok).toBe(true);
        stream.expectWhole(reopened);
      });
    },
  );
});

test('all rows of the batch are deleted while it is linked', async () => {
  const stream = new Stream();
  stream.enqueue(1, 300);
  armStep(stream.control, 'linked', 'pause', { skip: 20 });
  const built = stream.builder.triggerBuildAsync();
  await until(() => stepHits(stream.control) > 0);
  for (let id = 0; id < 300; id++) stream.remove(id);
  expect(stream.index.search(stream.vectors(1, 1)[0]!, 10)).toEqual([]);
  releaseSteps(stream.control);
  const { linked } = await built;
  expect(linked).toBeLessThan(300);
  expect(stream.builder.bufferLength).toBe(0);
  expect(stream.index.size).toBe(0);
  expect(stream.index.search(stream.vectors(1, 1)[0]!, 10)).toEqual([]);
  stream.enqueue(2, 100);
  await stream.builder.triggerBuildAsync();
  stream.expectSettled();
});

test('entirely inside the buffer, and within one batch', async () => {
  const stream = new Stream();
  stream.enqueue(1, 50);
  const old = new Map([...stream.rows].map(([id, v]) => [id, v as Float32Array]));
  disturb(stream, [...stream.rows.keys()].slice(0, 30));
  const [a, b, c] = stream.vectors(5, 3) as [Float32Array, Float32Array, Float32Array];
  stream.put([
    [60, a],
    [61, b],
    [60, c],
    [61, a],
    [60, b],
  ]);
  stream.expectWhole();
  expectGone(stream, old);
  await stream.builder.triggerBuildAsync();
  stream.expectSettled();
  expectGone(stream, old);
  expect(stream.index.search(b, 1)[0]![0]).toBe(60);
});

test('one id overwritten at every turn of a build has its last vector, and one row', async () => {
  const stream = new Stream();
  stream.enqueue(1, 600);
  const built = stream.builder.triggerBuildAsync();
  let version = 0;
  while (stream.builder.isBuilding) {
    const [vector] = stream.vectors(1000 + version, 1);
    stream.put([[7, vector!]]);
    expect(stream.index.search(vector!, 1)[0]![0]).toBe(7);
    version++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await built;
  expect(version).toBeGreaterThan(3);
  expect(stream.builder.bufferLength).toBeLessThanOrEqual(1);
  await stream.builder.triggerBuildAsync();
  stream.expectSettled();
});
