/*
 * Random filters and payloads over a few keys and values, so that about as many match as miss. They come from a
 * source of draws in [0, 1): seeded for models, or from fast-check, which shrinks it; draws of 0 give what is simplest.
 */
import type {
  FieldCondition,
  Filter,
  FilterCondition,
  GeoPoint,
  GeoPolygon,
  MatchValue,
} from '#silt/api/filter.js';
import type { PointId } from '#silt/index.js';
import fc from './properties.js';
import { integer, type Random } from './random.js';

type Json = Record<string, unknown>;
type Kind = 'number' | 'word' | 'bool' | 'time' | 'place' | 'mixed';

const pick = <T>(random: Random, from: readonly T[]): T => from[integer(random, 0, from.length)]!;
const chance = (random: Random, odds: number): boolean => random() > 1 - odds;
const several = <T>(random: Random, least: number, most: number, one: () => T): T[] =>
  Array.from({ length: integer(random, least, most + 1) }, one);

const NUMBERS = [0, 1, 2, 3, -1, 2.5];
const WORDS = ['red', 'Red wine', 'wine red', 'redwine', 'blue', '', 'größe', 'red-blue sky'];
const TIMES = [
  '2024-01-01T00:00:00Z',
  '2024-01-01',
  '2024-01-01T01:00:00+01:00',
  '2024-01-01 00:00:00.5',
  '2024-01-01T00:00:00.500001Z',
  '2024-06-30T23:59',
  '2024-06-30T20:30:00-03:30',
  '1969-12-31T23:59:59.999999Z',
];
/** Not one of them lies on an edge of another's area, where the last bit of a float would tell. */
const LATITUDES = [52.5, 48.1, -33.9, 0.3, 89];
const LONGITUDES = [13.4, 11.6, 151.2, -179.5, 179.6];
const CORNERS = [-180, -170, -20, 12, 20, 170, 180];
/** Most of the globe. */
const SQUARE: readonly GeoPoint[] = [
  { lat: 80, lon: -170 },
  { lat: 80, lon: 170 },
  { lat: -60, lon: 170 },
  { lat: -60, lon: -170 },
];
export const IDS: readonly PointId[] = [0, 7, 2n ** 60n, '7', 'größe'];

/** Paths of the payloads, and what is there. */
const FIELDS: readonly (readonly [path: string, kind: Kind])[] = [
  ['n', 'number'],
  ['s', 'word'],
  ['flag', 'bool'],
  ['at', 'time'],
  ['place', 'place'],
  ['tags', 'word'],
  ['tags[]', 'word'],
  ['tags[0]', 'word'],
  ['sub.n', 'number'],
  ['sub.s', 'word'],
  ['sub."x y".at', 'time'],
  ['list[].n', 'number'],
  ['list[].tags', 'word'],
  ['list[].tags[]', 'word'],
  ['list[1].s', 'word'],
  ['list[].place', 'place'],
  ['list.n', 'number'],
  ['list', 'mixed'],
  ['sub', 'mixed'],
  ['gone', 'mixed'],
  ['constructor', 'mixed'],
];
/** Paths within the objects of `list`, which hold a list as well. */
const INNER: typeof FIELDS = [
  ['n', 'number'],
  ['s', 'word'],
  ['at', 'time'],
  ['place', 'place'],
  ['tags', 'word'],
  ['tags[]', 'word'],
  ['gone', 'mixed'],
];
const VALUES: Readonly<Record<Kind, (random: Random) => unknown>> = {
  number: (random) => pick(random, NUMBERS),
  word: (random) => pick(random, WORDS),
  bool: (random) => chance(random, 0.5),
  time: (random) => pick(random, TIMES),
  place: (random) => ({ lat: pick(random, LATITUDES), lon: pick(random, LONGITUDES) }),
  mixed: (random) => {
    const odd = [
      null,
      {},
      [],
      'n',
      '2024-13-01',
      { lat: 91, lon: 0 },
      { lat: '1', lon: 1 },
      [[1, 'red']],
      'red',
      1,
    ];
    return pick(random, odd);
  },
};

/** A value of a kind, or an array of some; now and then something else, or null. */
function draw(random: Random, kind: Kind): unknown {
  if (chance(random, 0.1)) return VALUES.mixed(random);
  if (!chance(random, 0.35)) return VALUES[kind](random);
  return several(random, 0, 3, () => (chance(random, 0.15) ? VALUES.mixed(random) : VALUES[kind](random)));
}

