/* Paths: their syntax, which is Qdrant's, and the values that they find. */
import { expect, test } from 'vitest';
import { eachOf, elementsOf, parsePath, valuesAt } from '#silt/filter/path.js';

test.each([
  ['foo', 'foo', [{ key: 'foo' }]],
  ['"foo"', 'foo', [{ key: 'foo' }]],
  ['größe.x-1_2', 'größe.x-1_2', [{ key: 'größe' }, { key: 'x-1_2' }]],
  ['a."b.c"[].d', 'a."b.c"[].d', [{ key: 'a' }, { key: 'b.c' }, 'each', { key: 'd' }]],
  ['a[1][050][]', 'a[1][50][]', [{ key: 'a' }, { at: 1 }, { at: 50 }, 'each']],
  ['"a"."b c"', 'a."b c"', [{ key: 'a' }, { key: 'b c' }]],
  ['""', '""', [{ key: '' }]],
  ['7.0', '7.0', [{ key: '7' }, { key: '0' }]],
])('%s', (text, canonical, steps) => {
  const path = parsePath(text, 'key');
  expect(path).toEqual({ text: canonical, steps });
  expect(parsePath(path.text, 'key')).toEqual(path);
});

test.each<[path: unknown, says: string]>([
  ['', 'got "" (wrong at character 1)'],
  ['.a', 'got ".a" (wrong at character 1)'],
  ['a.', 'got "a." (wrong at character 3)'],
  ['a..b', 'got "a..b" (wrong at character 3)'],
  ['a b', 'got "a b" (wrong at character 2)'],
  ['[0]', 'got "[0]" (wrong at character 1)'],
  ['a.[]', 'got "a.[]" (wrong at character 3)'],
  ['a[-1]', 'got "a[-1]" (wrong at character 2)'],
  ['a[x]', '(wrong at character 2)'],
  ['a[0', '(wrong at character 2)'],
  ['a[]b', '(wrong at character 4)'],
  ['a[99999999999999999999]', '(wrong at character 2)'],
  ['"a', '(wrong at character 1)'],
  ['a."b\\"c"', '(wrong at character 3)'],
  ['a$', '(wrong at character 2)'],
  [7, 'must be a path such as a.b, a[].b, a[0] or "a b".c, got 7'],
  [undefined, 'got undefined'],
])('%j is none', (path, says) => {
  expect(() => parsePath(path, 'here')).toThrow(expect.objectContaining({ code: 'INVALID_FILTER' }));
  expect(() => parsePath(path, 'here')).toThrow(says);
  expect(() => parsePath(path, 'here')).toThrow(/^here must be a path/);
});

test.each<[what: string, path: string, says: RegExp]>([
  ['more steps than a payload has levels', `a${'.a'.repeat(64)}`, /^here is a path of 65 steps.*64 levels/],
  ['that many of arrays', `a${'[]'.repeat(3_000_000)}`, /^here is a path of 6000001 letters/],
  ['more letters than a pattern can take', 'é€'.repeat(5_000_000), /10000000 letters; it may have 65536/],
])('%s', (_, path, says) => {
  expect(() => parsePath(path, 'here')).toThrow(expect.objectContaining({ code: 'INVALID_FILTER' }));
  expect(() => parsePath(path, 'here')).toThrow(says);
  expect(parsePath(`a${'.a'.repeat(63)}`, 'here').steps).toHaveLength(64);
});

const PAYLOAD = {
  a: { b: [{ c: 1 }, { c: [2, 3] }, [{ c: 4 }], { d: 5 }, null, 'c'] },
  'x.y': [[1, 2], [3]],
  n: null,
  text: 'abc',
};

test.each<[path: string, values: unknown[]]>([
  ['a.b[].c', [1, [2, 3]]],
  ['a.b[].c[]', [2, 3]],
  ['a.b[][].c', [4]],
  ['a.b.c', []],
  ['a.b[1].c', [[2, 3]]],
  ['a.b[1].c[1]', [3]],
  ['a.b[9]', []],
  ['a[]', []],
  ['a[0]', []],
  ['"x.y"', [[[1, 2], [3]]]],
  ['"x.y"[]', [[1, 2], [3]]],
  ['"x.y"[][]', [1, 2, 3]],
  ['"x.y"[].length', []],
  ['x.y', []],
  ['n', [null]],
  ['n.m', []],
  ['text.length', []],
  ['text[0]', []],
  ['toString', []],
  ['__proto__', []],
  ['a.constructor', []],
])('%s finds %j', (path, values) => {
  expect(valuesAt(PAYLOAD, parsePath(path, 'key'))).toEqual(values);
  expect(valuesAt(undefined, parsePath(path, 'key'))).toEqual([]);
});

test('elements are those of arrays, one level deep, and values that are not arrays', () => {
  expect(elementsOf([1, [2, [3]], [], null, [null]])).toEqual([1, 2, [3], null, null]);
});

test('eachOf names the elements once', () => {
  expect(eachOf(parsePath('a.b', 'key'))).toEqual(parsePath('a.b[]', 'key'));
  expect(eachOf(parsePath('a.b[]', 'key'))).toEqual(parsePath('a.b[]', 'key'));
});
