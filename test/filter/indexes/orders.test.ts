/* Whatever order values come in, and however many are the same, ranges and areas are exact. */
import { describe, expect, test } from 'vitest';
import { newValueIndex } from '#silt/filter/indexes/new-index.js';
import { someOf } from '../../support/amount.js';
import { gaussian, integer, type Random, randomOf } from '../../support/random.js';
import { marked, naive, type Values } from './naive.js';

const ROWS = 25_000;

const NUMBERS: Readonly<Record<string, (slot: number, random: Random) => number>> = {
  ascending: (slot) => slot,
  descending: (slot) => -slot,
  constant: () => 42,
  'two values': (slot) => slot % 2,
  'ten values': (_, random) => integer(random, 0, 10),
  'one heavy value': (_, random) => (random() < 0.9 ? 5 : random() * 10),
  'from both ends': (slot) => (slot % 2 === 0 ? slot : -slot),
  'a sawtooth': (slot) => slot % 4_099,
  random: (_, random) => random(),
  normal: (_, random) => gaussian(random) * 1e6,
};

describe.each(someOf(Object.entries(NUMBERS), 5))('numbers, %s', (_, valueAt) => {
  test('ranges', () => {
    const random = randomOf(1);
    const rows: Values[] = Array.from({ length: ROWS }, (_, slot) => [valueAt(slot, random)]);
    const index = newValueIndex('float');
    for (const [slot, values] of rows.entries()) index.add(slot, values);
    expect(index.entries).toBe(ROWS);
    const some = rows.map(([value]) => value as number);
    for (let i = 0; i < 20; i++) {
      const [from, to] = [some[integer(random, 0, ROWS)]!, some[integer(random, 0, ROWS)]!].sort(
        (a, b) => a - b,
      );
      const range = { from: from!, to: to!, withFrom: i % 2 === 0, withTo: i % 3 === 0 };
      const one = { kind: 'number', range } as const;
      expect(marked(index, one, ROWS)).toEqual(naive(one, rows));
      const list = { kind: i % 4 === 0 ? 'except' : 'match', values: new Set([from!, to!, 0.5]) } as const;
      expect(marked(index, list, ROWS)).toEqual(naive(list, rows));
      const fewer = integer(random, 0, ROWS);
      expect(marked(index, one, fewer)).toEqual(naive(one, rows.slice(0, fewer)));
    }
    index.dispose();
  });
});

const near = (random: Random): number => Math.round(random() * 3) * 1e-7;

const PLACES: Readonly<Record<string, (slot: number, random: Random) => { lat: number; lon: number }>> = {
  anywhere: (_, random) => ({ lat: random() * 180 - 90, lon: random() * 360 - 180 }),
  'one place': () => ({ lat: 48.1, lon: 11.6 }),
  // Nearer than a step of the order they are kept in.
  'places within a meter, one of them heavy': (_, random) =>
    random() < 0.8 ? { lat: 48, lon: 11 } : { lat: 48 + near(random), lon: 11 + near(random) },
  'from west to east': (slot) => ({ lat: 10, lon: (slot / ROWS) * 360 - 180 }),
  'at the poles and the date line': (slot, random) => ({
    lat: slot % 2 === 0 ? 90 - random() : -90 + random(),
    lon: slot % 3 === 0 ? 180 - random() : -180 + random(),
  }),
  cities: (slot, random) => ({
    lat: (slot % 7) * 10 + gaussian(random),
    lon: (slot % 11) * 15 + gaussian(random),
  }),
};

describe.each(someOf(Object.entries(PLACES), 6))('places, %s', (_, placeOf) => {
  test('boxes and circles', () => {
    const random = randomOf(2);
    const rows: Values[] = Array.from({ length: ROWS }, (_, slot) => [placeOf(slot, random)]);
    const index = newValueIndex('geo');
    for (const [slot, values] of rows.entries()) index.add(slot, values);
    for (let i = 0; i < 40; i++) {
      const centre = placeOf(integer(random, 0, ROWS), random);
      const [height, width] = [10 ** (3 * random() - 1), 10 ** (3.2 * random() - 1)];
      const turned = (lon: number): number => (lon > 180 ? lon - 360 : lon < -180 ? lon + 360 : lon);
      const west = turned(centre.lon - width);
      const box = {
        kind: 'box',
        north: centre.lat + height,
        south: centre.lat - height,
        west,
        east: turned(centre.lon + width),
      } as const;
      expect(marked(index, box, rows.length)).toEqual(naive(box, rows));
      const circle = { kind: 'circle', ...centre, radius: 10 ** (7.5 * random()) } as const;
      expect(marked(index, circle, rows.length)).toEqual(naive(circle, rows));
      const fewer = integer(random, 0, ROWS);
      expect(marked(index, box, fewer)).toEqual(naive(box, rows.slice(0, fewer)));
    }
    index.dispose();
  });
});