function fill(random: Random, kinds: Readonly<Record<string, Kind>>): Json {
  const entries = Object.entries(kinds).filter(() => !chance(random, 0.2));
  return Object.fromEntries(entries.map(([key, kind]) => [key, draw(random, kind)]));
}

const ITEM = { n: 'number', s: 'word', at: 'time', place: 'place', tags: 'word' } as const;

function randomItem(random: Random, depth: number): unknown {
  if (chance(random, 0.1)) return VALUES.mixed(random);
  const item = fill(random, ITEM);
  if (depth > 0 && chance(random, 0.3))
    item['list'] = several(random, 0, 2, () => randomItem(random, depth - 1));
  return item;
}

/** A payload, or none. */
export function randomPayload(random: Random): Json | undefined {
  if (chance(random, 0.03)) return undefined;
  const payload = fill(random, { ...ITEM, flag: 'bool' });
  if (chance(random, 0.8)) payload['list'] = several(random, 0, 3, () => randomItem(random, 1));
  if (chance(random, 0.4)) payload['sub'] = randomItem(random, 0);
  else if (chance(random, 0.5)) payload['sub'] = { n: 1, 'x y': { at: pick(random, TIMES) } };
  return payload;
}

function randomRange<T>(random: Random, ends: readonly T[]): Record<string, T | null> {
  const range: Record<string, T | null> = {};
  for (const name of several(random, 1, 2, () => pick(random, ['gte', 'lt', 'gt', 'lte'])))
    range[name] = chance(random, 0.05) ? null : pick(random, ends);
  return range;
}

function randomMatch(random: Random, kind: Kind): FieldCondition['match'] {
  const value = (): MatchValue => {
    const drawn = VALUES[kind](random);
    return typeof drawn === 'object' ? pick(random, ['red', 1, true]) : (drawn as MatchValue);
  };
  const form = integer(random, 0, kind === 'word' ? 5 : 3);
  if (form === 0) return { value: value() };
  if (form === 1) return { any: several(random, 0, 3, value) };
  if (form === 2) return { except: several(random, 0, 3, value) };
  const text = pick(random, ['red', 'wine', 'wine red', 'RED', '', 'größe', '-', 'sky blue']);
  const by = integer(random, 0, 5);
  if (by === 0) return { contains: text };
  if (by === 1) return { text_any: text };
  if (by === 2) return { phrase: text };
  return by === 3 ? { prefix: pick(random, ['red', 'R', 'wine', '', 'gr', 'sky']) } : { text };
}

/** A triangle or more around what places there are; no corner and no edge is at one of them. */
function randomPolygon(random: Random): GeoPolygon {
  const ring = (corners: readonly GeoPoint[]): GeoPolygon['exterior'] => ({
    points: [...corners, corners[0]!],
  });
  const corner = (): GeoPoint => ({ lat: pick(random, [-89, -40, 1, 50, 88]), lon: pick(random, CORNERS) });
  const corners = [corner(), corner(), ...several(random, 1, 3, corner)];
  if (chance(random, 0.6)) corners.splice(0, 4, ...SQUARE);
  return chance(random, 0.4)
    ? {
        exterior: ring(corners),
        interiors: several(random, 1, 2, () => ring([corner(), corner(), corner()])),
      }
    : { exterior: ring(corners) };
}

type Draw = (random: Random, key: string, kind: Kind) => FieldCondition;

const TESTS: readonly Draw[] = [
  (random, key, kind) => ({ key, match: randomMatch(random, kind)! }),
  (random, key) => ({ key, range: randomRange(random, NUMBERS) }),
  (random, key) => ({ key, range: randomRange(random, TIMES) }),
  (random, key) => ({ key, values_count: randomRange(random, [0, 1, 2, 3]) }),
  (random, key) => ({ key, is_empty: chance(random, 0.5) }),
  (random, key) => ({ key, is_null: chance(random, 0.5) }),
  (random, key) => ({
    key,
    geo_bounding_box: {
      top_left: { lat: pick(random, [90, 50, 40]), lon: pick(random, CORNERS) },
      bottom_right: { lat: pick(random, [-90, -40, 40]), lon: pick(random, CORNERS) },
    },
  }),
  (random, key) => ({
    key,
    geo_radius: {
      center: { lat: pick(random, LATITUDES), lon: pick(random, LONGITUDES) },
      radius: pick(random, [600_000, 1, 5_000_000, 16_000_000, 0]),
    },
  }),
  (random, key) => ({ key, geo_polygon: randomPolygon(random) }),
];
/** What is worth asking of a kind, by position in TESTS. */
const SUITED: Readonly<Record<Kind, readonly number[]>> = {
  number: [0, 1, 1],
  word: [0, 0, 0, 3],
  bool: [0],
  time: [2, 2, 0],
  place: [6, 7, 8],
  mixed: [0, 3, 4, 5],
};

