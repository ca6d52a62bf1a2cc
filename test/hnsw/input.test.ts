/* T11: bad input is rejected before any effect, naming the place; what the caller does later has no effect. */
import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type Id, ValidationError, type VectorLike } from '#silt/index.js';
import { codeOf, expectExact } from '../support/index.js';
import { METRICS } from '../support/oracle.js';

const sparse: number[] = [1, 2, 3];
delete sparse[1];

const BAD: [string, unknown][] = [
  ['NaN', [1, Number.NaN, 3]],
  ['NaN in a Float32Array', Float32Array.of(1, Number.NaN, 3)],
  ['Infinity', [1, Number.POSITIVE_INFINITY, 3]],
  ['-Infinity', [Number.NEGATIVE_INFINITY, 2, 3]],
  ['a number that overflows float32', [1, 2, 1e39]],
  ['too few components', [1, 2]],
  ['too many components', [1, 2, 3, 4]],
  ['no components', []],
  ['an empty Float32Array', new Float32Array(0)],
  ['a hole', sparse],
  ['a string inside', [1, '2', 3]],
  ['null inside', [1, null, 3]],
  ['a bigint inside', [1, 2n, 3]],
  ['an array inside', [1, [2], 3]],
  ['bigints', BigInt64Array.of(1n, 2n, 3n)],
  ['a DataView', new DataView(new ArrayBuffer(12))],
  ['a string', '123'],
  ['a number', 3],
  ['null', null],
  ['undefined', undefined],
  ['an object with a length', { length: 3, 0: 1, 1: 2, 2: 3 }],
];

type Write = (index: HnswIndex, pairs: [Id, VectorLike][]) => unknown;
const WRITES: [string, Write][] = [
  ['insert', (index, pairs) => pairs.forEach(([id, v]) => void index.insert(id, v))],
  ['enqueue', (index, pairs) => new AsyncIndexBuilder(index).enqueue(pairs)],
];

