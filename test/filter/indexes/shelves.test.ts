/*
 * Ranges, lists and areas over many shelves: of rows with one value, with several, and of both, as shelves are split
 * and joined, after a load, and with rows that come after it.
 */
import { describe, expect, test } from 'vitest';
import type { Test } from '#silt/filter/condition.js';
import { newValueIndex } from '#silt/filter/indexes/new-index.js';
import type { ValueIndex } from '#silt/filter/indexes/value-index.js';
import { SnapshotError } from '#silt/index.js';
import { someOf } from '../../support/amount.js';
import { integer, type Random, randomOf } from '../../support/random.js';
import { marked, naive, type Values } from './naive.js';

/** Rows with so many values as `countOf` says. */
function rowsOf(
  count: number,
  valueAt: (slot: number) => unknown,
  countOf: (slot: number) => number,
): Values[] {
  return Array.from({ length: count }, (_, slot) => {
    const values = Array.from({ length: countOf(slot) }, () => valueAt(slot));
    return slot % 2 === 0 ? values : [values];
  });
}

const COUNTS: Readonly<Record<string, (slot: number) => number>> = {
  one: () => 1,
  'one or none': (slot) => slot % 2,
  two: () => 2,
  'mostly one': (slot) => (slot % 10 === 0 ? 3 : 1),
  'one, later three': (slot) => (slot < 50_000 ? 1 : 3),
};

function numberTests(
  random: Random,
  valueAt: (slot: number) => number,
  count: number,
  lists = false,
): Test[] {
  const value = (): number => valueAt(integer(random, 0, 100_000));
  return Array.from({ length: count }, (_, i): Test => {
    if (i % 5 === 4) {
      const most = [3, 20, 60, 600][i % 4]!;
      // Of three hundred numbers, most are among six hundred at random; of others, a few are as good.
      const values = new Set(Array.from({ length: lists ? most : 3 }, value));
      return { kind: i % 2 === 0 ? 'match' : 'except', values };
    }
    const [a, b] = [value(), value()].sort((x, y) => x - y) as [number, number];
    const from = i % 7 === 1 ? Number.NEGATIVE_INFINITY : a;
    const to = i % 7 === 3 ? Number.POSITIVE_INFINITY : b;
    return { kind: 'number', range: { from, to, withFrom: i % 2 === 0, withTo: i % 3 === 0 } };
  });
}

/** Compared by hand: `toEqual` takes longer for so many rows than all the rest. */
function expectAnswers(index: ValueIndex, tests: readonly Test[], rows: readonly Values[]): void {
  for (const one of tests) {
    const found = marked(index, one, rows.length) ?? [];
    const wanted = naive(one, rows);
    const wrong = wanted.findIndex((slot, i) => slot !== found[i]);
    expect([found.length, wrong], one.kind).toEqual([wanted.length, -1]);
  }
}

function add(index: ValueIndex, rows: readonly Values[], from = 0): void {
  for (let slot = from; slot < rows.length; slot++) index.add(slot, rows[slot]!);
}

