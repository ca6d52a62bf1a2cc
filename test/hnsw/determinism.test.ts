/* One thread: the same calls give the same graph, bit by bit. The witness is the snapshot file. */
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type HnswOptions } from '#silt/index.js';
import { rowsOf } from '#silt/vector-index/hnsw-index.js';
import { someOf } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { engineOf, numbered } from '../support/index.js';
import { BUILDS, withKernel } from '../support/kernels.js';
import { METRICS } from '../support/oracle.js';
import { vectorsFor } from '../support/random.js';

const bytesOf = (index: HnswIndex): Promise<Buffer> =>
  withFolder(async (folder) => {
    const path = join(folder, 'index.silt');
    await index.save(path);
    return readFile(path);
  });

type Fill = (index: HnswIndex, pairs: [number, Float32Array][]) => unknown;
const FILLS: Record<string, Fill> = {
  'one by one': (index, pairs) => pairs.forEach(([id, vector]) => void index.insert(id, vector)),
  'as a batch': (index, pairs) => index.insertBatchParallel(pairs),
  'by flushSync': (index, pairs) => {
    const builder = new AsyncIndexBuilder(index);
    builder.enqueue(pairs);
    return builder.flushSync();
  },
  'in two builds': async (index, pairs) => {
    const builder = new AsyncIndexBuilder(index);
    builder.enqueue(pairs.slice(0, 100));
    await builder.triggerBuildAsync();
    builder.enqueue(pairs.slice(100));
    await builder.triggerBuildAsync();
  },
};

describe.each(someOf(METRICS, 3))('%s', (metric) => {
  for (const dimension of [20, 50, 100]) {
    const options: HnswOptions = { dimension, metric, threads: 1, efConstruction: 50, m: 8 };
    const pairs = numbered(vectorsFor(metric, 3, 300, dimension)) as [number, Float32Array][];
    const built = async (fill: Fill, o: Partial<HnswOptions> = {}): Promise<Buffer> => {
      const index = new HnswIndex({ ...options, ...o });
      await fill(index, pairs);
      return bytesOf(index);
    };

    test(`dimension ${dimension}: the same way of filling, the same bytes; another seed, others`, async () => {
      for (const fill of Object.values(FILLS))
        expect((await built(fill)).equals(await built(fill))).toBe(true);
      const [one, two] = [
        await built(FILLS['as a batch']!, { seed: 1 }),
        await built(FILLS['as a batch']!, { seed: 2 }),
      ];
      expect(one.subarray(-one.length / 2).equals(two.subarray(-one.length / 2))).toBe(false);
    });

    // Rows inserted alone are not compared with them: what attaches a row that lost its last link comes at other times.
    test(`dimension ${dimension}: a batch and flushSync give the same bytes`, async () => {
      const batch = await built(FILLS['as a batch']!);
      expect((await built(FILLS['by flushSync']!)).equals(batch)).toBe(true);
    });

    test(`dimension ${dimension}: every kernel build gives the same bytes`, async () => {
      const first = await withKernel(BUILDS[0]!.build, () => new HnswIndex(options));
      rowsOf(first).append(pairs);
      engineOf(first).build.runSync(1);
      for (const { build } of BUILDS) {
        const index = withKernel(build, () => new HnswIndex(options));
        expect(index.kernel).toBe(build);
        rowsOf(index).append(pairs);
        engineOf(index).build.runSync(1);
        expect((await bytesOf(index)).equals(await bytesOf(first)), build).toBe(true);
      }
    });
  }
});

test('searches between the slices of a build do not change the graph', async () => {
  const pairs = numbered(vectorsFor('cosine', 3, 1500, 64)) as [number, Float32Array][];
  const built = async (disturb: (index: HnswIndex) => void): Promise<Buffer> => {
    const index = new HnswIndex({ dimension: 64, metric: 'cosine', threads: 1 });
    const done = index.insertBatchParallel(pairs);
    let running = true;
    void done.finally(() => {
      running = false;
    });
    let rounds = 0;
    while (running) {
      disturb(index);
      rounds++;
      await new Promise((resolve) => setImmediate(resolve));
    }
    await done;
    expect(rounds).toBeGreaterThan(3);
    return bytesOf(index);
  };
  const quiet = await built(() => {});
  const disturbed = await built((index) => index.search(pairs[7]![1], 10, { ef: 50 }));
  expect(disturbed.equals(quiet)).toBe(true);
});
