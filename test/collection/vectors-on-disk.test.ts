/* With `storage: 'disk'`, memory holds codes and links alone, and answers are the same. */
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type Collection, metric as functionsOf, type Metric, open } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { withFolder } from '../support/files.js';
import { vectorsFor } from '../support/random.js';

const ROWS = 2_500;

interface Shape {
  readonly metric: Metric;
  readonly dimension: number;
  /** Added to every component: far from zero, codes need their origin. */
  readonly offset: number;
}

const SHAPES: Shape[] = [
  { metric: 'cosine', dimension: 100, offset: 0 },
  { metric: 'cosine', dimension: 70, offset: 5 },
  { metric: 'euclidean', dimension: 400, offset: 100 },
  { metric: 'dot', dimension: 64, offset: 0 },
  { metric: 'euclidean', dimension: 40, offset: 0 },
  { metric: 'cosine', dimension: 20, offset: 0 },
  { metric: 'manhattan', dimension: 70, offset: 0 },
  { metric: 'hamming', dimension: 128, offset: 0 },
  { metric: 'jaccard', dimension: 96, offset: 0 },
];

function vectorsOf({ metric, dimension, offset }: Shape, seed: number, count = ROWS): Float32Array[] {
  return vectorsFor(metric, seed, count, dimension).map((vector) => vector.map((x) => x + offset));
}

/** The k nearest by the plain functions of the metric, best first. */
function nearest(
  shape: Shape,
  rows: ReadonlyMap<number, Float32Array>,
  query: Float32Array,
  k: number,
): number[] {
  const { calculate, higherIsBetter } = functionsOf(shape.metric);
  const scored = [...rows].map(([id, vector]) => [id, calculate(query, vector)] as const);
  scored.sort((a, b) => (higherIsBetter ? b[1] - a[1] : a[1] - b[1]) || a[0] - b[0]);
  return scored.slice(0, k).map(([id]) => id);
}

async function scoresOf(collection: Collection, query: Float32Array, exact: boolean): Promise<number[]> {
  return (await collection.search(query, { k: 10, exact })).map(({ score }) => score);
}

async function recall(
  shape: Shape,
  collection: Collection,
  rows: ReadonlyMap<number, Float32Array>,
  exact: boolean,
): Promise<number> {
  const queries = vectorsOf(shape, 99, 40);
  let found = 0;
  for (const query of queries) {
    const { calculate } = functionsOf(shape.metric);
    const truth = nearest(shape, rows, query, 10);
    const worst = calculate(query, rows.get(truth.at(-1)!)!);
    for (const { id, score } of await collection.search(query, { k: 10, exact })) {
      expect(score).toBeCloseTo(calculate(query, rows.get(id as number)!), 2);
      // One that is as near as the tenth is as good.
      if (truth.includes(id as number) || Math.abs(score - worst) < 1e-5 * Math.abs(worst)) found++;
    }
  }
  return found / (10 * queries.length);
}

describe.each(someOf(SHAPES, 5))('$metric, $dimension dimensions, offset $offset', (shape) => {
  test('waiting, linked, replaced, compacted and reopened rows are found exactly and by the graph', async () => {
    await withFolder(async (folder) => {
      let db = await open(join(folder, 'db'));
      const { metric, dimension } = shape;
      const config = { metric, dimension, storage: 'disk', indexing: { paused: true } } as const;
      let collection = await db.createCollection('c', config);
      const rows = new Map(vectorsOf(shape, 1).entries());
      const write = async (from: number, to: number): Promise<void> => {
        const points = [...rows].slice(from, to).map(([id, vector]) => ({ id, vector }));
        await collection.upsert(points);
      };
      await write(0, 800);
      expect(await recall(shape, collection, new Map([...rows].slice(0, 800)), false)).toBe(1);
      await write(800, ROWS);
      expect(await recall(shape, collection, rows, false)).toBe(1); // the window is compared exactly
      await collection.buildNow();
      expect(collection.status().pending).toBe(0);
      expect(await recall(shape, collection, rows, true)).toBe(1);
      expect(await recall(shape, collection, rows, false)).toBeGreaterThan(0.93);

      // A third is replaced: half of that linked, half waiting.
      const fresh = vectorsOf(shape, 2, 800);
      for (const [i, vector] of fresh.entries()) rows.set(3 * i, vector);
      for (const half of [0, 1]) {
        const points = fresh.map((vector, i) => ({ id: 3 * i, vector })).filter((_, i) => i % 2 === half);
        await collection.upsert(points);
        if (half === 0) await collection.buildNow();
      }
      expect(await recall(shape, collection, rows, true)).toBe(1);
      expect(await recall(shape, collection, rows, false)).toBeGreaterThan(0.93);
      const before = await Promise.all(fresh.slice(0, 20).map((query) => scoresOf(collection, query, true)));

      await db.close();
      db = await open(join(folder, 'db'));
      collection = db.collection('c');
      expect(collection.config.vectors).toBe('disk');
      expect(await recall(shape, collection, rows, false)).toBeGreaterThan(0.93);
      await collection.compact();
      expect(collection.status()).toMatchObject({ masked: 0, points: ROWS });
      expect(await recall(shape, collection, rows, false)).toBeGreaterThan(0.93);
      expect(await Promise.all(fresh.slice(0, 20).map((query) => scoresOf(collection, query, true)))).toEqual(
        before,
      );
      expect((await collection.get(3))?.vector).toEqual(rows.get(3));
      expect(await collection.verify()).toMatchObject({ ok: true });
      await db.close();
    });
  });
});

test('memory holds no vectors', async () => {
  await withFolder(async (folder) => {
    const db = await open(join(folder, 'db'));
    const points = vectorsOf({ metric: 'cosine', dimension: 768, offset: 0 }, 1, 2_000).map((vector, id) => ({
      id,
      vector,
    }));
    const bytes: Record<string, number> = {};
    for (const vectors of ['memory', 'disk'] as const) {
      const collection = await db.createCollection(vectors, {
        dimension: 768,
        metric: 'cosine',
        storage: vectors,
      });
      await collection.upsert(points);
      await collection.buildNow();
      bytes[vectors] = collection.status().memoryBytes / points.length;
    }
    expect(bytes['disk']).toBeLessThan(1_000);
    expect(bytes['memory']! - bytes['disk']!).toBeGreaterThan(3_000);
    await db.close();
  });
});

test('wide numbers are compared too', async () => {
  const db = await open();
  const collection = await db.createCollection('c', { dimension: 64, metric: 'euclidean', storage: 'disk' });
  const wide = (x: number): Float32Array => new Float32Array(64).fill(x);
  await collection.upsert([
    { id: 'huge', vector: wide(3e38) },
    { id: 'tiny', vector: wide(1e-38) },
    { id: 'plain', vector: wide(1) },
  ]);
  await collection.buildNow();
  expect((await collection.search(wide(3e38), { k: 1 }))[0]).toMatchObject({ id: 'huge', score: 0 });
  expect((await collection.search(wide(1.1), { k: 3 })).map(({ id }) => id)).toEqual([
    'plain',
    'tiny',
    'huge',
  ]);
  await db.close();
});