function randomField(random: Random, fields: typeof FIELDS): FieldCondition {
  const [key, kind] = pick(random, fields);
  const test = chance(random, 0.15) ? pick(random, TESTS) : TESTS[pick(random, SUITED[kind])]!;
  return test(random, key, kind);
}

function randomCondition(random: Random, depth: number, nested: boolean): FilterCondition {
  const fields = nested ? INNER : FIELDS;
  const form = integer(random, 0, 20);
  if (form === 14) return { is_empty: { key: pick(random, fields)[0] } };
  if (form === 15) return { is_null: { key: pick(random, fields)[0] } };
  if (form === 16 && !nested) return { has_id: several(random, 0, 3, () => pick(random, IDS)) };
  if (form > 17 && depth > 0)
    return {
      nested: { key: pick(random, ['list', 'list[]']), filter: randomFilterOf(random, depth - 1, true) },
    };
  if (form > 16 && depth > 0) return randomFilterOf(random, depth - 1, nested);
  return randomField(random, fields);
}

function randomFilterOf(random: Random, depth: number, nested: boolean): Filter {
  const one = (): FilterCondition => randomCondition(random, depth, nested);
  const some = (): FilterCondition | FilterCondition[] =>
    chance(random, 0.3) ? one() : several(random, chance(random, 0.05) ? 0 : 1, 3, one);
  const form = integer(random, 0, 12);
  if (form < 3) return { must: one() };
  if (form < 6) return { must_not: one() };
  if (form < 8) return { should: some() };
  if (form === 8)
    return { min_should: { conditions: several(random, 1, 4, one), min_count: integer(random, 1, 3) } };
  if (form === 9) return { must: one(), should: some(), must_not: undefined };
  if (form === 10) return { must_not: some(), should: some() };
  return chance(random, 0.1) ? {} : { must: some() };
}

/** A valid filter, up to four deep. */
export function randomFilter(random: Random): Filter {
  return randomFilterOf(random, 3, false);
}

/** A source of draws that ends in zeros, so that what is cut off is made as simple as can be. */
function drawsOf(draws: readonly number[]): Random {
  let next = 0;
  return () => (next < draws.length ? draws[next++]! : 0);
}

const arbitraryDraws = (most: number): fc.Arbitrary<Random> =>
  fc
    .array(fc.noBias(fc.nat(0xffff)), { minLength: most / 4, maxLength: most, size: 'max' })
    .map((draws) => drawsOf(draws.map((draw) => draw / 0x1_0000)));

export function arbitraryFilter(): fc.Arbitrary<Filter> {
  return arbitraryDraws(120).map(randomFilter);
}

export function arbitraryPayload(): fc.Arbitrary<Json | undefined> {
  return arbitraryDraws(200).map(randomPayload);
}

/** Whether a filter may delete: none of its parts is empty so that more would match. `{}` itself says that all do. */
export function mayDelete(filter: Filter): boolean {
  const complete = (value: unknown, key: string, kept: boolean): boolean => {
    if (typeof value !== 'object' || value === null)
      return (
        value !== undefined &&
        value !== null &&
        !((key === 'contains' || key === 'prefix') && value === '') &&
        (!['text', 'text_any', 'phrase'].includes(key) || /[\p{L}\p{N}]/u.test(String(value))) // one without words matches nothing, or all
      );
    const parts = Object.entries(value);
    const none = { has_id: !kept, any: !kept, except: kept }[key] === true && Array.isArray(value);
    if (parts.length === 0) return none;
    return parts.every(([name, part]) =>
      complete(part, Array.isArray(value) ? key : name, name === 'must_not' ? !kept : kept),
    );
  };
  return Object.keys(filter).length === 0 || complete(filter, '', false);
}

/** A random filter that may delete. */
export function filterToDelete(random: Random): Filter {
  for (;;) {
    const filter = randomFilter(random);
    if (mayDelete(filter)) return filter;
  }
}
