/* T4: a build that fails or is cancelled has lost nothing, and does not stand in the way of the next one. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { armStep, releaseSteps, STEPS, type Step, stepHits } from '#silt/hnsw/build/fault-points.js';
import { BuildError } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { until } from '../support/steps.js';
import { Stream } from '../support/stream.js';

const unhandled: unknown[] = [];
const note = (error: unknown): void => void unhandled.push(error);
beforeEach(() => {
  unhandled.length = 0;
  process.on('unhandledRejection', note);
});
afterEach(async () => {
  await new Promise((resolve) => setTimeout(resolve, 5));
  process.off('unhandledRejection', note);
  expect(unhandled).toEqual([]);
});

function filled(threads: number): Stream {
  const stream = new Stream({ threads });
  stream.enqueue(1, 50);
  stream.builder.flushSync();
  stream.enqueue(2, 250, 50);
  return stream;
}

describe.each(someOf([1, 2, 4], 2))('with %d threads', (threads) => {
  test.each(['claimed', 'published'] as const)('an error at %s fails the build', async (step) => {
    const stream = filled(threads);
    const { builder, control, index } = stream;
    armStep(control, step, 'throw', { skip: 3 });
    const error = await builder.triggerBuildAsync().catch((e: unknown) => e);
    releaseSteps(control);
    expect(error).toBeInstanceOf(BuildError);
    expect(error).toMatchObject({ code: 'BUILD_FAILED', cause: expect.any(Error) });
    expect((error as BuildError).message).toContain(`thrown at step ${step}`);
    expect(builder.isBuilding).toBe(false);
    const waiting = builder.bufferLength;
    expect(waiting).toBeGreaterThan(0);
    stream.expectWhole();
    expect(builder.searchBuffer(stream.vectors(9, 1)[0]!, 1000)).toHaveLength(waiting);
    stream.remove(290);
    stream.remove(10);
    stream.enqueue(3, 10, 280);
    stream.expectWhole();
    const { linked } = await builder.triggerBuildAsync();
    expect(linked).toBeGreaterThan(0);
    stream.expectSettled();
    expect(index.verify().linked).toBeLessThanOrEqual(310);
  });

  test.each(['claimed', 'published'] as const)('an error at %s during flushSync', (step) => {
    const stream = filled(threads);
    const { builder, control } = stream;
    // Thrown wherever it is reached, so by the calling thread too.
    armStep(control, step, 'throw');
    expect(() => builder.flushSync()).toThrow(BuildError);
    releaseSteps(control);
    expect(builder.isBuilding).toBe(false);
    stream.expectWhole();
    const waiting = builder.bufferLength;
    expect(builder.flushSync()).toBe(waiting);
    stream.expectSettled();
  });

  test('many failures in a row', async () => {
    const stream = filled(threads);
    for (let row = 60; row < 300; row += 40) {
      armStep(stream.control, 'published', 'throw', { row });
      await stream.builder.triggerBuildAsync().catch(() => {});
      releaseSteps(stream.control);
      stream.expectWhole();
    }
    await stream.builder.triggerBuildAsync();
    stream.expectSettled();
  });
});

describe.each(STEPS)('cancelled at step %s', (step: Step) => {
  test.each([0, 5])('after %d others', async (skip) => {
    const stream = filled(2);
    const { builder, control } = stream;
    const controller = new AbortController();
    armStep(control, step, 'pause', { skip });
    const built = builder.triggerBuildAsync({ signal: controller.signal });
    await until(() => stepHits(control) > 0);
    const reason = new Error('no longer wanted');
    controller.abort(reason);
    stream.remove(299);
    stream.remove(60);
    stream.expectWhole();
    releaseSteps(control);
    await expect(built).rejects.toBe(reason);
    expect(builder.isBuilding).toBe(false);
    expect(builder.bufferLength).toBeGreaterThan(0);
    stream.expectWhole();
    await builder.triggerBuildAsync();
    stream.expectSettled();
  });
});

test('of several callers that joined, each learns of the failure', async () => {
  const stream = filled(2);
  armStep(stream.control, 'published', 'throw', { row: 200 });
  const joined = [stream.builder.triggerBuildAsync(), stream.builder.triggerBuildAsync()];
  const parallel = stream.index.insertBatchParallel([[5000, stream.vectors(8, 1)[0]!]]);
  stream.rows.set(5000, stream.vectors(8, 1)[0]!);
  for (const promise of joined) await expect(promise).rejects.toThrow(BuildError);
  releaseSteps(stream.control);
  expect(await parallel).toBe(1); // it waited for the build to end, and has one of its own
  stream.expectSettled();
});
