/* What is no filter is refused, and the message names the place; whatever is given, nothing else happens. */
import { expect, test } from 'vitest';
import { FILTER_DEPTH_MAX, POLYGON_POINTS_MAX } from '#silt/base/limits.js';
import { parseFilter } from '#silt/filter/parse.js';
import { ValidationError } from '#silt/index.js';
import fc, { runs } from '../support/properties.js';

const field = (test: object): object => ({ must: { key: 'x', ...test } });
const box = (top_left: unknown, bottom_right: unknown): object =>
  field({ geo_bounding_box: { top_left, bottom_right } });
const circle = (center: unknown, radius: unknown): object => field({ geo_radius: { center, radius } });
const corner = { lat: 0, lon: 0 };
const square = { points: [corner, { lat: 0, lon: 1 }, { lat: 1, lon: 1 }, { lat: 1, lon: 0 }, corner] };
const polygon = (exterior: unknown, interiors?: unknown): object =>
  field({ geo_polygon: { exterior, interiors } });

function nested(depth: number): object {
  let filter: object = {};
  for (let i = 1; i < depth; i++) filter = { must: [filter] };
  return filter;
}
const loop: Record<string, unknown> = {};
loop['must'] = [{}, { nested: { key: 'a', filter: loop } }];

const REFUSED: readonly (readonly [value: unknown, message: string])[] = [
  // Shapes.
  [undefined, 'filter must be an object, got undefined'],
  [null, 'filter must be an object, got null'],
  ['x', 'filter must be an object, got "x"'],
  [[], 'filter must be an object, got an array of 0'],
  [new Map(), 'filter must be an object, got a Map'],
  [new Date(0), 'filter must be an object, got a Date'],
  [{ must: 1 }, 'filter.must must be an object, got 1'],
  [{ must: null }, 'filter.must must be an object, got null'],
  [{ should: [{}, 'x'] }, 'filter.should[1] must be an object, got "x"'],
  [{ must: [[]] }, 'filter.must[0] must be an object, got an array of 0'],
  [{ must: Array(1) }, 'filter.must[0] must be an object, got undefined'],
  [{ must_not: { must: [7] } }, 'filter.must_not.must[0] must be an object, got 7'],
  // Unknown members.
  [{ musst: [] }, 'filter has an unknown member "musst": it takes must, should, must_not, min_should'],
  [
    { key: 'x', is_null: true },
    'filter has an unknown member "key": it takes must, should, must_not, min_should',
  ],
  [JSON.parse('{"__proto__": 1}'), 'filter has an unknown member "__proto__": it takes must, should'],
  [
    { must: { a: 1 } },
    'filter.must has an unknown member "a": it takes key, is_empty, is_null, has_id, has_vector, nested, must, should, must_not, min_should',
  ],
  [
    field({ match: { value: 1 }, boost: 2 }),
    'filter.must has an unknown member "boost": it takes key, match, range, values_count, geo_bounding_box, geo_radius, geo_polygon, is_empty, is_null',
  ],
  [field({ match: { value: 1 }, must: [] }), 'filter.must has an unknown member "must": it takes key, match'],
  [
    field({ match: { phrases: 'a' } }),
    'filter.must.match has an unknown member "phrases": it takes value, any, except, text, text_any, phrase, contains, prefix',
  ],
  [
    field({ range: { from: 1 } }),
    'filter.must.range has an unknown member "from": it takes gt, gte, lt, lte',
  ],
  [
    field({ values_count: { eq: 1 } }),
    'filter.must.values_count has an unknown member "eq": it takes gt, gte, lt, lte',
  ],
  [
    circle({ ...corner, alt: 1 }, 1),
    'filter.must.geo_radius.center has an unknown member "alt": it takes lat, lon',
  ],
  [{ must: { has_id: [1], key: 'x' } }, 'filter.must has an unknown member "has_id": it takes key, match'],
  [{ must: { has_id: [1], must: [] } }, 'filter.must has an unknown member "must": it takes has_id'],
  [{ must: { is_null: { key: 'x', a: 1 } } }, 'filter.must.is_null has an unknown member "a": it takes key'],
  [
    { must: { nested: { key: 'x', filter: {}, must: [] } } },
    'filter.must.nested has an unknown member "must": it takes key, filter',
  ],
  [
    { min_should: { conditions: [], min_count: 1, max: 2 } },
    'filter.min_should has an unknown member "max": it takes conditions, min_count',
  ],
  // Field conditions.
  [
    field({}),
    'filter.must must have exactly one of match, range, values_count, geo_bounding_box, geo_radius, geo_polygon, is_empty, is_null; it has none',
  ],
  [field({ match: undefined }), 'it has none'],
  [
    field({ match: { value: 1 }, range: {} }),
    'filter.must must have exactly one of match, range, values_count, geo_bounding_box, geo_radius, geo_polygon, is_empty, is_null; it has match and range',
  ],
  [{ must: { match: { value: 1 } } }, 'filter.must.key must be a path such as'],
  [
    { must: [{}, { key: 'a..b', is_null: true }] },
    'filter.must[1].key must be a path such as a.b, a[].b, a[0] or "a b".c, got "a..b" (wrong at character 3)',
  ],
  [{ must: { key: 5, is_null: true } }, 'filter.must.key must be a path such as'],
  [{ must: { is_empty: { key: '' } } }, 'filter.must.is_empty.key must be a path such as'],
  [{ must: { is_empty: 'x' } }, 'filter.must.is_empty must be an object, got "x"'],
  [field({ is_empty: 1 }), 'filter.must.is_empty must be true or false, got 1'],
  [field({ is_null: { key: 'x' } }), 'filter.must.is_null must be true or false, got an object'],
  // match
  [field({ match: 'x' }), 'filter.must.match must be an object, got "x"'],
  [
    field({ match: {} }),
    'filter.must.match must have exactly one of value, any, except, text, text_any, phrase, contains, prefix; it has none',
  ],
  [
    field({ match: { value: 1, any: [1] } }),
    'filter.must.match must have exactly one of value, any, except, text, text_any, phrase, contains, prefix; it has value and any',
  ],
  [
    field({ match: { value: null } }),
    'filter.must.match.value must be a string, a number or a boolean, got null',
  ],
  [
    field({ match: { value: NaN } }),
    'filter.must.match.value must be a string, a number or a boolean, got NaN',
  ],
  [
    field({ match: { value: -Infinity } }),
    'filter.must.match.value must be a string, a number or a boolean, got -Infinity',
  ],
  [
    field({ match: { value: 1n } }),
    'filter.must.match.value must be a string, a number or a boolean, got 1n',
  ],
  [
    field({ match: { value: ['a'] } }),
    'filter.must.match.value must be a string, a number or a boolean, got an array of 1',
  ],
  [
    { must: [{}, {}, { key: 'x', match: { any: [{}] } }] },
    'filter.must[2].match.any[0] must be a string, a number or a boolean, got an object',
  ],
  [field({ match: { any: 'a' } }), 'filter.must.match.any must be an array, got "a"'],
  [
    field({ match: { except: ['a', null] } }),
    'filter.must.match.except[1] must be a string, a number or a boolean, got null',
  ],
  [
    field({ match: { any: Array(1) } }),
    'filter.must.match.any[0] must be a string, a number or a boolean, got undefined',
  ],
  [field({ match: { text: 1 } }), 'filter.must.match.text must be a string, got 1'],
  [field({ match: { contains: 1 } }), 'filter.must.match.contains must be a string, got 1'],
  [field({ match: { text_any: ['a'] } }), 'filter.must.match.text_any must be a string, got an array of 1'],
  [field({ match: { phrase: null } }), 'filter.must.match.phrase must be a string, got null'],
  [field({ match: { prefix: 1 } }), 'filter.must.match.prefix must be a string, got 1'],
  // Ranges.
  [field({ range: [1, 2] }), 'filter.must.range must be an object, got an array of 2'],
  [
    field({ range: { gt: NaN } }),
    'filter.must.range.gt must be a finite number, or a time such as "2024-05-01T12:00:00Z", got NaN',
  ],
  [
    field({ range: { lt: Infinity } }),
    'filter.must.range.lt must be a finite number, or a time such as "2024-05-01T12:00:00Z", got Infinity',
  ],
  [
    field({ range: { lt: new Date(0) } }),
    'filter.must.range.lt must be a finite number, or a time such as date.toISOString(), got a Date',
  ],
  [
    field({ range: { gte: 'soon' } }),
    'filter.must.range.gte must be a number, or a time of RFC 3339 such as "2024-05-01T12:00:00Z", got "soon"',
  ],
  [field({ range: { gte: '2024-02-30' } }), 'filter.must.range.gte must be a number, or a time of RFC 3339'],
  [field({ range: { gte: '7' } }), 'filter.must.range.gte must be a number, or a time of RFC 3339'],
  [
    field({ range: { gt: '2024-01-01', lt: true } }),
    'filter.must.range.lt must be a number, or a time of RFC 3339',
  ],
  [
    field({ range: { gt: 1, lt: '2024-01-01' } }),
    'filter.must.range has both numbers and times as bounds: use one kind',
  ],
  [field({ values_count: { gt: 1.5 } }), 'filter.must.values_count.gt must be an integer from 0, got 1.5'],
  [field({ values_count: { lte: -1 } }), 'filter.must.values_count.lte must be an integer from 0, got -1'],
  [field({ values_count: { lte: '1' } }), 'filter.must.values_count.lte must be an integer from 0, got "1"'],
  [field({ values_count: 2 }), 'filter.must.values_count must be an object, got 2'],
  // Areas.
  [box(undefined, corner), 'filter.must.geo_bounding_box.top_left must be an object, got undefined'],
  [
    box(corner, { lat: 0 }),
    'filter.must.geo_bounding_box.bottom_right.lon must be degrees from -180 to 180, got undefined',
  ],
  [
    box({ lat: 90.1, lon: 0 }, corner),
    'filter.must.geo_bounding_box.top_left.lat must be degrees from -90 to 90, got 90.1',
  ],
  [
    box(corner, { lat: 0, lon: -181 }),
    'filter.must.geo_bounding_box.bottom_right.lon must be degrees from -180 to 180, got -181',
  ],
  [
    box({ lat: -1, lon: 0 }, { lat: 1, lon: 1 }),
    'filter.must.geo_bounding_box has its top (lat -1) below its bottom (lat 1)',
  ],
  [
    circle({ lat: NaN, lon: 0 }, 1),
    'filter.must.geo_radius.center.lat must be degrees from -90 to 90, got NaN',
  ],
  [circle([0, 0], 1), 'filter.must.geo_radius.center must be an object, got an array of 2'],
  [circle(corner, -1), 'filter.must.geo_radius.radius must be meters from 0, got -1'],
  [circle(corner, '5 km'), 'filter.must.geo_radius.radius must be meters from 0, got "5 km"'],
  [circle(corner, Infinity), 'filter.must.geo_radius.radius must be meters from 0, got Infinity'],
  [polygon(undefined), 'filter.must.geo_polygon.exterior must be an object, got undefined'],
  [polygon({ points: {} }), 'filter.must.geo_polygon.exterior.points must be an array, got an object'],
  [
    polygon({ points: [corner, corner, corner] }),
    'filter.must.geo_polygon.exterior.points must be at least 4 places, the last one the same as the first; got 3',
  ],
  [
    polygon({ points: [corner, { lat: 1, lon: 0 }, { lat: 1, lon: 1 }, { lat: 0, lon: 1 }] }),
    'filter.must.geo_polygon.exterior.points must end where they begin: repeat the first place as the last one',
  ],
  [
    polygon({ points: [corner, { lat: 1, lon: 181 }, corner, corner] }),
    'filter.must.geo_polygon.exterior.points[1].lon must be degrees from -180 to 180, got 181',
  ],
  [
    polygon(square, [square, { points: [] }]),
    'filter.must.geo_polygon.interiors[1].points must be at least 4 places',
  ],
  [polygon(square, null), 'filter.must.geo_polygon.interiors must be an array, got null'],
  [polygon(square, square), 'filter.must.geo_polygon.interiors must be an array, got an object'],
  // Ids.
  [{ must: { has_id: 7 } }, 'filter.must.has_id must be an array, got 7'],
  [{ must: { has_id: [7, -1] } }, 'filter.must.has_id[1] is not an id: an id must be an integer from 0'],
  [{ must: { has_id: [''] } }, 'filter.must.has_id[0] is not an id'],
  [{ must: { has_id: Array(1) } }, 'filter.must.has_id[0] is not an id'],
  [
    { must: { nested: { key: 'a', filter: { should: [{}, { must: { has_id: [1] } }] } } } },
    'filter.must.nested.filter.should[1].must.has_id is within nested, where nothing has an id',
  ],
  // Nested and min_should.
  [{ must: { nested: {} } }, 'filter.must.nested.key must be a path such as'],
  [{ must: { nested: { key: 'a' } } }, 'filter.must.nested.filter must be an object, got undefined'],
  [
    { must: { nested: { key: 'a', filter: { x: 1 } } } },
    'filter.must.nested.filter has an unknown member "x"',
  ],
  [{ min_should: [] }, 'filter.min_should must be an object, got an array of 0'],
  [
    { min_should: { conditions: [] } },
    'filter.min_should.min_count must be an integer from 1, got undefined',
  ],
  [
    { min_should: { conditions: [], min_count: 0 } },
    'filter.min_should.min_count must be an integer from 1, got 0',
  ],
  [
    { min_should: { conditions: [], min_count: 1.5 } },
    'filter.min_should.min_count must be an integer from 1, got 1.5',
  ],
  [
    { min_should: { conditions: {}, min_count: 1 } },
    'filter.min_should.conditions must be an array, got an object',
  ],
  [{ min_should: { min_count: 1 } }, 'filter.min_should.conditions must be an array, got undefined'],
  [
    { min_should: { conditions: [{}, 3], min_count: 1 } },
    'filter.min_should.conditions[1] must be an object, got 3',
  ],
  // Depth.
  [nested(FILTER_DEPTH_MAX + 1), `must[0] is more than ${FILTER_DEPTH_MAX} filters deep, or contains itself`],
  [loop, `is more than ${FILTER_DEPTH_MAX} filters deep, or contains itself`],
];

