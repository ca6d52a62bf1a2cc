/* Rows as payloads have them at their worst, all types at one path, and tests of them; by fast-check or by a seed. */
import type { Test } from '#silt/filter/condition.js';
import { INDEX_KINDS, type IndexKind } from '#silt/filter/indexes/value-index.js';
import { polygonOf, ringOf } from '#silt/filter/polygon.js';
import fc, { type Arbitrary } from '../../support/properties.js';
import { integer, type Random, randomOf } from '../../support/random.js';
import type { Values } from './naive.js';

export const KINDS: readonly IndexKind[] = INDEX_KINDS;

const TEXTS = [
  '',
  'a',
  'b',
  'A b',
  'b a',
  'a!c',
  'Ä b c',
  'c',
  '!!',
  'x\ud800',
  'x\ud801',
  '\ufeffa',
  'straße',
  'a b a b c',
  '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
  '0190A1B2-c3d4-7e5f-8a9b-0c1d2e3f4a5b',
  '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5c',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5g',
  '0190a1b2xc3d4-7e5f-8a9b-0c1d2e3f4a5b',
];
/** How strings of rows begin, and some that none does. */
const BEGINNINGS = ['', 'a', 'A', 'x\ud800', '0190a1b2-c', '0190a1b2', 'f', '1970', '!', 'z'];
const TIMES = ['1970-01-01', '2024-02-29T12:00:00Z', '2024-02-29T13:00:00.5+01:00', '1969-12-31T23:59:59Z'];
const NUMBERS = [0, -0, 1, 2, 3, -1, 0.5, 1e300, -1e300, 5e-324, 2 ** 53];
const DEGREES = [-180, -179.5, -90, -10, 0, 10, 45, 89.9, 90, 179.5, 180, 200];

const text = fc.oneof(fc.constantFrom(...TEXTS), fc.constantFrom(...TIMES));
const number = fc.constantFrom(...NUMBERS);
const degrees = fc.constantFrom(...DEGREES);
const place = fc.record({ lat: degrees, lon: degrees });
const simple = fc.oneof(text, number, fc.boolean(), place);
const element = fc.oneof(
  { weight: 6, arbitrary: simple },
  { weight: 1, arbitrary: fc.constantFrom<unknown>(null, {}, { lat: '1', lon: 1 }, ['a'], [], [null]) },
);
const value = fc.oneof(element, fc.array(element, { maxLength: 5 }));
const values: Arbitrary<Values> = fc.oneof(
  { weight: 4, arbitrary: fc.tuple(value) },
  { weight: 1, arbitrary: fc.array(value, { maxLength: 4 }) },
);

export const someRows: Arbitrary<Values[]> = fc.array(values, { maxLength: 70 });

const end = fc.oneof(number, fc.constantFrom(Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY));
const interval = fc.record({ from: end, to: end, withFrom: fc.boolean(), withTo: fc.boolean() });
const micros = fc.constantFrom(0, -1e6, 1_709_208_000e6, 1_709_208_000.5e6, Number.POSITIVE_INFINITY);
const period = fc.record({ from: micros, to: micros, withFrom: fc.boolean(), withTo: fc.boolean() });
const list = fc
  .oneof(fc.array(text), fc.array(number), fc.array(fc.boolean()), fc.array(fc.oneof(text, number)))
  .map((all) => new Set<string | number | boolean>(all));

/** Of any corners: its edges may cross, or lie on one another. */
const ring = fc
  .array(place, { minLength: 3, maxLength: 6 })
  .map((corners) => ringOf([...corners, corners[0]!]));

export const someTest: Arbitrary<Test> = fc.oneof(
  fc.record({ kind: fc.constantFrom('match', 'except'), values: list }),
  fc.record({ kind: fc.constantFrom('empty', 'null'), is: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('text', 'text_any', 'phrase'), text }),
  fc.record({ kind: fc.constant('prefix'), text: fc.constantFrom(...BEGINNINGS) }),
  fc.record({ kind: fc.constant('number'), range: interval }),
  fc.record({ kind: fc.constant('datetime'), range: period }),
  fc.record({ kind: fc.constant('count'), range: interval }),
  fc.record({ kind: fc.constant('box'), north: degrees, south: degrees, west: degrees, east: degrees }),
  fc.record({
    kind: fc.constant('circle'),
    lat: degrees.filter((lat) => Math.abs(lat) <= 90),
    lon: degrees.filter((lon) => lon <= 180),
    radius: fc.constantFrom(0, 1, 1e5, 5e6, 1.2e7, 3e7),
  }),
  fc.tuple(ring, fc.array(ring, { maxLength: 2 })).map(([exterior, interiors]) => ({
    kind: 'polygon',
    ...polygonOf(exterior, interiors),
  })),
) as Arbitrary<Test>;

function pick<T>(random: Random, list: readonly T[]): T {
  return list[integer(random, 0, list.length)]!;
}

