/* T7: a snapshot is of the instant of the call, whatever goes on while it is written. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ORIGIN_FROM } from '#silt/base/limits.js';
import { armStep, releaseSteps, STEPS, type Step, stepHits } from '#silt/hnsw/build/fault-points.js';
import { AsyncIndexBuilder, HnswIndex, type Id } from '#silt/index.js';
import { withFolder } from '../../support/files.js';
import {
  engineOf,
  expectExact,
  expectOwnRank,
  expectSound,
  numbered,
  type Rows,
} from '../../support/index.js';
import { vectorsFor } from '../../support/random.js';
import { controlOf, until } from '../../support/steps.js';

const DIMENSION = 30;
const metric = 'euclidean' as const;
const load = (path: string) => HnswIndex.load(path, { threads: 2 });

function filled(count: number): { index: HnswIndex; builder: AsyncIndexBuilder; rows: Rows } {
  const index = new HnswIndex({ dimension: DIMENSION, metric, threads: 2, efConstruction: 60 });
  const builder = new AsyncIndexBuilder(index);
  const pairs = numbered(vectorsFor('euclidean', 1, count, DIMENSION));
  builder.enqueue(pairs);
  return { index, builder, rows: new Map<Id, Float32Array>(pairs as never) };
}

/** The loaded index has exactly these rows; it is whole before its rows are linked, and after. */
async function expectWhole(path: string, rows: Rows): Promise<void> {
  const index = await load(path);
  expect(index.size).toBe(rows.size);
  const check = (): void => {
    expect(index.verify().ok).toBe(true);
    for (const query of vectorsFor('euclidean', 9, 5, DIMENSION)) {
      expectExact(index.search(query, rows.size + 10), { rows, metric, query, k: rows.size + 10 });
      expectSound(index.search(query, 10, { ef: 40 }), { rows, metric, query, k: 10 });
    }
    expectOwnRank((query, k) => index.search(query, k), { rows, metric });
  };
  check();
  const builder = new AsyncIndexBuilder(index);
  const waiting = builder.bufferLength;
  expect((await builder.triggerBuildAsync()).linked).toBe(waiting);
  check();
}

test('upserts, deletes and a build during the save do not show in it', async () => {
  await withFolder(async (folder) => {
    const { index, builder, rows } = filled(600);
    builder.flushSync();
    builder.enqueue(numbered(vectorsFor('euclidean', 2, 200, DIMENSION), 600));
    for (const [id, vector] of numbered(vectorsFor('euclidean', 2, 200, DIMENSION), 600))
      rows.set(id, vector);
    const before: Rows = new Map(rows);
    const saved = index.save(join(folder, 'x'));
    for (let id = 0; id < 100; id++) index.remove(id); // in this turn, and in later ones
    const built = builder.triggerBuildAsync();
    for (let i = 0; i < 40; i++) {
      builder.enqueue(numbered(vectorsFor('euclidean', 100 + i, 10, DIMENSION), 580 + 3 * i));
      index.remove(100 + i);
      await new Promise((resolve) => setImmediate(resolve));
    }
    await saved;
    await built;
    await expectWhole(join(folder, 'x'), before);
  });
});

test.each(STEPS)('saved while linkers stand at step %s, the file is whole', async (step: Step) => {
  await withFolder(async (folder) => {
    const { index, builder, rows } = filled(400);
    for (const skip of [0, 3]) {
      const control = controlOf(index);
      armStep(control, step, 'pause', { skip });
      const built = builder.triggerBuildAsync();
      await until(() => stepHits(control) > 0);
      await index.save(join(folder, `${step}-${skip}`));
      const then: Rows = new Map(rows);
      releaseSteps(control);
      await built;
      await expectWhole(join(folder, `${step}-${skip}`), then);
      const more = numbered(vectorsFor('euclidean', 7 + skip, 200, DIMENSION), 1000);
      builder.enqueue(more);
      for (const [id, vector] of more) rows.set(id, vector);
    }
  });
});

test('the row that becomes the entry point is saved before its state says linked', async () => {
  await withFolder(async (folder) => {
    const { index, builder, rows } = filled(300);
    const [arena] = engineOf(index).arenas;
    const bytes = new Uint8Array(arena!.memory.buffer);
    const levels = Array.from({ length: 300 }, (_, row) => bytes[arena!.kernel.levelOf(row) >>> 0]!);
    const highest = levels.indexOf(Math.max(...levels));
    armStep(arena!.control, 'linked', 'pause', { row: highest });
    const built = builder.triggerBuildAsync();
    await until(() => stepHits(arena!.control) > 0 && arena!.linked > 0);
    expect(arena!.entryRow).toBe(highest);
    await index.save(join(folder, 'x'));
    releaseSteps(arena!.control);
    await built;
    await expectWhole(join(folder, 'x'), rows);
  });
});

test.each([40, 100])(
  'rows that come during the save do not change how those of it are coded (%d dimensions)',
  async (dimension) => {
    await withFolder(async (folder) => {
      // Far from the origin, so that codes are worth little without a common origin taken off.
      const far = (seed: number, count: number) =>
        vectorsFor(metric, seed, count, dimension).map((v) => v.map((x, i) => x + 50 + (i % 7)));
      const index = new HnswIndex({ dimension, metric, threads: 1, efConstruction: 60 });
      const builder = new AsyncIndexBuilder(index);
      builder.enqueue(numbered(far(1, ORIGIN_FROM - 1)));
      builder.flushSync();
      const rows: Rows = new Map<Id, Float32Array>(numbered(far(1, ORIGIN_FROM - 1)) as never);
      const saved = index.save(join(folder, 'x'));
      builder.enqueue(numbered(far(2, 600), 10_000));
      await saved;
      const loaded = await load(join(folder, 'x'));
      for (const query of [...far(3, 10), ...rows.values()].slice(0, 60)) {
        expectExact(loaded.search(query, 10, { ef: 16_384 }), { rows, metric, query, k: 10 });
        expectSound(loaded.search(query, 10, { ef: 40 }), { rows, metric, query, k: 10 });
      }
      expectOwnRank((query, k) => loaded.search(query, k, { ef: 60 }), { rows, metric });
    });
  },
);

test('saves at the same time, to one path, each leave a whole file', async () => {
  await withFolder(async (folder) => {
    const { index, builder, rows } = filled(200);
    builder.flushSync();
    await Promise.all(Array.from({ length: 5 }, () => index.save(join(folder, 'x'))));
    await expectWhole(join(folder, 'x'), rows);
  });
});
