/* T11: bad input is refused before any effect, naming the point and the reason; nothing else is harmed. */
import { describe, expect, test } from 'vitest';
import type { Point } from '#silt/index.js';
import {
  EITHER,
  errorOf,
  failureOf,
  PAUSED,
  pointsOf,
  vectors,
  withCollection,
} from '../support/databases.js';

const good = vectors(1, 1)[0]!;
const withAt = (x: number): Float32Array => {
  const vector = good.slice();
  vector[3] = x;
  return vector;
};
const numbersWith = (x: unknown): number[] => {
  const vector: unknown[] = [...good];
  vector[3] = x;
  return vector as number[];
};
const loop: Record<string, unknown> = {};
loop['inner'] = { loop };

/** What is bad about a point, its code, and what the message names beside the point. */
const BAD: [what: string, point: unknown, code: string, names: RegExp][] = [
  ['no object', 7, 'INVALID_OPTION', /got 7/],
  ['null', null, 'INVALID_OPTION', /got null/],
  ['an array', [1, good], 'INVALID_OPTION', /an array of 2/],
  ['no vector', { id: 1 }, 'INVALID_VECTOR', /undefined/],
  ['bigints', { id: 1, vector: new BigInt64Array(30) }, 'INVALID_VECTOR', /BigInt64Array/],
  ['too short', { id: 1, vector: good.slice(1) }, 'INVALID_VECTOR', /29 components.*30/],
  ['empty', { id: 1, vector: [] }, 'INVALID_VECTOR', /0 components.*30/],
  ['NaN', { id: 1, vector: withAt(NaN) }, 'INVALID_VECTOR', /component 3 is NaN/],
  ['NaN in an array', { id: 1, vector: numbersWith(NaN) }, 'INVALID_VECTOR', /component 3 is NaN/],
  ['Infinity', { id: 1, vector: withAt(Infinity) }, 'INVALID_VECTOR', /component 3 is Infinity/],
  ['-Infinity', { id: 1, vector: numbersWith(-Infinity) }, 'INVALID_VECTOR', /component 3 is -Infinity/],
  ['1e39', { id: 1, vector: numbersWith(1e39) }, 'INVALID_VECTOR', /component 3 is 1e\+39/],
  ['a hole', { id: 1, vector: numbersWith(undefined) }, 'INVALID_VECTOR', /component 3 is undefined/],
  ['a string', { id: 1, vector: numbersWith('1') }, 'INVALID_VECTOR', /component 3 is "1"/],
  ['zero', { id: 1, vector: new Float32Array(30) }, 'INVALID_VECTOR', /zero.*cosine/],
  ['zero once float32', { id: 1, vector: Array(30).fill(1e-60) }, 'INVALID_VECTOR', /zero.*cosine/],
  ['no id', { vector: good }, 'INVALID_ID', /undefined/],
  ['a negative id', { id: -1, vector: good }, 'INVALID_ID', /-1/],
  ['a fraction', { id: 1.5, vector: good }, 'INVALID_ID', /1\.5/],
  ['NaN as id', { id: NaN, vector: good }, 'INVALID_ID', /NaN/],
  ['2^53', { id: 2 ** 53, vector: good }, 'INVALID_ID', /9007199254740992/],
  ['2n^64', { id: 2n ** 64n, vector: good }, 'INVALID_ID', /got 18446744073709551616$/],
  ['-1n', { id: -1n, vector: good }, 'INVALID_ID', /got -1$/],
  ['an empty id', { id: '', vector: good }, 'INVALID_ID', /""/],
  ['a long id', { id: 'x'.repeat(1_025), vector: good }, 'INVALID_ID', /xxx/],
  ['a long id in bytes', { id: 'ä'.repeat(513), vector: good }, 'INVALID_ID', /äää/],
  ['half a surrogate pair', { id: 'a\ud800', vector: good }, 'INVALID_ID', /well-formed/],
  ['a boolean id', { id: true, vector: good }, 'INVALID_ID', /boolean/],
  ['a payload that is none', { id: 1, vector: good, payload: 7 }, 'INVALID_PAYLOAD', /got 7/],
  ['an array as payload', { id: 1, vector: good, payload: [1] }, 'INVALID_PAYLOAD', /array/],
  ['null as payload', { id: 1, vector: good, payload: null }, 'INVALID_PAYLOAD', /null/],
  ['a bigint', { id: 1, vector: good, payload: { a: [0, 1n] } }, 'INVALID_PAYLOAD', /payload\.a\[1\] is 1n/],
  [
    'a function',
    { id: 1, vector: good, payload: { f: () => 1 } },
    'INVALID_PAYLOAD',
    /payload\.f is a function/,
  ],
  [
    'a symbol',
    { id: 1, vector: good, payload: { s: Symbol('x') } },
    'INVALID_PAYLOAD',
    /payload\.s is a symbol/,
  ],
  [
    'a Date',
    { id: 1, vector: good, payload: { d: new Date(0) } },
    'INVALID_PAYLOAD',
    /payload\.d .*toISOString/,
  ],
  ['a Map', { id: 1, vector: good, payload: { m: new Map() } }, 'INVALID_PAYLOAD', /payload\.m is a Map/],
  [
    'NaN in a payload',
    { id: 1, vector: good, payload: { x: { y: NaN } } },
    'INVALID_PAYLOAD',
    /payload\.x\.y is NaN/,
  ],
  [
    'a cycle',
    { id: 1, vector: good, payload: loop },
    'INVALID_PAYLOAD',
    /payload\.inner\.loop.*contains itself/,
  ],
  [
    'a hole in a payload',
    { id: 1, vector: good, payload: { a: [undefined] } },
    'INVALID_PAYLOAD',
    /payload\.a\[0\]/,
  ],
];

