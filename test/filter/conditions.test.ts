/* What each condition means, by example: arrays, nulls, missing values and objects included. */
import { describe, expect, test } from 'vitest';
import type { FieldCondition, Filter, FilterCondition } from '#silt/api/filter.js';
import { idKeyOf } from '#silt/base/ids.js';
import { compile } from '#silt/filter/evaluate.js';
import { parseFilter } from '#silt/filter/parse.js';
import { wordsOf } from '#silt/filter/words.js';
import type { PointId } from '#silt/index.js';

type Payload = Record<string, unknown>;

function matches(filter: Filter, payload?: Payload, id: PointId = 1): boolean {
  const key = Buffer.from(idKeyOf(id)).toString('latin1');
  return compile(parseFilter(filter))(payload, key, () => false);
}

const MISSING = Symbol('missing');
const withX = (x: unknown): Payload => (x === MISSING ? {} : { x });

type Examples = readonly (readonly [
  condition: Omit<FieldCondition, 'key'>,
  hits: unknown[],
  misses: unknown[],
])[];

const NEVER = [MISSING, null, [], {}, [[]], [null]];

const TRIANGLE = [
  { lat: 0, lon: 0 },
  { lat: 4, lon: 0 },
  { lat: 0, lon: 4 },
  { lat: 0, lon: 0 },
];

const FIELDS: Examples = [
  [{ match: { value: 'a' } }, ['a', ['b', 'a']], ['A', 'ab', 1, [['a']], { a: 'a' }, ...NEVER]],
  [{ match: { value: 1 } }, [1, [true, 1]], ['1', true, 1.5, ...NEVER]],
  [{ match: { value: 2.5 } }, [2.5], [2, ...NEVER]],
  [{ match: { value: 0 } }, [0, -0], [false, '', ...NEVER]],
  [{ match: { value: false } }, [false, [true, false]], [0, '', ...NEVER]],
  [{ match: { any: ['a', 1, true] } }, ['a', 1, true, ['z', 1]], ['b', 2, false, '1', ...NEVER]],
  [{ match: { any: [] } }, [], ['a', 1, ...NEVER]],
  [
    { match: { except: ['a', 1] } },
    ['b', 2, true, '1', {}, ['a', 'b'], [[]], [['a']]],
    ['a', 1, ['a', 1, null], null, [], [null], MISSING],
  ],
  [{ match: { except: [] } }, ['a', 0, {}, [null, 1]], [null, [], [null], MISSING]],
  [{ match: { contains: 'ed w' } }, ['red wine', ['x', 'red wine']], ['Red Wine', 'red', 1, ...NEVER]],
  [{ match: { contains: '' } }, ['', 'a'], [1, ...NEVER]],
  [
    { match: { text: 'wine Red' } },
    ['red wine', ['x', 'RED, wine']],
    ['redwine', ['red', 'wine'], 1, ...NEVER],
  ],
  [{ match: { text: '' } }, [], ['', 'a', 1, ...NEVER]],
  [{ match: { text_any: 'wine, Red' } }, ['RED', 'a wine', ['x', 'red']], ['redwine', '', 1, ...NEVER]],
  [{ match: { text_any: '?' } }, [], ['', '?', 1, ...NEVER]],
  [
    { match: { phrase: 'wine, red' } },
    ['Wine red', 'a wine wine-red b', ['x', 'wine red']],
    ['red wine', 'wine and red', ['wine', 'red'], 'wine redder', 1, ...NEVER],
  ],
  [{ match: { phrase: 'a b a' } }, ['a b a b', 'b a b a'], ['a b', 'a a b']],
  [{ match: { phrase: 'red' } }, ['Red!'], ['redwine']],
  [{ match: { phrase: '' } }, [], ['', 'a', ...NEVER]],
  [{ match: { prefix: 'red w' } }, ['red wine', ['x', 'red w']], ['Red wine', 'a red wine', 1, ...NEVER]],
  [{ match: { prefix: 'größe' } }, ['gro\u0308ßer'], ['grö']],
  [{ match: { prefix: '' } }, ['', 'a'], [1, ...NEVER]],
  [
    { geo_polygon: { exterior: { points: TRIANGLE } } },
    [
      { lat: 1, lon: 1 },
      [
        { lat: 9, lon: 9 },
        { lat: 0, lon: 0 },
      ],
      { lat: 2, lon: 2 },
    ],
    [{ lat: 3, lon: 3 }, { lat: 1 }, '1,1', { lat: -0.1, lon: 1 }, ...NEVER],
  ],
  [{ range: { gt: 1, lte: 3 } }, [3, 1.5, [0, 2]], [1, 3.5, '2', true, [1, 4], ...NEVER]],
  [{ range: { gte: 1, lt: 3 } }, [1, 2.9], [3, 0.9, ...NEVER]],
  [{ range: { gt: 1, gte: 1 } }, [1.1], [1]],
  [{ range: { gt: 0, gte: 1 } }, [1], [0.5]],
  [{ range: { lt: 1, lte: 2 } }, [0], [1, 2]],
  [{ range: { lt: 2, lte: 1 } }, [1], [1.5]],
  [{ range: { gt: 3, lt: 1 } }, [], [0, 2, 4, ...NEVER]],
  [{ range: {} }, [0, -5, [1]], ['a', ...NEVER]],
  [{ range: { gte: 1, lt: null } }, [1, 1e300], [0]],
  [
    { range: { gte: '2024-01-01', lt: '2024-01-02T00:00:00Z' } },
    ['2024-01-01', '2024-01-01T23:59:59.999999Z', '2024-01-02 00:30:00+01', ['x', '2024-01-01T05:00']],
    ['2024-01-02', '2023-12-31T23:59:59Z', 'soon', 1_704_067_200, ...NEVER],
  ],
  [{ range: { gt: '2024-01-01T00:00:00.0000005Z' } }, ['2024-01-01T00:00:00.000001Z'], ['2024-01-01']],
  [
    { values_count: { gte: 2 } },
    [
      [1, 2],
      [null, null],
    ],
    [[1], 'ab', ...NEVER],
  ],
  [{ values_count: { lt: 1 } }, [MISSING, null, []], [0, '', {}, [null], [[]]]],
  [{ values_count: { gt: 0, lte: 1 } }, [0, '', {}, [null], [[1, 2]]], [MISSING, null, [], [1, 2]]],
  [{ is_empty: true }, [MISSING, null, []], [[null], {}, '', 0, false, [[]]]],
  [{ is_empty: false }, [[null], {}, '', 0, false], [MISSING, null, []]],
  [{ is_null: true }, [null, [1, null]], [MISSING, [], {}, '', 0, [[null]]]],
  [{ is_null: false }, [MISSING, [], {}, '', 0], [null, [1, null]]],
];

