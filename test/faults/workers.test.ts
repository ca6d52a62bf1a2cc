/* T9: a worker that dies, hangs, or meets a poisonous row. */
import { describe, expect, test } from 'vitest';
import { ROW_STRIKES_MAX } from '#silt/base/limits.js';
import { ArenaBuild } from '#silt/hnsw/build/arena-build.js';
import { armStep, releaseSteps, STEPS, type Step, stepHits } from '#silt/hnsw/build/fault-points.js';
import { kernelCode } from '#silt/kernel/builds.js';
import * as L from '#silt/kernel/layout.js';
import { engineOf, idsOf } from '../support/index.js';
import { until } from '../support/steps.js';
import { Stream } from '../support/stream.js';

/** A build of the first arena with a short patience. */
const impatient = (stream: Stream, threads = 2) =>
  new ArenaBuild(engineOf(stream.index).arenas[0]!, kernelCode(), threads, { timeoutMs: 200 });

describe('a poisonous row', () => {
  test.each([
    ['linking', 1],
    ['linked', 1],
    ['linking', 2],
    ['linked', 2],
  ] as const)(
    'whose linking throws at %s: 999 of 1,000 are linked, it is found all the same (%d threads)',
    async (step, threads) => {
      const stream = new Stream({ threads });
      stream.enqueue(1, 1000);
      armStep(stream.control, step, 'throw', { row: 321 });
      const report = await stream.builder.triggerBuildAsync();
      releaseSteps(stream.control);
      expect(report).toMatchObject({ linked: 999, quarantined: 1 });
      expect(stream.builder.bufferLength).toBe(0);
      expect(idsOf(stream.builder.searchBuffer(stream.vectors(9, 1)[0]!, 10))).toEqual([321]);
      stream.expectSettled();
      // Not tried again, and no other row suffers.
      stream.enqueue(2, 100, 2000);
      expect(await stream.builder.triggerBuildAsync()).toMatchObject({ linked: 100, quarantined: 0 });
      stream.expectSettled();
      // Replaced or removed, it is an ordinary row.
      stream.enqueue(3, 1, 321);
      expect((await stream.builder.triggerBuildAsync()).linked).toBe(1);
      expect(stream.builder.searchBuffer(stream.vectors(9, 1)[0]!, 10)).toEqual([]);
      stream.expectSettled();
    },
  );

  test('during flushSync, and during insert', () => {
    const stream = new Stream();
    stream.enqueue(1, 500);
    armStep(stream.control, 'linking', 'throw', { row: 77 });
    expect(stream.builder.flushSync()).toBe(499);
    armStep(stream.control, 'linking', 'throw', { row: 500 });
    stream.index.insert(500, stream.vectors(2, 1)[0]!);
    stream.rows.set(500, stream.vectors(2, 1)[0]!);
    releaseSteps(stream.control);
    stream.expectSettled();
    expect(
      idsOf(stream.builder.searchBuffer(stream.vectors(9, 1)[0]!, 10)).sort((a, b) => Number(a) - Number(b)),
    ).toEqual([77, 500]);
  });

  test('drainBuffer gives it back', async () => {
    const stream = new Stream();
    stream.enqueue(1, 100);
    armStep(stream.control, 'linking', 'throw', { row: 50 });
    await stream.builder.triggerBuildAsync();
    releaseSteps(stream.control);
    expect(stream.builder.drainBuffer()).toEqual([[50, stream.rows.get(50)]]);
    stream.rows.delete(50);
    stream.expectSettled();
  });
});

describe.each(STEPS)('a worker that dies at %s', (step: Step) => {
  test('is replaced, and its rows are linked', async () => {
    const stream = new Stream();
    stream.enqueue(1, 600);
    armStep(stream.control, step, 'exit', { skip: 2 });
    const built = stream.builder.triggerBuildAsync();
    await until(() => stepHits(stream.control) > 0);
    stream.expectWhole();
    stream.remove(5);
    stream.enqueue(2, 20, 590);
    const report = await built;
    releaseSteps(stream.control);
    expect(report.quarantined).toBe(0);
    expect(report.linked + stream.builder.bufferLength).toBeGreaterThanOrEqual(609);
    await stream.builder.triggerBuildAsync();
    stream.expectSettled();
    expect(stream.builder.searchBuffer(stream.vectors(9, 1)[0]!, 10)).toEqual([]);
  });

  test('again and again does not stop the build', async () => {
    const stream = new Stream();
    stream.enqueue(1, 1500);
    const built = stream.builder.triggerBuildAsync();
    for (let deaths = 0; deaths < 3 && stream.builder.isBuilding; deaths++) {
      armStep(stream.control, step, 'exit');
      await until(() => stepHits(stream.control) > 0 || !stream.builder.isBuilding);
    }
    const { linked, quarantined } = await built;
    releaseSteps(stream.control);
    expect(linked + quarantined).toBe(1500); // a row that was at hand twice is taken for the cause
    expect(quarantined).toBeLessThanOrEqual(1);
    stream.expectSettled();
  });
});

test('a row that kills every worker that takes it up is quarantined', async () => {
  const stream = new Stream();
  stream.enqueue(1, 2000);
  armStep(stream.control, 'linking', 'exit', { row: 40 });
  const built = stream.builder.triggerBuildAsync();
  for (let strike = 1; strike < ROW_STRIKES_MAX; strike++) {
    await until(() => stepHits(stream.control) > 0);
    armStep(stream.control, 'linking', 'exit', { row: 40 });
  }
  const report = await built;
  expect(stepHits(stream.control)).toBe(1);
  releaseSteps(stream.control);
  expect(report).toMatchObject({ linked: 1999, quarantined: 1 });
  expect(idsOf(stream.builder.searchBuffer(stream.vectors(9, 1)[0]!, 10))).toEqual([40]);
  stream.expectSettled();
});

test.each(['claimed', 'linking', 'linked'] as const)(
  'a worker that hangs at %s is ended, its rows are linked',
  async (step) => {
    const stream = new Stream();
    stream.enqueue(1, 400);
    armStep(stream.control, step, 'hang', { skip: 3 });
    const built = impatient(stream).run();
    await until(() => stepHits(stream.control) > 0);
    stream.expectWhole();
    await built;
    releaseSteps(stream.control);
    stream.expectSettled();
    expect(stream.index.verify().linked).toBe(400);
  },
);

test('locks of a dead worker are released: the build goes on', async () => {
  const stream = new Stream();
  stream.enqueue(1, 100);
  stream.builder.flushSync();
  stream.enqueue(2, 300, 100);
  const { geometry, memory } = engineOf(stream.index).arenas[0]!;
  const locks = new Int32Array(memory.buffer, geometry.blocks + geometry.descriptor[L.D_SEC_LOCKS / 4]!, 100);
  locks.fill(2); // held by the first worker, of an earlier life
  await impatient(stream).run();
  expect([...locks].every((owner) => owner === 0)).toBe(true);
  stream.expectSettled();
});

test('the next build after a failed one begins clean: a death before its first row harms nothing', async () => {
  const stream = new Stream();
  stream.enqueue(1, 300);
  for (let round = 0; round < 3; round++) {
    armStep(stream.control, 'claimed', 'throw');
    await stream.builder.triggerBuildAsync().catch(() => {});
    armStep(stream.control, 'claimed', 'exit');
    await stream.builder.triggerBuildAsync();
    releaseSteps(stream.control);
    stream.enqueue(2 + round, 300, 300 * (round + 1));
  }
  await stream.builder.triggerBuildAsync();
  stream.expectSettled();
});
