/* Vectors are arrays of numbers, of whichever type and realm: test runners and vm contexts have their own. */
import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import { HnswIndex, type VectorLike } from '#silt/index.js';
import { errorOf, withCollection } from '../support/databases.js';

const KINDS = [
  'Float32Array',
  'Float64Array',
  'Int8Array',
  'Uint8Array',
  'Uint8ClampedArray',
  'Int16Array',
  'Uint16Array',
  'Int32Array',
  'Uint32Array',
  'Array',
] as const;

const REALMS: [string, (kind: string) => VectorLike][] = [
  ['this realm', (kind) => (globalThis as unknown as Record<string, typeof Array>)[kind]!.from([1, 0, 2])],
  ['another realm', (kind) => runInNewContext(`${kind}.from([1, 0, 2])`) as VectorLike],
];

describe.each(REALMS)('of %s', (_, make) => {
  test.each(KINDS)('a %s is a vector, to be written and to be searched with', async (kind) => {
    await withCollection('memory', { dimension: 3, metric: 'euclidean' }, async (points) => {
      await points.upsert([{ id: 1, vector: make(kind) }]);
      await points.upsert([{ id: 2, vector: [9, 9, 9] }]);
      expect((await points.get(1))?.vector).toEqual(Float32Array.of(1, 0, 2));
      expect(await points.search(make(kind), { k: 1 })).toMatchObject([{ id: 1, score: 0 }]);
      expect(await points.searchBatch([make(kind)], { k: 1 })).toMatchObject([[{ id: 1, score: 0 }]]);
    });
    const index = new HnswIndex({ dimension: 3, metric: 'euclidean', threads: 1 });
    index.insert(1, make(kind));
    expect(index.search(make(kind), 1)).toEqual([[1, 0]]);
    await index.close();
  });
});

test.each([
  ['a DataView', new DataView(new ArrayBuffer(12))],
  ['a buffer', new ArrayBuffer(12)],
  ['bigints', BigInt64Array.of(1n, 0n, 2n)],
  ['an object that looks like an array', { length: 3, 0: 1, 1: 0, 2: 2 }],
  ['a string', '102'],
  ['null', null],
])('%s is rejected as a vector, in a point and as a query', async (_, vector) => {
  await withCollection('memory', { dimension: 3, metric: 'euclidean' }, async (points) => {
    const bad = vector as unknown as VectorLike;
    const upsert = await errorOf(() => points.upsert([{ id: 1, vector: bad }]));
    const search = await errorOf(() => points.search(bad));
    for (const error of [upsert, search]) {
      expect(error).toMatchObject({ code: 'INVALID_VECTOR' });
      expect(error.message).toContain('must be an array or a typed array of numbers');
    }
  });
});

test('points, options and payloads of another realm are taken', async () => {
  await withCollection('memory', { dimension: 2, metric: 'euclidean' }, async (points) => {
    const foreign = runInNewContext('[{ id: 1, vector: [1, 2], payload: { a: { b: [1] } } }]') as [];
    await points.upsert(foreign, runInNewContext('({ onInvalid: "throw" })') as object);
    expect(
      await points.ingest(runInNewContext('new Set([{ id: 2, vector: [3, 4] }])') as Set<never>),
    ).toMatchObject({ written: 1 });
    const filter = runInNewContext('({ must: { key: "a.b", match: { any: [1] } } })') as object;
    expect(await points.search([1, 2], { filter })).toMatchObject([{ id: 1, payload: { a: { b: [1] } } }]);
  });
});
