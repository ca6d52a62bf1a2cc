/*
 * Floors of recall@10 per metric, kernel build and path that made the graph, on real vectors; each with proof
 * that it was the graph that answered.
 */
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import { planSearch } from '#silt/hnsw/plan.js';
import { AsyncIndexBuilder, HnswIndex, type Id, type KernelBuild, type Metric } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { engineOf, numbered, type Rows } from '../support/index.js';
import { BUILDS, withKernel } from '../support/kernels.js';
import { bruteForce, higherIsBetter, METRICS, tolerance } from '../support/oracle.js';
import { WORD_DIMENSION, words } from '../support/words.js';

/** Scalar code is some ten times slower. Codes walk from ORIGIN_FROM rows on. */
const countFor = (build: KernelBuild): number => (build === 'scalar' ? 1100 : 2000);
const QUERIES = 60;
const K = 10;
const EF = 20;

/** Measured were .94 and more, jaccard and manhattan .91; the margin is for the order in which threads come. */
const FLOORS: Record<Metric, number> = {
  cosine: 0.91,
  euclidean: 0.91,
  manhattan: 0.88,
  dot: 0.9,
  hamming: 0.93,
  jaccard: 0.88,
};

const queriesOf = (metric: Metric): Float32Array[] => words(metric, 1, QUERIES, 2 * 41);
/** Rows at even places; queries are at odd ones. */
const rowsOf = (metric: Metric, count: number): Rows =>
  new Map<Id, Float32Array>(numbered(words(metric, 0, count, 2)) as never);

const truths = new Map<string, number[]>();

/** The score of the K-th best row for each query. */
function truthOf(metric: Metric, rows: Rows, key: string): number[] {
  const known = truths.get(`${metric} ${key}`);
  if (known) return known;
  const truth = queriesOf(metric).map((query) => bruteForce(metric, rows, query, K).at(-1)![1]);
  truths.set(`${metric} ${key}`, truth);
  return truth;
}

function recallOf(index: HnswIndex, rows: Rows, key: string): number {
  const { metric } = index;
  const truth = truthOf(metric, rows, key);
  let found = 0;
  for (const [i, query] of queriesOf(metric).entries()) {
    for (const [id, score] of index.search(query, K, { ef: EF })) {
      const off = higherIsBetter(metric) ? truth[i]! - score : score - truth[i]!;
      if (off <= tolerance(metric, query, rows.get(id)!)) found++;
    }
  }
  return found / (QUERIES * K);
}

/** The plan is the graph, and of the rows only those are looked at that a walk meets. */
function expectGraph(index: HnswIndex): void {
  const { arenas } = engineOf(index);
  expect(arenas).toHaveLength(1);
  const { live, linked, codes, codeBytes } = arenas[0]!;
  const wanted = { k: K, ef: EF, exact: false, exactBelow: 0, admitted: ALL, matching: live };
  const facts = { ...wanted, rows: live, live, linked, codeBytes, settled: codes.settled };
  expect(planSearch(facts).kind).toBe('graph');
  let asked = 0;
  const filter = (): boolean => {
    asked++;
    return true;
  };
  for (const query of queriesOf(index.metric).slice(0, 10)) index.search(query, K, { ef: EF, filter });
  expect(asked / 10).toBeGreaterThanOrEqual(EF);
  expect(asked / 10).toBeLessThan(0.6 * live);
}

type Path = (index: HnswIndex, rows: Rows) => Promise<HnswIndex>;
const PATHS: Record<string, { threads: number; make: Path; key?: string }> = {
  'one by one': {
    threads: 1,
    make: async (index, rows) => {
      for (const [id, vector] of rows) index.insert(id, vector);
      index.verify({ repair: true });
      return index;
    },
  },
  'in one thread': {
    threads: 1,
    make: async (index, rows) => {
      await index.insertBatchParallel(rows);
      return index;
    },
  },
  'in parallel': {
    threads: 3,
    make: async (index, rows) => {
      await index.insertBatchParallel(rows);
      return index;
    },
  },
  'streamed in small builds': {
    threads: 2,
    make: async (index, rows) => {
      const builder = new AsyncIndexBuilder(index);
      const all = [...rows];
      for (let at = 0; at < all.length; at += 250) {
        builder.enqueue(all.slice(at, at + 250));
        await builder.triggerBuildAsync();
      }
      return index;
    },
  },
  'after half were replaced': {
    threads: 2,
    key: 'replaced',
    make: async (index, rows) => {
      await index.insertBatchParallel(rows);
      const others = words(index.metric, 1001, rows.size / 2, 2).map((vector, i) => [2 * i, vector] as const);
      for (const [id, vector] of others) rows.set(id, vector);
      await index.insertBatchParallel(others);
      return index;
    },
  },
  'after loading': {
    threads: 2,
    make: async (index, rows) => {
      await index.insertBatchParallel(rows);
      return withFolder(async (folder) => {
        await index.save(join(folder, 'x'));
        return HnswIndex.load(join(folder, 'x'));
      });
    },
  },
};

const measured: string[] = [];
afterAll(() => {
  if (process.env['SILT_VERBOSE']) console.log(measured.join('\n'));
});

describe.each(BUILDS)('$build', ({ build }) => {
  describe.each(someOf(METRICS, 3))('%s', (metric) => {
    test.each(someOf(Object.entries(PATHS), 3))('%s', async (name, { threads, make, key = 'plain' }) => {
      const rows = rowsOf(metric, countFor(build));
      const empty = withKernel(
        build,
        () => new HnswIndex({ dimension: WORD_DIMENSION, metric, threads, efConstruction: 100 }),
      );
      const before = process.env['SILT_KERNEL'];
      process.env['SILT_KERNEL'] = build; // loading makes an index as well
      const index = await make(empty, rows).finally(() => {
        if (before === undefined) delete process.env['SILT_KERNEL'];
        else process.env['SILT_KERNEL'] = before;
      });
      expect(index.kernel).toBe(build);
      expect(index.size).toBe(rows.size);
      expect(index.verify()).toMatchObject({ ok: true });
      expectGraph(index);
      const recall = recallOf(index, rows, `${key} ${rows.size}`);
      measured.push(`${build} ${metric} ${name}: ${recall.toFixed(3)}`);
      expect(recall).toBeGreaterThanOrEqual(FLOORS[metric]);
      await index.close();
    });
  });
});
