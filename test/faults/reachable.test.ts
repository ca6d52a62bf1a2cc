/* What a build has linked can be reached, also where it was aborted or failed. */
import { expect, test } from 'vitest';
import { armStep, releaseSteps, stepHits } from '#silt/hnsw/build/fault-points.js';
import { until } from '../support/steps.js';
import { Stream } from '../support/stream.js';

/** Few links and few components: many a row loses its last link to a nearer one. */
const fragile = (threads: number): Stream => {
  const stream = new Stream({ metric: 'dot', threads, m: 2, efConstruction: 8 });
  stream.enqueue(1, 1500);
  return stream;
};

test.each([1, 2, 3])('after an abort (%d threads)', async (threads) => {
  const stream = fragile(threads);
  const controller = new AbortController();
  if (threads > 1) armStep(stream.control, 'linked', 'pause', { skip: 900 });
  const built = stream.builder.triggerBuildAsync({ signal: controller.signal });
  if (threads > 1) await until(() => stepHits(stream.control) > 0);
  else await new Promise((resolve) => setImmediate(resolve));
  controller.abort();
  releaseSteps(stream.control);
  await expect(built).rejects.toMatchObject({ name: 'AbortError' });
  expect(stream.builder.bufferLength).toBeGreaterThan(0);
  expect(stream.index.verify()).toMatchObject({ ok: true, unreachable: 0 });
});

test.each([1, 2, 3])('after a failure (%d threads)', async (threads) => {
  const stream = fragile(threads);
  armStep(stream.control, 'published', 'throw', { row: 1000 });
  await expect(stream.builder.triggerBuildAsync()).rejects.toMatchObject({ code: 'BUILD_FAILED' });
  releaseSteps(stream.control);
  expect(stream.index.verify()).toMatchObject({ ok: true, unreachable: 0 });
});
