/* Areas on the globe: edges, the date line, the poles, and distances that are known. */
import { expect, test } from 'vitest';
import { type Box, inBox, inCircle, placeOf } from '#silt/filter/geo.js';

const box = (north: number, west: number, south: number, east: number): Box => ({ north, west, south, east });

test.each<[what: string, box: Box, lat: number, lon: number, inside: boolean]>([
  ['Berlin', box(52.68, 13.09, 52.34, 13.76), 52.52, 13.4, true],
  ['north of it', box(52.68, 13.09, 52.34, 13.76), 52.7, 13.4, false],
  ['west of it', box(52.68, 13.09, 52.34, 13.76), 52.52, 13, false],
  ['on the northern edge', box(1, -1, -1, 1), 1, 0, false],
  ['on the southern edge', box(1, -1, -1, 1), -1, 0, false],
  ['on the western edge', box(1, -1, -1, 1), 0, -1, false],
  ['on the eastern edge', box(1, -1, -1, 1), 0, 1, false],
  ['across the date line, west', box(10, 170, -10, -170), 0, 175, true],
  ['across the date line, east', box(10, 170, -10, -170), 0, -175, true],
  ['across the date line, on it', box(10, 170, -10, -170), 0, 180, true],
  ['across the date line, outside', box(10, 170, -10, -170), 0, 0, false],
  ['across the date line, south of it', box(10, 170, -10, -170), -11, 175, false],
  ['the whole globe', box(90, -180, -90, 180), 0, 0, true],
  ['a line', box(0, 0, 0, 10), 0, 5, false],
])('%s', (_, box, lat, lon, inside) => expect(inBox({ lat, lon }, box)).toBe(inside));

test.each<[what: string, from: [number, number], to: [number, number], meters: number]>([
  // Those of the documentation and the tests of the library that Qdrant measures with.
  ['Sofia and Plovdiv', [42.698334, 23.319941], [42.136097, 24.742168], 132_433.09929460194],
  ['half a degree', [0, 0], [0.5, 0.5], 78_626.29627999048],
  ['New York and London', [40.7128, -74.006], [51.5074, -0.1278], 5_570_230],
  ['across the date line', [66, -179.999], [66, 179.999], 90.45422],
  ['pole to pole', [90, 0], [-90, 77], 20_015_114.4],
])('%s', (_, [lat, lon], [toLat, toLon], meters) => {
  const place = { lat: toLat, lon: toLon };
  expect(inCircle(place, { lat, lon, radius: meters * 1.00001 })).toBe(true);
  expect(inCircle(place, { lat, lon, radius: meters * 0.99999 })).toBe(false);
});

test('a circle without a radius holds nothing, not even its center', () => {
  expect(inCircle({ lat: 1, lon: 1 }, { lat: 1, lon: 1, radius: 0 })).toBe(false);
  expect(inCircle({ lat: 1, lon: 1 }, { lat: 1, lon: 1, radius: 1e-9 })).toBe(true);
});

test('a place is an object with numbers in range', () => {
  const place = { lat: -90, lon: 180, name: 'x' };
  expect(placeOf(place)).toBe(place);
  const others = [
    null,
    undefined,
    7,
    'x',
    [],
    {},
    { lat: 1 },
    { lon: 1 },
    { lat: '1', lon: 1 },
    { lat: 91, lon: 1 },
    { lat: 1, lon: -181 },
    { lat: NaN, lon: 1 },
    Object.create({ lat: 1, lon: 1 }),
  ];
  for (const other of others) expect(placeOf(other)).toBeUndefined();
});
