/* Polygons on the globe: edges and corners count, holes do not, whatever way round a ring goes. */
import { describe, expect, test } from 'vitest';
import {
  edgesBetween,
  edgeWithin,
  inPolygon,
  type Polygon,
  polygonOf,
  ringOf,
} from '#silt/filter/polygon.js';
import fc, { runs } from '../support/properties.js';

type Corner = readonly [lat: number, lon: number];

const ring = (...corners: readonly Corner[]) =>
  ringOf([...corners, corners[0]!].map(([lat, lon]) => ({ lat, lon })));
const square = (from: number, to: number) => ring([from, from], [from, to], [to, to], [to, from]);
const holds = (polygon: Polygon, [lat, lon]: Corner): boolean => inPolygon({ lat, lon }, polygon);

describe('a square with a hole', () => {
  const polygon = polygonOf(square(0, 10), [square(4, 6)]);

  test.each<Corner>([
    [1, 1],
    [5, 3],
    [9.999, 5],
  ])('holds what is between: %d, %d', (...place) => expect(holds(polygon, place)).toBe(true));

  test.each<Corner>([
    [0, 0],
    [10, 10],
    [0, 10],
    [0, 5],
    [5, 10],
    [4, 4],
    [6, 5],
  ])('holds what is on an edge or a corner, of the hole as well: %d, %d', (...place) =>
    expect(holds(polygon, place)).toBe(true),
  );

  test.each<Corner>([
    [5, 5],
    [4.001, 5.999],
    [-0.001, 5],
    [5, 10.001],
    [11, 11],
    [5, -170],
  ])('leaves out what is in the hole or beyond: %d, %d', (...place) =>
    expect(holds(polygon, place)).toBe(false),
  );
});

test('a corner to the east or west of a place counts once', () => {
  const diamond = polygonOf(ring([0, 5], [5, 10], [10, 5], [5, 0]), []);
  for (const [lon, inside] of [
    [-1, false],
    [0, true],
    [5, true],
    [10, true],
    [11, false],
  ] as const)
    expect(holds(diamond, [5, lon]), `5, ${lon}`).toBe(inside);
});

test('a concave area leaves out its bay, and a flat ring is its line', () => {
  const bay = polygonOf(ring([0, 0], [0, 10], [10, 10], [2, 5], [10, 0]), []);
  expect(holds(bay, [9, 5])).toBe(false);
  expect(holds(bay, [1, 5])).toBe(true);
  expect(holds(bay, [9, 0.5])).toBe(true);
  const line = polygonOf(ring([0, 0], [4, 4], [2, 2]), []);
  expect(holds(line, [1, 1])).toBe(true);
  expect(holds(line, [1, 1.5])).toBe(false);
});

const degree = fc.integer({ min: -20, max: 20 });
const corner = fc.tuple(degree, degree);
const anyRing = fc.array(corner, { minLength: 3, maxLength: 8 });
/** Between two degrees, where calculations are rounded. */
const between = (min: number, max: number) => fc.double({ min, max, noNaN: true });
const fineCorner = fc.tuple(between(-20, 20), between(-20, 20));
const along = ([fromLat, fromLon]: Corner, [toLat, toLon]: Corner, share: number): Corner => [
  fromLat + share * (toLat - fromLat),
  fromLon + share * (toLon - fromLon),
];

/** A ring, and a place: anywhere, or on an edge as far as a float64 can say. */
const rings = fc.oneof(
  fc.tuple(anyRing, corner),
  fc
    .tuple(fc.array(fineCorner, { minLength: 3, maxLength: 8 }), fc.nat(7), between(0, 1))
    .map(([corners, at, share]): [Corner[], Corner] => {
      const from = corners[at % corners.length]!;
      return [corners, along(from, corners[(at + 1) % corners.length]!, share)];
    }),
);

