import { expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, ValidationError } from '#silt/index.js';
import { codeOf, idsOf } from '../support/index.js';

const newIndex = (): HnswIndex => new HnswIndex({ dimension: 2, metric: 'euclidean', threads: 1 });
const MOST = (1n << 64n) - 1n;

test('7 and 7n are one id', () => {
  const index = newIndex();
  index.insert(7, [1, 1]);
  index.insert(7n, [5, 5]);
  expect(index.size).toBe(1);
  expect(index.has(7)).toBe(true);
  expect(index.has(7n)).toBe(true);
  expect(index.search([5, 5], 2)).toEqual([[7, 0]]);
  expect(index.remove(7)).toBe(true);
  expect(index.has(7n)).toBe(false);
});

test.each([0, 0n, 1, Number.MAX_SAFE_INTEGER, 2n ** 53n, 2n ** 63n, MOST])('%s is an id', (id) => {
  const index = newIndex();
  index.insert(id, [1, 2]);
  expect(index.has(id)).toBe(true);
  const [found] = idsOf(index.search([1, 2], 1));
  expect(BigInt(found!)).toBe(BigInt(id));
  expect(typeof found).toBe(BigInt(id) < 2n ** 53n ? 'number' : 'bigint');
  expect(index.remove(id)).toBe(true);
  expect(index.size).toBe(0);
});

test('ids beyond 2^53 are told apart', () => {
  const index = newIndex();
  const ids = [2n ** 53n, 2n ** 53n + 1n, MOST - 1n, MOST];
  for (const [i, id] of ids.entries()) index.insert(id, [i, 0]);
  expect(idsOf(index.search([0, 0], 4))).toEqual(ids);
});

const BAD = [
  -1,
  -1n,
  1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  2 ** 53,
  1n << 64n,
  '7',
  null,
  undefined,
  {},
  [],
];

test.each(BAD.map((id) => [id]))('%s is rejected as an id', (id) => {
  const index = newIndex();
  index.insert(1, [1, 1]);
  const bad = id as never;
  for (const call of [
    () => index.insert(bad, [1, 2]),
    () => index.has(bad),
    () => index.remove(bad),
    () => new AsyncIndexBuilder(index).enqueue([[bad, [1, 2]]]),
  ]) {
    expect(call).toThrow(ValidationError);
    expect(codeOf(call)).toBe('INVALID_ID');
  }
  expect(index.size).toBe(1);
});

test('-0 is 0', () => {
  const index = newIndex();
  index.insert(-0, [1, 1]);
  expect(index.has(0)).toBe(true);
  expect(Object.is(idsOf(index.search([1, 1], 1))[0], 0)).toBe(true);
});
