/* T3: a vector that was replaced, or taken out, never comes back; nor do its scores. */
import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type Id } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { expectExact, expectOwnRank, expectSound, idsOf, numbered, type Rows } from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { integer, randomOf, vectorsFor } from '../support/random.js';

describe.each(someOf(METRICS, 2))('%s', (metric) => {
  const DIMENSION = 30;
  const options = { dimension: DIMENSION, metric, threads: 1, efConstruction: 60 };

  /** An index of 500 rows: all linked, all waiting, or one half each. */
  function filled(linked: 'all' | 'none' | 'half'): {
    index: HnswIndex;
    builder: AsyncIndexBuilder;
    rows: Rows;
  } {
    const index = new HnswIndex(options);
    const builder = new AsyncIndexBuilder(index);
    const all = numbered(vectorsFor(metric, 5, 500, DIMENSION));
    builder.enqueue(all.slice(0, 250));
    if (linked !== 'none') builder.flushSync();
    builder.enqueue(all.slice(250));
    if (linked === 'all') builder.flushSync();
    return { index, builder, rows: new Map<Id, Float32Array>(all as never) };
  }

  test.each(['all', 'none', 'half'] as const)(
    'the new vector wins at once, everywhere (%s linked)',
    (linked) => {
      const { index, builder, rows } = filled(linked);
      const random = randomOf(6);
      const fresh = vectorsFor(metric, 7, 60, DIMENSION);
      for (const vector of fresh) {
        const id = integer(random, 0, 500);
        const old = rows.get(id)!;
        if (random() < 0.3) builder.enqueue([[id, vector]]);
        else index.insert(id, vector);
        rows.set(id, vector);
        expect(index.size).toBe(500);
        for (const query of [old, vector]) {
          expectSound(index.search(query, 10, { ef: 50 }), { rows, metric, query, k: 10 });
          expectExact(index.search(query, 500), { rows, metric, query, k: 500 });
        }
      }
      builder.flushSync();
      expectOwnRank((query, k) => index.search(query, k), { rows, metric });
      expect(index.verify().ok).toBe(true);
    },
  );

  test.each(['all', 'none', 'half'] as const)(
    'a removed row is gone, also where only it would match (%s linked)',
    (linked) => {
      const { index, builder, rows } = filled(linked);
      const random = randomOf(8);
      for (let i = 0; i < 150; i++) {
        const id = integer(random, 0, 500);
        const vector = rows.get(id);
        expect(index.remove(id)).toBe(vector !== undefined);
        expect(index.remove(id)).toBe(false);
        expect(index.has(id)).toBe(false);
        rows.delete(id);
        if (!vector) continue;
        expect(index.search(vector, 5, { filter: (other) => other === id })).toEqual([]);
        expectSound(index.search(vector, 10, { ef: 50 }), { rows, metric, query: vector, k: 10 });
      }
      expect(index.size).toBe(rows.size);
      builder.flushSync();
      expectExact(index.search(rows.get([...rows.keys()][0]!)!, 500), {
        rows,
        metric,
        query: rows.get([...rows.keys()][0]!)!,
        k: 500,
      });
      expectOwnRank((query, k) => index.search(query, k), { rows, metric });
    },
  );

  test('removed and written again, in any state, it is there with the last vector', () => {
    const { index, builder, rows } = filled('half');
    const fresh = vectorsFor(metric, 9, 40, DIMENSION);
    for (const [i, vector] of fresh.entries()) {
      const id = i * 12;
      index.remove(id);
      if (i % 3 === 0) builder.flushSync();
      index.insert(id, vector);
      if (i % 2 === 0) {
        index.remove(id);
        builder.enqueue([[id, vector]]);
      }
      rows.set(id, vector);
    }
    builder.flushSync();
    for (const query of fresh) expectExact(index.search(query, 500), { rows, metric, query, k: 500 });
    expectOwnRank((query, k) => index.search(query, k), { rows, metric });
  });
});

test('stale copies outside the top k: the nearest rows overwritten with far ones', () => {
  const index = new HnswIndex({ dimension: 64, metric: 'euclidean', threads: 1, efConstruction: 80 });
  const vectors = vectorsFor('euclidean', 1, 1500, 64);
  const rows: Rows = new Map(numbered(vectors));
  for (const [id, vector] of rows) index.insert(id, vector);
  const [query] = vectorsFor('euclidean', 2, 1, 64);
  for (let round = 0; round < 5; round++) {
    const near = idsOf(index.search(query!, 40));
    for (const id of near) {
      const far = vectors[Number(id)]!.map((x) => 50 + x + round);
      index.insert(id, far);
      rows.set(id, far);
    }
    expectSound(index.search(query!, 100, { ef: 120 }), { rows, metric: 'euclidean', query: query!, k: 100 });
    expectExact(index.search(query!, 10, { ef: 1500 }), { rows, metric: 'euclidean', query: query!, k: 10 });
    const [best] = idsOf(index.search(query!, 1));
    for (const ef of [1, 10, 100])
      expect(idsOf(index.search(query!, 5, { ef, filter: (id) => id === best }))).toEqual([best]);
    for (const id of near)
      expect(index.search(query!, 1, { filter: (other) => other === id })[0]![1]).toBeGreaterThan(300);
  }
});

test('churn: every row replaced three times over', async () => {
  const index = new HnswIndex({ dimension: 40, metric: 'cosine', efConstruction: 60 });
  const rows: Rows = new Map();
  for (let round = 0; round < 4; round++) {
    const batch = numbered(vectorsFor('euclidean', round, 400, 40));
    for (const [id, vector] of batch) rows.set(id, vector);
    await index.insertBatchParallel(batch);
    expect(index.size).toBe(400);
    expect(index.verify().ok).toBe(true);
  }
  expectOwnRank((query, k) => index.search(query, k), { rows, metric: 'cosine' });
  for (const query of vectorsFor('euclidean', 99, 10, 40)) {
    for (const ef of [20, 100, 399])
      expectSound(index.search(query, 10, { ef }), { rows, metric: 'cosine', query, k: 10 });
  }
});