test('it does not matter where a ring begins and which way round it goes', () => {
  fc.assert(
    fc.property(rings, fc.nat(7), ([corners, place], by) => {
      const turned = corners.map((_, i) => corners[(i + by) % corners.length]!);
      const inside = holds(polygonOf(ring(...corners), []), place);
      expect(holds(polygonOf(ring(...turned), []), place)).toBe(inside);
      expect(holds(polygonOf(ring(...corners.toReversed()), []), place)).toBe(inside);
      expect(holds(polygonOf(ring(...turned.toReversed()), []), place)).toBe(inside);
    }),
    { numRuns: runs(4_000) },
  );
});

test('two areas with a common border leave no place out between them', () => {
  // Not too near each other: where an edge is next to nothing, what is computed to be on it may be beyond its ends.
  const west = fc.tuple(between(1, 10), between(0, 9));
  const east = fc.tuple(between(1, 10), between(11, 20));
  fc.assert(
    fc.property(west, east, between(0.01, 0.99), (from, to, share) => {
      const place = along(from, to, share);
      const [north, south]: Corner[] = [
        [80, 10],
        [-60, 10],
      ];
      const above = polygonOf(ring(from, to, north!), []);
      const below = polygonOf(ring(to, from, south!), []);
      expect(holds(above, place) || holds(below, place)).toBe(true);
      const around = polygonOf(square(-100, 100), [ring(from, to, north!)]);
      expect(holds(above, place) || holds(around, place)).toBe(true);
    }),
    { numRuns: runs(4_000) },
  );
});

test('all places of a box that no edge meets are inside, or none is', () => {
  const size = fc.double({ min: 0, max: 8, noNaN: true });
  const share = fc.double({ min: 0, max: 1, noNaN: true });
  let seen = 0;
  fc.assert(
    fc.property(
      anyRing,
      anyRing,
      corner,
      size,
      size,
      share,
      share,
      (around, hole, [lat, lon], h, w, x, y) => {
        const polygon = polygonOf(ring(...around), [ring(...hole)]);
        if (edgeWithin({ south: lat, north: lat + h, west: lon, east: lon + w }, polygon)) return;
        seen++;
        const there = holds(polygon, [lat + h * x, lon + w * y]);
        expect(there).toBe(holds(polygon, [lat, lon]));
        expect(there).toBe(holds(polygon, [lat + h, lon + w]));
      },
    ),
    { numRuns: runs(3_000) },
  );
  expect(seen).toBeGreaterThan(100);
});

test('of an outline of 10,000 corners, a place is compared with the few edges at its latitude', () => {
  const outline = Array.from({ length: 10_000 }, (_, i): Corner => {
    const angle = (i / 5_000) * Math.PI;
    const away = 40 + Math.sin(40 * angle);
    return [away * Math.sin(angle), away * Math.cos(angle)];
  });
  const polygon = polygonOf(ring(...outline), [square(10, 12), square(-12, -10)]);
  for (let lat = -40; lat < 40; lat += 0.37) expect(edgesBetween(lat, lat, polygon)).toBeLessThan(150);
  expect(edgesBetween(-90, 90, polygon)).toBeLessThan(50_000);
  expect(holds(polygon, [0, 0])).toBe(true);
  expect(holds(polygon, [11, 11])).toBe(false);
  expect(holds(polygon, [-11, -11])).toBe(false);
  expect(holds(polygon, [0, 42])).toBe(false);
});

test('many holes, and rings of no height, are as they would be one by one', () => {
  const around = square(-30, 30);
  fc.assert(
    fc.property(fc.array(anyRing, { minLength: 1, maxLength: 12 }), corner, (holes, place) => {
      const each = holes.map((hole) => polygonOf(around, [ring(...hole)]));
      const all = polygonOf(
        around,
        holes.map((hole) => ring(...hole)),
      );
      expect(holds(all, place)).toBe(each.every((one) => holds(one, place)));
    }),
    { numRuns: runs(1_000) },
  );
  const flat = polygonOf(ring([1, 0], [1, 5], [1, 3]), []);
  expect(holds(flat, [1, 4])).toBe(true);
  expect(holds(flat, [1, 6])).toBe(false);
  const least = polygonOf(ring([0, 0], [5e-324, 5], [0, 10]), []);
  expect(holds(least, [0, 5])).toBe(true);
  expect(holds(least, [1e-323, 5])).toBe(false);
});
