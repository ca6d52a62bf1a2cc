import { describe, expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import { EF_DEFAULT, planSearch } from '#silt/hnsw/plan.js';
import { AsyncIndexBuilder, HnswIndex, type Id } from '#silt/index.js';
import {
  codeOf,
  expectExact,
  expectOwnRank,
  expectSound,
  idsOf,
  indexOf,
  numbered,
} from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { vectorsFor } from '../support/random.js';

const DIMENSION = 24;
const ROWS = 700;

describe.each(METRICS)('%s', (metric) => {
  const options = { dimension: DIMENSION, metric, threads: 1, efConstruction: 60 };
  const rows = new Map<Id, Float32Array>(numbered(vectorsFor(metric, 1, ROWS, DIMENSION)) as never);
  const index = indexOf(options, rows);
  const queries = vectorsFor(metric, 2, 10, DIMENSION);

  test('the empty index finds nothing', () => {
    const empty = new HnswIndex(options);
    expect(empty.search(queries[0]!, 10)).toEqual([]);
    expect(empty.search(queries[0]!, 1, { filter: () => true })).toEqual([]);
    expect(new AsyncIndexBuilder(empty).searchBuffer(queries[0]!, 3)).toEqual([]);
    expect(empty.size).toBe(0);
    expect(empty.remove(1)).toBe(false);
    expect(empty.verify().ok).toBe(true);
  });

  test('answers are sound, and exact where ef covers the index', () => {
    for (const query of queries) {
      for (const k of [1, 10, 100]) {
        expectSound(index.search(query, k, { ef: Math.max(50, k) }), { rows, metric, query, k });
        expectExact(index.search(query, k, { ef: ROWS }), { rows, metric, query, k });
      }
    }
  });

  test('k beyond the size gives all live rows, best first', () => {
    const [query] = queries;
    for (const k of [ROWS, ROWS + 1, 100_000, Number.MAX_SAFE_INTEGER])
      expectExact(index.search(query!, k), { rows, metric, query: query!, k });
  });

  test('pending rows are found exactly, and only in the buffer', () => {
    const waiting = new HnswIndex(options);
    const builder = new AsyncIndexBuilder(waiting);
    builder.enqueue([...rows].map(([id, v]) => [id, v] as const));
    for (const query of queries) {
      expectExact(waiting.search(query, 10), { rows, metric, query, k: 10 });
      expect(builder.searchBuffer(query, 10)).toEqual(waiting.search(query, 10));
    }
    expect(new AsyncIndexBuilder(index).searchBuffer(queries[0]!, 10)).toEqual([]);
  });

  test('pending and indexed rows are in one answer, best first', () => {
    const half = new HnswIndex(options);
    const builder = new AsyncIndexBuilder(half);
    const all = [...rows];
    builder.enqueue(all.slice(0, ROWS / 2));
    builder.flushSync();
    builder.enqueue(all.slice(ROWS / 2));
    expect(builder.bufferLength).toBe(ROWS / 2);
    for (const query of queries) {
      expectSound(half.search(query, 10, { ef: 60 }), { rows, metric, query, k: 10 });
      expectExact(half.search(query, 10, { ef: ROWS }), { rows, metric, query, k: 10 });
    }
    expectOwnRank((query, k) => half.search(query, k), { rows, metric });
  });

  test('equal scores come in the order of writing', () => {
    const same = vectorsFor(metric, 3, 1, DIMENSION)[0]!;
    const ids = [44, 3, 17, 91, 8];
    const ties = indexOf(
      options,
      ids.map((id) => [id, same] as const),
    );
    expect(idsOf(ties.search(same, 5))).toEqual(ids);
    expect(idsOf(ties.search(same, 3))).toEqual(ids.slice(0, 3));
    ties.insert(44, same); // written again: it is the last now
    expect(idsOf(ties.search(same, 5))).toEqual([3, 17, 91, 8, 44]);
  });

  test('a filter gives full k while k rows match', () => {
    const filters: ((id: Id) => boolean)[] = [
      (id) => Number(id) % 2 === 0,
      (id) => Number(id) % 100 === 7,
      (id) => id === 313,
      () => false,
      () => true,
    ];
    for (const filter of filters) {
      for (const query of queries) {
        for (const k of [1, 10, ROWS]) {
          const hits = index.search(query, k, { filter, ef: 50 });
          expectSound(hits, { rows, metric, query, k, filter });
          if ([...rows.keys()].filter(filter).length < 50)
            expectExact(hits, { rows, metric, query, k, filter });
        }
      }
    }
  });

  test('a filter is asked about live ids alone, and gets them as they are returned', () => {
    const few = indexOf(options, [...rows].slice(0, 60));
    few.remove(5);
    few.insert(2n ** 60n, queries[1]!);
    const asked = new Set<Id>();
    few.search(queries[0]!, 100, { filter: (id) => asked.add(id).size > 0 });
    expect(asked.has(5)).toBe(false);
    expect(asked.has(2n ** 60n)).toBe(true);
    expect(asked.size).toBe(60);
  });
});

describe('filters that misbehave', () => {
  const rows = numbered(vectorsFor('euclidean', 1, 300, 8));
  const [, [, query]] = rows as [unknown, [number, Float32Array]];
  const newIndex = () => indexOf({ dimension: 8, metric: 'euclidean', threads: 1 }, rows);

  test.each([5, 200])('a filter that throws leaves the index working (ef %d)', (ef) => {
    const index = newIndex();
    const before = index.search(query, 10, { ef });
    for (let after = 0; after < 4; after++) {
      let calls = 0;
      const filter = (): boolean => {
        if (calls++ === after) throw new RangeError('from the filter');
        return true;
      };
      expect(() => index.search(query, 10, { ef, filter })).toThrow(new RangeError('from the filter'));
      expect(index.search(query, 10, { ef })).toEqual(before);
    }
    index.insert(1000, query);
    expect(idsOf(index.search(query, 2))).toEqual([1, 1000]);
  });

  test('a filter that calls the index gets an error, and the index works on', async () => {
    const index = newIndex();
    const builder = new AsyncIndexBuilder(index);
    const before = index.search(query, 10);
    const nested: [string, () => unknown][] = [
      ['search', () => index.search(query, 1)],
      ['insert', () => index.insert(5000, query)],
      ['remove', () => index.remove(3)],
      ['verify', () => index.verify()],
      ['enqueue', () => builder.enqueue([[5000, query]])],
      ['search of the builder', () => builder.search(query, 1)],
      ['searchBuffer', () => builder.searchBuffer(query, 1)],
    ];
    for (const [name, call] of nested) {
      const codes = new Set<string | undefined>();
      const hits = index.search(query, 10, { filter: () => codes.add(codeOf(call)).size > 0 });
      expect([...codes], name).toEqual(['NESTED_CALL']);
      expect(hits, name).toEqual(before);
      expect(() => index.search(query, 10, { filter: () => Boolean(call()) })).toThrow('filter');
    }
    expect(index.size).toBe(300);
    expect(index.search(query, 10)).toEqual(before);
  });

  test.each(['flushSync', 'triggerBuildAsync', 'drainBuffer'] as const)(
    'one that calls %s gets an error, and nothing is poisoned',
    async (name) => {
      const index = newIndex();
      const builder = new AsyncIndexBuilder(index);
      builder.enqueue(numbered(vectorsFor('euclidean', 2, 200, 8), 1000));
      const before = index.search(query, 10, { ef: 50 });
      let calls = 0;
      let outcome: Promise<unknown> | undefined;
      const filter = (): boolean => {
        if (calls++ === 20) outcome = (async () => builder[name]())();
        return true;
      };
      const hits = index.search(query, 10, { ef: 50, filter });
      await expect(outcome).rejects.toMatchObject({ code: 'NESTED_CALL' });
      expect(hits).toEqual(before);
      expect(builder.bufferLength).toBe(200);
    },
  );

  test('a filter must return a boolean: truthy is not enough', () => {
    expect(newIndex().search(query, 10, { filter: (() => 'yes') as never })).toEqual([]);
  });
});

describe('planSearch', () => {
  const rows = { rows: 10_000, live: 10_000, linked: 10_000, codeBytes: 64, settled: true };
  const asked = { k: 10, ef: EF_DEFAULT, exact: false, exactBelow: 0, admitted: ALL, matching: 10_000 };
  const facts = { ...rows, ...asked };

  test('walks the graph where ef is less than the rows', () => {
    expect(planSearch(facts)).toMatchObject({ kind: 'graph', ef: EF_DEFAULT });
    expect(planSearch({ ...facts, ef: 20 })).toMatchObject({ kind: 'graph', ef: 20 });
    expect(planSearch({ ...facts, k: 300 })).toMatchObject({ kind: 'graph', ef: 300 });
  });

  test.each([
    [{ linked: 0 }, 'nothing is linked'],
    [{ settled: false }, 'too few rows'],
    [{ ef: 16_384, live: 100_000 }, 'covers'],
    [{ live: 200 }, 'covers'],
    [{ k: 20_000, live: 100_000 }, 'covers'],
  ])('scans where %j, and says why', (change, why) => {
    const plan = planSearch({ ...facts, ...change });
    expect(plan).toMatchObject({ kind: 'scan', why: expect.stringContaining(why) });
  });
});