test.each(REFUSED)('%o', (value, message) => {
  let error: unknown;
  try {
    parseFilter(value);
  } catch (caught) {
    error = caught;
  }
  expect(error).toBeInstanceOf(ValidationError);
  expect(error).toMatchObject({ code: 'INVALID_FILTER', message: expect.stringContaining(message) });
  if (message.startsWith('filter')) expect((error as Error).message.startsWith(message)).toBe(true);
});

test('a polygon of more corners than may be compared with every place is rejected', () => {
  const points = Array.from({ length: POLYGON_POINTS_MAX }, () => corner);
  expect(() => parseFilter(polygon({ points }))).not.toThrow();
  expect(() => parseFilter(polygon({ points }, [square]))).toThrow(/places of filter.must.geo_polygon/);
});

test('errors call the filter what the caller calls it', () => {
  expect(() => parseFilter({ must: 1 }, 'delete: filter')).toThrow(
    'delete: filter.must must be an object, got 1',
  );
});

test('a filter may be nested as deep as the limit says', () => {
  expect(parseFilter(nested(FILTER_DEPTH_MAX))).toEqual({ kind: 'all', of: [] });
});

/** Members that filters have, so that random values come near to some. */
const NAMES = [
  'must',
  'should',
  'must_not',
  'min_should',
  'conditions',
  'min_count',
  'key',
  'match',
  'value',
  'any',
];
const MORE = [
  'range',
  'gt',
  'is_null',
  'is_empty',
  'has_id',
  'nested',
  'filter',
  'geo_radius',
  'center',
  'radius',
  'geo_polygon',
  'exterior',
  'points',
  'phrase',
];