/** One of some hundred UUIDs; now and then in capitals. */
function uuidOf(i: number): string {
  const digits = Math.imul(i + 1, 0x9e37_79b1) >>> 0;
  const text = `${digits.toString(16).padStart(8, '0')}-1111-4222-8333-${String(i).padStart(12, '0')}`;
  return i % 50 === 49 ? text.toUpperCase() : text;
}

function manyElement(random: Random): unknown {
  const kind = random();
  if (kind < 0.15) return 7;
  if (kind < 0.35) return random() < 0.5 ? integer(random, 0, 300) : random() * 300;
  if (kind < 0.45) return `k${integer(random, 0, 1 + random() * 400)}`;
  if (kind < 0.5) return uuidOf(integer(random, 0, 1 + random() * 400));
  if (kind < 0.6)
    return `w${integer(random, 0, 20)} w${integer(random, 0, 20)}, W${integer(random, 0, 2_000)}`;
  if (kind < 0.7) return random() < 0.5;
  if (kind < 0.8) return new Date(integer(random, 0, 100) * 1e10).toISOString();
  if (kind < 0.9) return { lat: random() * 180 - 90, lon: random() * 360 - 180 };
  if (kind < 0.93) return { lat: 50, lon: 10 };
  return pick(random, [null, null, {}, [], ['k1'], '', 0, -0]);
}

/** Rows of one value or several, of heavy values and rare ones: enough of them to fill buckets and shelves. */
export function manyRows(seed: number, count: number): Values[] {
  const random = randomOf(seed);
  const several = (most: number) =>
    Array.from({ length: integer(random, 0, most) }, () => manyElement(random));
  return Array.from({ length: count }, () => {
    const kind = random();
    if (kind < 0.75) return [manyElement(random)];
    if (kind < 0.9) return [several(5)];
    if (kind < 0.93) return [];
    return [...several(3), several(3)];
  });
}

/** Tests of `manyRows`, from those that hold of few rows to those that hold of nearly all. */
export function manyTests(seed: number, count: number): Test[] {
  const random = randomOf(seed);
  const two = (most: number, least = 0): [number, number] => {
    const ends = [random(), random()].map((x) => least + x * (most - least)).sort((a, b) => a - b);
    return ends as [number, number];
  };
  const interval = ([from, to]: [number, number]) => ({
    from,
    to,
    withFrom: random() < 0.5,
    withTo: random() < 0.5,
  });
  const listed = (of: () => string | number | boolean) =>
    new Set(Array.from({ length: 1 + integer(random, 0, 2 + random() * 20) }, of));
  const list = () =>
    pick(random, [
      () => listed(() => `k${integer(random, 0, 100)}`),
      () => listed(() => integer(random, 0, 100)),
      () => listed(() => random() < 0.5),
    ])();
  const makers: readonly (() => Test)[] = [
    () => ({ kind: 'match', values: list() }),
    () => ({ kind: 'except', values: list() }),
    () => ({ kind: pick(random, ['empty', 'null']), is: random() < 0.5 }),
    () => ({ kind: 'text', text: `w${integer(random, 0, 20)} w${integer(random, 0, 20)}` }),
    () => ({ kind: 'text', text: `W${integer(random, 0, 2_000)}` }),
    () => ({ kind: 'text_any', text: `w${integer(random, 0, 20)} w${integer(random, 0, 2_000)}` }),
    () => ({ kind: 'phrase', text: `w${integer(random, 0, 20)} w${integer(random, 0, 20)}` }),
    () => ({ kind: 'match', values: listed(() => uuidOf(integer(random, 0, 400))) }),
    () => ({ kind: 'prefix', text: pick(random, ['k1', 'w', uuidOf(integer(random, 0, 100)).slice(0, 3)]) }),
    () => ({ kind: 'number', range: interval(random() < 0.3 ? [7, two(300)[1]] : two(300)) }),
    () => ({ kind: 'datetime', range: interval(two(1e15)) }),
    () => {
      const [south, north] = two(90, -90);
      const [west, east] = two(180, -180);
      return random() < 0.5
        ? { kind: 'box', north, south, west, east }
        : { kind: 'box', north, south, west: east, east: west };
    },
    () => ({
      kind: 'circle',
      lat: random() * 180 - 90,
      lon: random() * 360 - 180,
      radius: 10 ** (3 + 4.4 * random()),
    }),
    () => {
      // A star around a place, with a hole of half its size.
      const [lat, lon, size] = [random() * 120 - 60, random() * 240 - 120, 1 + random() * 30];
      const star = (radius: number) => {
        const corners = Array.from({ length: 9 }, (_, i) => {
          const far = radius * (i % 2 === 0 ? 1 : 0.4);
          return { lat: lat + far * Math.sin(i * 0.7), lon: lon + 2 * far * Math.cos(i * 0.7) };
        });
        return ringOf([...corners, corners[0]!]);
      };
      return { kind: 'polygon', ...polygonOf(star(size), random() < 0.5 ? [star(size / 2)] : []) };
    },
  ];
  return Array.from({ length: count }, (_, i) => makers[i % makers.length]!());
}
