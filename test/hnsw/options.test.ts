import { expect, test } from 'vitest';
import { HnswIndex, type Metric, metric, ValidationError } from '#silt/index.js';
import { codeOf, idsOf } from '../support/index.js';
import { METRICS } from '../support/oracle.js';

const good = { dimension: 3, metric: 'cosine' as Metric, threads: 1 };

test('what is not given has its default', () => {
  const index = new HnswIndex({ dimension: 3, metric: 'cosine' });
  expect(index.options).toMatchObject({
    dimension: 3,
    metric: 'cosine',
    m: 16,
    efConstruction: 200,
    seed: 1,
  });
  expect(index.options.threads).toBeGreaterThanOrEqual(1);
  expect(index.dimension).toBe(3);
  expect(index.metric).toBe('cosine');
  expect(index.size).toBe(0);
});

test.each([
  ['dimension', [0, -1, 1.5, 65_537, '3', null, undefined, Number.NaN]],
  ['metric', ['minkowski', '', 3, null, undefined, 'toString', '__proto__']],
  ['m', [1, 257, 2.5, '16', Number.NaN]],
  ['efConstruction', [0, 4097, 1.5, 'x']],
  ['threads', [0, 65, 1.5, '2']],
  ['seed', [-1, 2 ** 32, 0.5, 'x']],
  ['arenaBytes', [0, 1000, 2 ** 32 + 1, 70_000.5, '1']],
])('%s is checked', (name, values) => {
  for (const value of values) {
    const call = () => new HnswIndex({ ...good, [name]: value } as never);
    expect(call, String(value)).toThrow(ValidationError);
    expect(codeOf(call)).toBe('INVALID_OPTION');
    expect(call).toThrow(name);
  }
});

test('options must be an object', () => {
  for (const options of [undefined, null, 3, 'x'])
    expect(codeOf(() => new HnswIndex(options as never))).toBe('INVALID_OPTION');
});

test.each([1, 2, 31, 32, 33, 63, 64, 65, 1024, 65_536])('dimension %d works', (dimension) => {
  const index = new HnswIndex({ ...good, dimension, metric: 'euclidean' });
  const vector = (i: number) => Float32Array.from({ length: dimension }, (_, at) => Math.sin(1 + i * 7 + at));
  for (let i = 0; i < 5; i++) index.insert(i, vector(i));
  for (let i = 0; i < 5; i++) expect(index.search(vector(i), 1)).toEqual([[i, 0]]);
  expect(index.verify().ok).toBe(true);
});

test.each([
  ['l2', 'euclidean'],
  ['ip', 'dot'],
  ['inner', 'dot'],
  ['dotproduct', 'dot'],
] as const)('%s is another name of %s', (alias, name) => {
  expect(new HnswIndex({ ...good, metric: alias }).metric).toBe(name);
  expect(metric(alias).name).toBe(name);
});

test.each(METRICS)('%s: higherIsBetter and sortResults put the best first', (name) => {
  const own = metric(name);
  expect(own.name).toBe(name);
  expect(own.higherIsBetter).toBe(!['euclidean', 'manhattan', 'hamming'].includes(name));
  const pairs: [string, number][] = [
    ['a', 2],
    ['b', 5],
    ['c', 2],
    ['d', 1],
  ];
  const before = structuredClone(pairs);
  const sorted = own.sortResults(pairs);
  expect(idsOf(sorted as never)).toEqual(own.higherIsBetter ? ['b', 'a', 'c', 'd'] : ['d', 'a', 'c', 'b']);
  expect(pairs).toEqual(before);
  const near = own.calculate([1, 0, 1, 1], [1, 0, 1, 1]);
  const far = own.calculate([1, 0, 1, 1], [0, 1, 0, 0]);
  expect(own.sortResults([['far', far] as const, ['near', near] as const])[0]![0]).toBe('near');
});

test('metric() rejects unknown names and unequal lengths', () => {
  expect(codeOf(() => metric('L2' as never))).toBe('INVALID_OPTION');
  expect(codeOf(() => metric('hasOwnProperty' as never))).toBe('INVALID_OPTION');
  for (const name of METRICS)
    expect(codeOf(() => metric(name).calculate([1, 2], [1]))).toBe('INVALID_VECTOR');
});

test.each([
  ['l2', 'euclidean'],
  ['l1', 'manhattan'],
  ['taxicab', 'manhattan'],
  ['cityblock', 'manhattan'],
  ['ip', 'dot'],
] as const)('%s is another name for %s', (alias, name) => {
  expect(metric(alias).name).toBe(name);
  expect(new HnswIndex({ dimension: 2, metric: alias }).metric).toBe(name);
});

test('manhattan is the sum of the differences of components', () => {
  expect(metric('manhattan').calculate([1, -2, 3], [0, 2, 3])).toBe(5);
});

test('cosine of a zero vector is 0, not NaN', () => {
  expect(metric('cosine').calculate([0, 0], [1, 2])).toBe(0);
});