const near = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 6, withCrossShrink: true },
    fc.constantFrom<unknown>(1, 'a', 'a[].b', '2024-01-01', true, null, undefined, {}, [], {
      lat: 1,
      lon: 1,
    }),
    fc.array(tie('value'), { maxLength: 3 }),
    fc.dictionary(fc.constantFrom(...NAMES, ...MORE, 'lat', '__proto__', 'constructor'), tie('value'), {
      maxKeys: 3,
    }),
  ),
})).value;

test('whatever is given, it is a filter or is rejected', () => {
  const anything = fc.anything({
    withBigInt: true,
    withBoxedValues: true,
    withDate: true,
    withMap: true,
    withNullPrototype: true,
    withSet: true,
    withSparseArray: true,
    withTypedArray: true,
  });
  const values = fc.oneof(
    anything,
    fc.jsonValue(),
    near,
    near.map((value) => ({ must: value })),
  );
  fc.assert(
    fc.property(values, (value) => {
      try {
        parseFilter(value);
      } catch (error) {
        expect(error).toBeInstanceOf(ValidationError);
        expect(error).toMatchObject({ code: 'INVALID_FILTER' });
      }
    }),
    { numRuns: runs(5_000) },
  );
});

test('a value whose constructor is not a class is shown all the same', () => {
  const odd = JSON.parse(
    '{ "must": [{ "is_null": { "key": { "constructor": { "name": { "toString": 1 } } } } }] }',
  );
  expect(() => parseFilter(odd)).toThrow('filter.must[0].is_null.key must be a path such as');
});