describe.each(FIELDS)('%j', (condition, hits, misses) => {
  const must = { key: 'x', ...condition } as FilterCondition;
  test.each(hits.map((x) => [x]))('holds for %j', (x) => expect(matches({ must }, withX(x))).toBe(true));
  test.each(misses.map((x) => [x]))('not for %j', (x) => expect(matches({ must }, withX(x))).toBe(false));
});

test('is_empty and is_null stand without a key as well', () => {
  for (const [x, empty, isNull] of [
    [MISSING, true, false],
    [null, true, true],
    [[], true, false],
    [[null], false, true],
    [0, false, false],
  ]) {
    expect(matches({ must: { is_empty: { key: 'x' } } }, withX(x))).toBe(empty);
    expect(matches({ must: { is_null: { key: 'x' } } }, withX(x))).toBe(isNull);
  }
});

test('of several values at a path, one suffices; for is_empty all must be', () => {
  const payload = { a: [{ b: 1 }, { b: [1, 2, 3] }, { b: null }, { c: 1 }] };
  const holds = (test: object): boolean =>
    matches({ must: { key: 'a[].b', ...test } as FilterCondition }, payload);
  expect(holds({ values_count: { gte: 3 } })).toBe(true);
  expect(holds({ values_count: { gte: 4 } })).toBe(false);
  expect(holds({ values_count: { lt: 1 } })).toBe(true);
  expect(holds({ is_empty: true })).toBe(false);
  expect(holds({ is_null: true })).toBe(true);
  expect(holds({ match: { value: 3 } })).toBe(true);
  expect(matches({ must: { key: 'a.b', match: { value: 3 } } }, payload)).toBe(false);
});

test('text asks for words, contains for letters', () => {
  const text = (text: string, x: unknown): boolean => matches({ must: { key: 'x', match: { text } } }, { x });
  const contains = (contains: string, x: unknown): boolean =>
    matches({ must: { key: 'x', match: { contains } } }, { x });
  expect(text('Wine RED', 'red, white; wine')).toBe(true);
  expect(contains('Wine RED', 'red, white; wine')).toBe(false);
  expect(text('wine red', ['red', 'wine'])).toBe(false);
  expect(text('win', 'wine')).toBe(false);
  expect(contains('win', 'wine')).toBe(true);
  expect(text('größe 12', 'Größe: 12.5')).toBe(true);
  expect(contains('größe', 'gro\u0308ße')).toBe(true);
  expect(text('-', 'a - b')).toBe(false);
  expect(contains('-', 'a - b')).toBe(true);
  expect(text('5', 5)).toBe(false);
  expect(contains('5', 5)).toBe(false);
  expect(wordsOf("L'été, 3x ÇA 日本")).toEqual(['l', 'été', '3x', 'ça', '日本']);
  expect(wordsOf(' -–. ')).toEqual([]);
});