describe.each(someOf(Object.entries(COUNTS), 4))('values of a row: %s', (_, countOf) => {
  test.each(someOf([300, 1e9], 2))('numbers below %d, at any size', (below) => {
    const random = randomOf(below);
    const valueAt = (): number => integer(random, 0, below);
    const rows = rowsOf(100_000, valueAt, countOf);
    const index = newValueIndex('integer');
    let before = 0;
    for (const size of [9_000, 20_000, 55_000, 100_000]) {
      add(index, rows.slice(0, size), before);
      before = size;
      expectAnswers(index, numberTests(random, valueAt, 10, below === 300), rows.slice(0, size));
    }
    expectAnswers(index, numberTests(random, valueAt, 20, below === 300), rows.slice(0, 77_777));
    index.dispose();
  });

  test('loaded, cut, and added to', () => {
    const random = randomOf(8);
    const valueAt = (slot: number): number => (slot % 4 === 0 ? 5 : integer(random, 0, 4_000) / 8);
    const rows = rowsOf(100_000, valueAt, countOf);
    const index = newValueIndex('float');
    add(index, rows.slice(0, 80_000));
    const blocks = [...index.dump()];
    for (const cut of [80_000, 33_333]) {
      const again = newValueIndex('float');
      again.load(blocks, cut);
      expectAnswers(again, numberTests(random, valueAt, 10), rows.slice(0, cut));
      add(again, rows, cut);
      expectAnswers(again, numberTests(random, valueAt, 10), rows);
      again.dispose();
    }
    index.dispose();
  });

  test('places', () => {
    const random = randomOf(9);
    const rows = rowsOf(
      60_000,
      (slot) =>
        slot % 6 === 0 ? { lat: 1, lon: 2 } : { lat: random() * 180 - 90, lon: random() * 360 - 180 },
      countOf,
    );
    const index = newValueIndex('geo');
    add(index, rows);
    for (let i = 0; i < 6; i++) {
      const ends = [random(), random(), random(), random()].map((x) => 2 * x - 1) as [
        number,
        number,
        number,
        number,
      ];
      const [south, north] = ends
        .slice(0, 2)
        .map((x) => x * 90)
        .sort((a, b) => a - b) as [number, number];
      const box = { kind: 'box', south, north, west: ends[2] * 180, east: ends[3] * 180 } as const;
      const circle = {
        kind: 'circle',
        lat: ends[0] * 90,
        lon: ends[1] * 180,
        radius: 10 ** (5 + 2 * random()),
      } as const;
      expectAnswers(index, [box, circle], rows);
    }
    index.dispose();
  });
});

describe.each(someOf([2, 1], 2))('so many that shelves are joined, of %i values a row', (several) => {
  const ORDERS: Readonly<Record<string, (slot: number, random: Random) => number>> = {
    ascending: (slot) => slot,
    'ever smaller pieces': (slot, random) => (1 - 1 / (1 + slot / 1e4)) * 1e6 + random(),
    'in turn at two places': (slot) => (slot % 80_000 < 40_000 ? slot : 1e7 - slot),
  };

  test.each(someOf(Object.entries(ORDERS), 3))('%s', (_, valueAt) => {
    const random = randomOf(several);
    const count = 400_000 / several;
    const rows: Values[] = Array.from({ length: count }, (_, slot) =>
      Array.from({ length: several }, () => valueAt(slot, random)),
    );
    const index = newValueIndex('float');
    add(index, rows);
    const some = (): number => rows[integer(random, 0, count)]![0] as number;
    for (let i = 0; i < 8; i++) {
      const [from, to] = [some(), some()].sort((a, b) => a - b) as [number, number];
      const one: Test = { kind: 'number', range: { from, to, withFrom: true, withTo: i % 2 === 0 } };
      expectAnswers(index, [one], i % 4 === 3 ? rows.slice(0, 123_456) : rows);
    }
    index.dispose();
  });
});

describe('a dump of rows of one number', () => {
  /** Four rows; their slots, four bytes each, are behind the numbers. */
  function altered(slots: readonly number[]): Uint8Array {
    const index = newValueIndex('float');
    add(index, [[1.5], [2.5], [3.5], [4.5]]);
    const bytes = Uint8Array.from(Buffer.concat([...index.dump()]));
    const number = Buffer.from(Float64Array.of(4.5).buffer);
    const at = Buffer.from(bytes).indexOf(number) + 8;
    for (const [i, slot] of slots.entries()) bytes[at + 4 * i] = slot;
    return bytes;
  }

  test('is refused if a row has two, or rows are out of order', () => {
    newValueIndex('float').load([altered([0, 1, 2, 3])], 4);
    for (const slots of [
      [0, 1, 1, 3],
      [0, 2, 1, 3],
    ])
      expect(() => newValueIndex('float').load([altered(slots)], 4)).toThrow(SnapshotError);
    expect(() => newValueIndex('float').load([altered([0, 1, 1, 3])], 4)).toThrow(
      'a row has several entries',
    );
  });
});
