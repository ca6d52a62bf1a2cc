/* T1: stopped at any step of a build, no row is in neither place, and none in both. */
import { describe, expect, test } from 'vitest';
import { armStep, releaseSteps, STEPS, type Step, stepHits } from '#silt/hnsw/build/fault-points.js';
import { someOf } from '../support/amount.js';
import { engineOf, expectOwnRank, expectSound } from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { until } from '../support/steps.js';
import { Stream } from '../support/stream.js';

/** A claim is of 32 rows, so only some eight are made here. */
const cases = STEPS.flatMap((step) =>
  (step === 'claimed' ? [0, 1, 5] : [0, 1, 7, 40]).map((skip) => [step, skip] as const),
);

test.each(cases)('the build stands still at %s, after %d others', async (step: Step, skip) => {
  const stream = new Stream();
  const { builder, control } = fill(stream);
  armStep(control, step, 'pause', { skip });
  const built = builder.triggerBuildAsync();
  await until(() => stepHits(control) > 0);
  stream.expectWhole();
  expect(builder.isBuilding).toBe(true);
  // What waits is in the buffer, and what does not is not.
  const inBuffer = builder.searchBuffer(stream.vectors(9, 1)[0]!, 1000).length;
  expect(inBuffer).toBe(builder.bufferLength);
  expect(inBuffer).toBeGreaterThan(0);
  stream.enqueue(3, 20, 1000); // writes are taken meanwhile
  stream.expectWhole();
  releaseSteps(control);
  await built;
  await builder.triggerBuildAsync();
  stream.expectSettled();
  expect(stream.index.verify()).toMatchObject({ linked: 320, rows: 320 });
});

function fill(stream: Stream): { builder: Stream['builder']; control: Int32Array } {
  stream.enqueue(1, 60);
  stream.builder.flushSync(); // a graph is there already
  stream.enqueue(2, 240, 60);
  return { builder: stream.builder, control: stream.control };
}

test.each(someOf(METRICS, 2))('%s: searched at every turn of a build', async (metric) => {
  const stream = new Stream({ metric });
  stream.enqueue(1, 1200);
  const built = stream.builder.triggerBuildAsync();
  let turns = 0;
  while (stream.builder.isBuilding) {
    const id = (turns * 97) % 1200;
    expectOwnRank((query, k) => stream.index.search(query, k), {
      rows: new Map([[id, stream.rows.get(id)!]]),
      metric,
    });
    turns++;
    await new Promise((resolve) => setImmediate(resolve));
  }
  await built;
  expect(turns).toBeGreaterThan(5);
  stream.expectSettled();
});

/*
 * The order of a search is the proof that nothing is missed: the window first, then the graph. Here the whole
 * build happens in the middle of one search: as it looks at its first row, or between its two halves.
 */
describe.each(['at the first row', 'between the halves'])('a build overtakes a search %s', (when) => {
  test.each([0, 1, 2])('and no row is missed or met twice (%d)', async (variant) => {
    const stream = new Stream({ seed: variant });
    stream.enqueue(1, 300);
    await stream.builder.triggerBuildAsync(); // the workers are warm
    stream.enqueue(2, 300, 300);
    const arena = engineOf(stream.index).arenas[0]!;
    armStep(stream.control, 'claimed', 'pause');
    const built = stream.builder.triggerBuildAsync();
    await until(() => stepHits(stream.control) > 0);
    const pause = new Int32Array(new SharedArrayBuffer(4));
    const letItBuild = (): void => {
      releaseSteps(stream.control);
      for (let ms = 0; arena.pending > 0 && ms < 10_000; ms++) Atomics.wait(pause, 0, 0, 1);
    };
    const { kernel } = arena;
    if (when === 'between the halves') {
      const thenBuild =
        <A extends unknown[]>(call: (...args: A) => number) =>
        (...args: A): number => {
          const result = call(...args);
          letItBuild();
          return result;
        };
      Object.defineProperty(arena, 'kernel', {
        value: { ...kernel, scan: thenBuild(kernel.scan), walk: thenBuild(kernel.walk) },
      });
    }
    const query = stream.rows.get(599 - variant)!;
    const filter = (): boolean => {
      if (when === 'at the first row') letItBuild();
      return true;
    };
    const hits = stream.index.search(query, 10, { ef: 40, filter });
    expect(arena.pending).toBe(0);
    expect(hits[0]![0]).toBe(599 - variant);
    expectSound(hits, { rows: stream.rows, metric: stream.metric, query, k: 10 });
    Object.defineProperty(arena, 'kernel', { value: kernel });
    await built;
    stream.expectSettled();
  });
});