describe.each(EITHER)('%s', (backend) => {
  test.each(BAD)('%s: refused in the middle of a batch, nothing was written', async (_, bad, code, names) => {
    await withCollection(backend, PAUSED, async (points) => {
      const batch = [...pointsOf(2, 3, 10), bad, ...pointsOf(3, 3, 20)] as Point[];
      const error = await errorOf(() => points.upsert(batch));
      expect(error.code).toBe(code);
      expect(error.message).toMatch(names);
      expect(error.message).toMatch(/\b(point|vector) 3\b/);
      expect(await points.count()).toBe(0);
      expect(points.status().seq).toBe(0);
      // With skip, the others are there, and the receipt says the same.
      const receipt = await points.upsert(batch, { onInvalid: 'skip' });
      expect(receipt).toMatchObject({ inserted: 6, replaced: 0, deleted: 0 });
      expect(receipt.rejected).toMatchObject([{ index: 3, code, message: error.message }]);
      expect(await points.count()).toBe(6);
      for (const { id, vector } of pointsOf(3, 3, 20)) expect((await points.get(id))?.vector).toEqual(vector);
      expect((await points.upsert([bad as Point], { onInvalid: 'skip' })).rejected).toMatchObject([
        { index: 0 },
      ]);
      expect(await points.count()).toBe(6);
    });
  });

  test('several bad points are listed by their position, with their ids', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const receipt = await points.upsert(
        [
          { id: 'a', vector: [1] },
          { id: 2, vector: good },
          { id: 3n, vector: withAt(NaN) },
          { id: -4, vector: good },
        ],
        { onInvalid: 'skip' },
      );
      expect(receipt.rejected.map(({ index, id, code }) => [index, id, code])).toEqual([
        [0, 'a', 'INVALID_VECTOR'],
        [2, 3n, 'INVALID_VECTOR'],
        [3, -4, 'INVALID_ID'],
      ]);
      expect(receipt).toMatchObject({ seq: 1, inserted: 1 });
    });
  });

  test('queries, k and other options out of range are refused', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 5));
      const search = (query: unknown, o?: object) => () => points.search(query as number[], o);
      for (const query of [withAt(NaN), numbersWith(1e39), [1], new Float32Array(30), null, 'x'])
        expect(await failureOf(search(query)), String(query)).toBe('INVALID_VECTOR');
      for (const o of [
        { k: 0 },
        { k: -1 },
        { k: 1.5 },
        { k: NaN },
        { k: '3' },
        { ef: 0 },
        { ef: 16_385 },
        { exact: 1 },
        { minSeq: -1 },
        { withPayload: 'yes' },
        { withVector: null },
        { limit: 3 },
      ])
        for (const call of [
          search(good, o),
          () => points.searchBatch([good], o as never),
          () => points.explain(good, o as never),
        ])
          expect(await failureOf(call), JSON.stringify(o)).toBe('INVALID_OPTION');
      expect(await failureOf(() => points.searchBatch(good as never))).toBe('INVALID_OPTION');
      const { message } = await errorOf(() => points.searchBatch([good, [1]]));
      expect(message).toMatch(/^query 1 has 1 component, expected 30/);
      await expect(points.searchBatch([good, withAt(NaN)])).rejects.toThrow(/^query 1: component 3 is NaN/);
      const beside = points.query({ text: 'a' } as never);
      await expect(beside).rejects.toThrow(/no option "text".* Write { query: { text: … } }$/);
      expect(await failureOf(() => points.explain([1]))).toBe('INVALID_VECTOR');
    });
  });

  test('bad ids and options of the other calls are refused, with no effect', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.upsert(pointsOf(1, 5));
      for (const id of [-1, 1.5, '', {}, null, undefined] as never[]) {
        expect(await failureOf(() => points.delete([0, id]))).toBe('INVALID_ID');
        expect(await failureOf(() => points.get(id))).toBe('INVALID_ID');
        expect(await failureOf(() => points.getMany([0, id]))).toBe('INVALID_ID');
      }
      expect(await points.count()).toBe(5);
      const calls: (() => unknown)[] = [
        () => points.upsert(pointsOf(2, 1), { onInvalid: 'ignore' as never }),
        () => points.upsert(pointsOf(2, 1), { durability: 'none' as never }),
        () => points.upsert(pointsOf(2, 1), { backpressure: 'drop' as never }),
        () => points.ingest(7 as never),
        () => points.ingest('points' as never),
        () => points.ingest([], { batchSize: 0 }),
        () => points.waitFor(-1, 'durable'),
        () => points.waitFor(1, 'done' as never),
        () => points.measureRecall({ sample: 0 }),
        () => points.measureRecall({ k: 0 }),
        () => points.measureRecall({ ef: 0 }),
        () => points.scroll({ limit: -1 }),
        () => points.watch({ intervalMs: 0 })[Symbol.asyncIterator]().next(),
      ];
      for (const call of calls) expect(await failureOf(call), String(call)).toBe('INVALID_OPTION');
      expect(points.status().seq).toBe(5);
    });
  });

  test('after a first write with a wrong dimension was rejected, the collection takes right ones', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      expect(await failureOf(() => points.upsert({ id: 1, vector: [1, 2] }))).toBe('INVALID_VECTOR');
      await points.upsert(pointsOf(1, 3));
      expect(await points.search(good, { k: 9 })).toHaveLength(3);
    });
  });

  test('zero vectors are accepted by every metric that has a score for them', async () => {
    for (const metric of ['euclidean', 'manhattan', 'dot'] as const)
      await withCollection(backend, { ...PAUSED, metric }, async (points) => {
        await points.upsert({ id: 1, vector: new Float32Array(30) });
        expect(await points.search(new Float32Array(30))).toMatchObject([{ id: 1, score: 0 }]);
      });
  });

  test('of 10,000 identical vectors a search finds k, none twice, and no score is NaN', async () => {
    await withCollection(backend, { ...PAUSED, hnsw: { efConstruction: 20, m: 8 } }, async (points) => {
      await points.ingest(Array.from({ length: 10_000 }, (_, id) => ({ id, vector: good })));
      for (let round = 0; round < 2; round++) {
        for (const o of [{ k: 50 }, { k: 50, ef: 50 }, { k: 10_001 }]) {
          const hits = await points.search(good, o);
          expect(new Set(hits.map(({ id }) => id)).size).toBe(Math.min(o.k, 10_000));
          for (const { score } of hits) expect(Math.abs(score - 1)).toBeLessThan(1e-6);
        }
        await points.buildNow();
      }
    });
  });
});