const DIET = { diet: [{ food: 'leaves', likes: false }, { food: 'meat', likes: true }, 'leaves', null] };

test('nested: one object meets the whole filter', () => {
  const food: FilterCondition = { key: 'food', match: { value: 'leaves' } };
  const likes: FilterCondition = { key: 'likes', match: { value: true } };
  const nested = (key: string, filter: Filter): Filter => ({ must: { nested: { key, filter } } });
  const apart: Filter = {
    must: [
      { ...food, key: 'diet[].food' },
      { ...likes, key: 'diet[].likes' },
    ],
  };
  expect(matches(apart, DIET)).toBe(true);
  expect(matches(nested('diet', { must: [food, likes] }), DIET)).toBe(false);
  expect(matches(nested('diet', { must: food, must_not: likes }), DIET)).toBe(true);
  expect(matches(nested('diet[]', { should: likes }), DIET)).toBe(true);
  expect(matches(nested('diet', { must_not: food }), DIET)).toBe(true);
  expect(matches(nested('diet', { must: { is_empty: { key: 'gone' } } }), DIET)).toBe(true);
  expect(matches(nested('diet[2]', {}), DIET)).toBe(false);
  expect(matches(nested('diet', {}), DIET)).toBe(true);
  // What is no object, and what is in no array, is not looked at.
  expect(matches(nested('x', {}), { x: ['leaves', null, 1, []] })).toBe(false);
  expect(matches(nested('x', {}), { x: { food: 'leaves' } })).toBe(false);
  expect(matches(nested('gone', {}), DIET)).toBe(false);
});

test('has_id: integers and strings are different ids', () => {
  const has = (ids: PointId[], id: PointId): boolean => matches({ must: { has_id: ids } }, undefined, id);
  expect(has([1, 7n, 'seven'], 7)).toBe(true);
  expect(has([7], 7n)).toBe(true);
  expect(has(['7'], 7)).toBe(false);
  expect(has([2n ** 64n - 1n], 2n ** 64n - 1n)).toBe(true);
  expect(has(['größe'], 'größe')).toBe(true);
  expect(has(['ä'.repeat(512)], 'ä'.repeat(512))).toBe(true);
  expect(has([], 7)).toBe(false);
  expect(matches({ must_not: { has_id: [7] } }, {}, 7)).toBe(false);
});

const yes: FilterCondition = { key: 'x', match: { value: 1 } };
const no: FilterCondition = { key: 'x', match: { value: 2 } };

test.each<[expected: boolean, filter: Filter]>([
  [true, {}],
  [true, { must: [], should: [], must_not: [] }],
  [true, { must: undefined, min_should: undefined }],
  [true, { must: yes }],
  [true, { must: [yes, {}] }],
  [false, { must: [yes, no] }],
  [true, { should: [no, yes] }],
  [false, { should: no }],
  [false, { should: [no, no], must: yes }],
  [true, { must_not: [no, no] }],
  [false, { must_not: [no, yes] }],
  [true, { min_should: { conditions: [yes, no, yes], min_count: 2 } }],
  [false, { min_should: { conditions: [yes, no, no], min_count: 2 } }],
  [false, { min_should: { conditions: [], min_count: 1 } }],
  [false, { min_should: { conditions: [yes], min_count: 2 } }],
  [true, { should: [{ must: [yes, no] }, { must: yes, must_not: no }] }],
  [false, { must_not: {} }],
  [true, { must: { must_not: { must: { must_not: yes } } } }],
])('%s: %j', (expected, filter) => expect(matches(filter, { x: 1 })).toBe(expected));

test('a point without a payload has an empty one', () => {
  expect(matches({ must: [{ is_empty: { key: 'x' } }, { key: 'x', values_count: { lte: 0 } }] })).toBe(true);
  expect(matches({ must: { key: 'x', is_null: true } })).toBe(false);
});

test('what objects inherit is in no payload', () => {
  for (const key of ['constructor', '__proto__', 'toString', 'constructor.name', '__proto__.toString']) {
    expect(matches({ must: { is_empty: { key } } }, {}), key).toBe(true);
    expect(matches({ must: { key, match: { except: [] } } }, { x: 1 }), key).toBe(false);
  }
  const own = JSON.parse('{"__proto__": {"a": 1}, "constructor": 2}') as Payload;
  expect(matches({ must: { key: '__proto__.a', match: { value: 1 } } }, own)).toBe(true);
  expect(matches({ must: { key: 'constructor', match: { value: 2 } } }, own)).toBe(true);
});
