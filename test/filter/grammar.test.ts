/* The types of filters, for editors: what is a filter compiles, what is none does not. tsc is what checks it. */
import { expect, test } from 'vitest';
import type {
  FieldCondition,
  Filter,
  FilterCondition,
  GeoPoint,
  Match,
  MinShould,
  NestedCondition,
} from '#silt/api/filter.js';
import { parseFilter } from '#silt/filter/parse.js';

const berlin: GeoPoint = { lat: 52.5, lon: 13.4 };
const tags = ['a', 'b'] as const;
const any: Match = { any: tags };
const field: FieldCondition = { key: 'tags', match: any };
const nested: NestedCondition = { nested: { key: 'list', filter: { must: field } } };
const minShould: MinShould = { conditions: [field, nested], min_count: 1 };

const around = { points: [berlin, { lat: 0, lon: 0 }, { lat: 0, lon: 1 }, berlin] } as const;

const VALID: readonly Filter[] = [
  {},
  { must: field, should: [nested, { is_empty: { key: 'a' } }], must_not: { is_null: { key: 'a' } } },
  { min_should: minShould, must: undefined },
  { must: { should: [{ must_not: [{ has_id: [1, 2n, 'three'] }] }] } },
  {
    must: [
      { key: 'a', match: { value: 1.5 } },
      { key: 'a', match: { except: ['a', 1, true] } },
    ],
  },
  {
    must: [
      { key: 'a', match: { text: 'a' } },
      { key: 'a', range: { gt: 1, lte: null } },
    ],
  },
  {
    must: [
      { key: 'a', range: { gte: '2024-01-01' } },
      { key: 'a', range: {} },
    ],
  },
  {
    must: [
      { key: 'a', values_count: { lt: 2 } },
      { key: 'a', is_empty: false },
      { key: 'a', is_null: true },
    ],
  },
  {
    must: [
      { key: 'a', geo_radius: { center: berlin, radius: 1000 } },
      { key: 'a', geo_bounding_box: { top_left: berlin, bottom_right: { lat: 0, lon: 20 } } },
    ],
  },
  { must: [field] as readonly FilterCondition[] },
  {
    should: [
      { key: 'a', match: { text_any: 'a b' } },
      { key: 'a', match: { phrase: 'a b' } },
      { key: 'a', match: { prefix: 'a' } },
      { key: 'a', geo_polygon: { exterior: around, interiors: [around] } },
      { key: 'a', geo_polygon: { exterior: around, interiors: undefined } },
    ],
  },
];

const INVALID: readonly Filter[] = [
  // @ts-expect-error unknown member
  { musst: [] },
  // @ts-expect-error a condition is no filter
  { key: 'a', is_null: true },
  // @ts-expect-error no test
  { must: { key: 'a' } },
  // @ts-expect-error two tests
  { must: { key: 'a', match: { value: 1 }, range: { gt: 1 } } },
  // @ts-expect-error no key
  { must: { match: { value: 1 } } },
  // @ts-expect-error a field condition and a filter in one
  { must: { key: 'a', match: { value: 1 }, must: [] } },
  // @ts-expect-error two conditions in one
  { must: { has_id: [1], is_null: { key: 'a' } } },
  // @ts-expect-error two ways to match
  { must: { key: 'a', match: { value: 1, any: [1] } } },
  // @ts-expect-error no way to match
  { must: { key: 'a', match: {} } },
  // @ts-expect-error null is no value
  { must: { key: 'a', match: { value: null } } },
  // @ts-expect-error one value, not an array
  { must: { key: 'a', match: { any: 'a' } } },
  // @ts-expect-error ends of two kinds
  { must: { key: 'a', range: { gt: 1, lt: '2024-01-01' } } },
  // @ts-expect-error a Date is no end
  { must: { key: 'a', range: { gt: new Date(0) } } },
  // @ts-expect-error no longitude
  { must: { key: 'a', geo_radius: { center: { lat: 1 }, radius: 1 } } },
  // @ts-expect-error a ring has points
  { must: { key: 'a', geo_polygon: { exterior: [berlin] } } },
  // @ts-expect-error is_null with a key says true or false
  { must: { key: 'a', is_null: { key: 'a' } } },
  // @ts-expect-error a boolean is no id
  { must: { has_id: [true] } },
  // @ts-expect-error nested takes a filter
  { must: { nested: { key: 'a', filter: [] } } },
  // @ts-expect-error no count
  { min_should: { conditions: [] } },
];

test('every filter that TypeScript accepts is accepted', () => {
  for (const filter of VALID) expect(() => parseFilter(filter)).not.toThrow();
});

test('filters that TypeScript refuses are rejected', () => {
  for (const filter of INVALID) expect(() => parseFilter(filter)).toThrow(/^filter/);
});