describe.each(METRICS)('%s', (metric) => {
  const newIndex = () => new HnswIndex({ dimension: 3, metric, threads: 1 });

  test.each(BAD)('%s is rejected as the very first write, later, in a batch, and as a query', (_, vector) => {
    const bad = vector as VectorLike;
    for (const [, write] of WRITES) {
      const index = newIndex();
      expect(codeOf(() => write(index, [[9, bad]]))).toBe('INVALID_VECTOR');
      expect(index.size).toBe(0);
      expect(index.search([1, 2, 3], 5)).toEqual([]);
      write(index, [[1, [1, 2, 3]]]);
      expect(() => write(index, [[1, bad]])).toThrow(ValidationError);
      expect(codeOf(() => index.search(bad, 1))).toBe('INVALID_VECTOR');
      expect(codeOf(() => new AsyncIndexBuilder(index).searchBuffer(bad, 1))).toBe('INVALID_VECTOR');
      expectExact(index.search([3, 2, 1], 5), {
        rows: new Map([[1, [1, 2, 3]]]),
        metric,
        query: [3, 2, 1],
        k: 5,
      });
    }
  });

  test('a batch with one bad row leaves nothing of it, and names the row', async () => {
    const index = newIndex();
    const builder = new AsyncIndexBuilder(index);
    builder.enqueue([[1, [1, 1, 1]]]);
    for (const at of [0, 3, 6]) {
      const batch: [Id, VectorLike][] = Array.from({ length: 7 }, (_, i) => [i, [i, 1, 2]]);
      batch[at] = [100 + at, [1, Number.NaN, 2]];
      expect(() => builder.enqueue(batch)).toThrow(
        new RegExp(`point ${at} .*id ${100 + at}.*component 1 is NaN`),
      );
      await expect(index.insertBatchParallel(batch)).rejects.toThrow(`point ${at} `);
      batch[at] = [-1, [1, 1, 2]];
      expect(codeOf(() => builder.enqueue(batch))).toBe('INVALID_ID');
    }
    expect(index.size).toBe(1);
    expect(builder.bufferLength).toBe(1);
    expect(index.search([1, 1, 1], 10)).toHaveLength(1);
    builder.enqueue([[2, [2, 2, 1]]]);
    expect(builder.flushSync()).toBe(2);
    expect(index.verify()).toMatchObject({ ok: true, rows: 2, linked: 2 });
  });

  test('a batch that a generator breaks off leaves nothing', async () => {
    const index = newIndex();
    function* broken(): Generator<[Id, VectorLike]> {
      yield [1, [1, 2, 3]];
      throw new Error('broken off');
    }
    await expect(index.insertBatchParallel(broken())).rejects.toThrow('broken off');
    expect(index.size).toBe(0);
    expect(index.search([1, 2, 3], 1)).toEqual([]);
  });

  test('of an id that comes twice in a batch, the last wins', async () => {
    const index = newIndex();
    const batch: [Id, VectorLike][] = [
      [1, [1, 1, 0]],
      [2, [0, 1, 1]],
      [1n, [1, 0, 1]],
      [2, [1, 1, 1]],
      [1, [0, 0, 1]],
    ];
    expect(await index.insertBatchParallel(batch)).toBe(5);
    expect(index.size).toBe(2);
    const rows = new Map<Id, number[]>([
      [1, [0, 0, 1]],
      [2, [1, 1, 1]],
    ]);
    expectExact(index.search([0, 0, 1], 10), { rows, metric, query: [0, 0, 1], k: 10 });
  });

  test.each(WRITES)('%s copies: what the caller changes afterwards has no effect', (_, write) => {
    const index = newIndex();
    const [typed, plain] = [Float32Array.of(1, 1, 0), [0, 1, 1]];
    const batch: [Id, VectorLike][] = [
      [1, typed],
      [2, plain],
    ];
    write(index, batch);
    typed.fill(Number.NaN);
    plain.length = 0;
    batch.length = 0;
    const rows = new Map<Id, number[]>([
      [1, [1, 1, 0]],
      [2, [0, 1, 1]],
    ]);
    expectExact(index.search([1, 1, 1], 10), { rows, metric, query: [1, 1, 1], k: 10 });
  });

  test('insertBatchParallel has copied when it returns', async () => {
    const index = newIndex();
    const vector = Float32Array.of(1, 1, 0);
    const done = index.insertBatchParallel([[1, vector]]);
    vector.fill(0);
    await done;
    const rows = new Map([[1, [1, 1, 0]]]);
    expectExact(index.search([1, 1, 0], 1), { rows, metric, query: [1, 1, 0], k: 1 });
  });

  test('k and ef are checked', () => {
    const index = newIndex();
    index.insert(1, [1, 2, 3]);
    for (const k of [0, -1, 1.5, Number.NaN, '1', undefined, null, 2 ** 53])
      expect(
        codeOf(() => index.search([1, 2, 3], k as never)),
        String(k),
      ).toBe('INVALID_OPTION');
    for (const ef of [0, -1, 1.5, 16_385, '1', Number.NaN])
      expect(
        codeOf(() => index.search([1, 2, 3], 1, { ef: ef as never })),
        String(ef),
      ).toBe('INVALID_OPTION');
    for (const ef of [1, 16_384]) expect(index.search([1, 2, 3], 1, { ef })).toHaveLength(1);
    expect(codeOf(() => index.search([1, 2, 3], 1, { filter: 'x' as never }))).toBe('INVALID_OPTION');
  });
});

test('the zero vector has no direction under cosine, and is a vector under the others', () => {
  for (const metric of METRICS) {
    const index = new HnswIndex({ dimension: 3, metric, threads: 1 });
    const write = () => index.insert(1, [0, 0, 0]);
    const read = () => index.search([0, 0, 0], 1);
    if (metric === 'cosine') {
      expect(codeOf(write)).toBe('INVALID_VECTOR');
      expect(codeOf(() => index.insert(1, [1e-46, 0, 0]))).toBe('INVALID_VECTOR'); // zero as a float32
      expect(codeOf(read)).toBe('INVALID_VECTOR');
      expect(write).toThrow(/zero.*cosine/);
    } else {
      write();
      expect(read()[0]![0]).toBe(1);
    }
  }
});
