/* T6: a row that could not be linked leaves no hole: those behind it are linked, and it is found all the same. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { armStep, releaseSteps } from '#silt/hnsw/build/fault-points.js';
import { AsyncIndexBuilder, HnswIndex } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import { Stream } from '../support/stream.js';

test.each([0, 1, 2])(
  'row n waits while later ones are linked, and is linked after reopening (threads %d + 1)',
  async (more) => {
    await withFolder(async (folder) => {
      const stream = new Stream({ threads: 1 + more });
      stream.enqueue(1, 300);
      // The build breaks off at a row in the middle: holes below it, where claims were not finished.
      armStep(stream.control, 'published', 'throw', { row: 100 });
      await stream.builder.triggerBuildAsync().catch(() => {});
      releaseSteps(stream.control);
      const waiting = stream.builder.bufferLength;
      expect(waiting).toBeGreaterThan(0);
      stream.index.insert(1000, stream.vectors(5, 1)[0]!); // linked above the holes
      stream.rows.set(1000, stream.vectors(5, 1)[0]!);
      stream.expectWhole();
      await stream.index.save(join(folder, 'x'));
      const reopened = await HnswIndex.load(join(folder, 'x'));
      stream.expectWhole(reopened);
      const builder = new AsyncIndexBuilder(reopened);
      expect(builder.bufferLength).toBe(waiting);
      expect((await builder.triggerBuildAsync()).linked).toBe(waiting);
      expect(reopened.verify()).toMatchObject({ ok: true, linked: 301 });
      stream.expectWhole(reopened);
    });
  },
);

test('of rows that were overwritten before a build, the last ones are indexed and found', async () => {
  const stream = new Stream();
  stream.enqueue(1, 200);
  for (let k = 0; k < 5; k++) stream.enqueue(2 + k, 40); // rows 0 to 39, five times over
  const { linked } = await stream.builder.triggerBuildAsync();
  expect(linked).toBe(200);
  stream.expectSettled();
  const top = [...stream.rows].slice(-40);
  for (const [id, vector] of top) expect(stream.index.search(vector, 1)[0]![0]).toBe(id);
});

test('deleted rows at the start of the pending ones are not counted as pending', async () => {
  const stream = new Stream();
  stream.enqueue(1, 400);
  for (let id = 0; id < 390; id++) stream.remove(id);
  expect(stream.builder.bufferLength).toBe(10);
  expect(stream.builder.searchBuffer(stream.vectors(9, 1)[0]!, 100)).toHaveLength(10);
  expect((await stream.builder.triggerBuildAsync()).linked).toBe(10);
  stream.expectSettled();
});
