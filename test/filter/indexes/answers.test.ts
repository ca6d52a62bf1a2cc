/* An index answers as a loop over all rows does, or says that it cannot tell. */
import { describe, expect, test } from 'vitest';
import { bitsOf, newBits, setAll } from '#silt/filter/bits.js';
import type { Test } from '#silt/filter/condition.js';
import { newValueIndex } from '#silt/filter/indexes/new-index.js';
import type { IndexKind, ValueIndex } from '#silt/filter/indexes/value-index.js';
import { polygonOf, ringOf } from '#silt/filter/polygon.js';
import fc, { runs } from '../../support/properties.js';
import { isServed, marked, naive, type Values } from './naive.js';
import { KINDS, manyRows, manyTests, someRows, someTest } from './rows.js';

function indexOf(kind: IndexKind, rows: readonly Values[]): ValueIndex {
  const index = newValueIndex(kind);
  for (const [slot, values] of rows.entries()) index.add(slot, values);
  return index;
}

function expectAnswers(index: ValueIndex, tests: readonly Test[], rows: readonly Values[]): void {
  for (const one of tests) {
    const found = marked(index, one, rows.length, rows);
    if (isServed(index.kind, one))
      expect(found, `${index.kind}: ${JSON.stringify(one)}`).toEqual(naive(one, rows));
    else expect(found).toBeUndefined();
  }
}

describe.each(KINDS)('%s', (kind) => {
  test('any rows', () => {
    const tests = fc.array(someTest, { minLength: 5, maxLength: 20 });
    fc.assert(
      fc.property(someRows, tests, fc.nat(), (rows, some, cut) => {
        const index = indexOf(kind, rows);
        expectAnswers(index, some, rows);
        expectAnswers(index, some, rows.slice(0, cut % (rows.length + 1)));
        index.dispose();
      }),
      { numRuns: runs(300) },
    );
  });

  test('thousands of rows, at every size', () => {
    const rows = manyRows(11, 30_000);
    const index = newValueIndex(kind);
    for (const [slot, values] of rows.entries()) {
      index.add(slot, values);
      const size = slot + 1;
      if (size % 5_000 === 0) expectAnswers(index, manyTests(size, 27), rows.slice(0, size));
    }
    expectAnswers(index, manyTests(1, 180), rows);
    expectAnswers(index, manyTests(2, 27), rows.slice(0, 12_345));
    index.dispose();
  });

  test('what is marked is added to what is there', () => {
    const rows = manyRows(3, 200);
    const index = indexOf(kind, rows);
    for (const one of manyTests(4, 40)) {
      const words = newBits(200);
      setAll(words, 200);
      index.mark(one, words, 200);
      expect(words.every((word, i) => word === (i < 6 ? 0xffff_ffff : 0xff))).toBe(true);
    }
    index.dispose();
  });

  test('a row that was left out has no values', () => {
    const rows = manyRows(5, 300).map((values, slot) => (slot % 3 === 0 ? values : []));
    const index = newValueIndex(kind);
    for (const [slot, values] of rows.entries()) if (slot % 3 === 0) index.add(slot, values);
    expectAnswers(index, manyTests(6, 60), rows);
    index.dispose();
  });
});

test('rows of any strings, without any of them', () => {
  const texts = ['a', 'b', 'c', 'd'];
  const subsets = Array.from({ length: 16 }, (_, bits) => texts.filter((_, i) => (bits >> i) & 1));
  const rows: Values[] = subsets.flatMap((some) => [
    [some],
    some,
    [[...some, null]],
    [some, 5],
    [some, some],
  ]);
  const index = indexOf('keyword', rows);
  for (const some of subsets)
    expectAnswers(index, [{ kind: 'except', values: new Set([...some, 'e']) }], rows);
  for (const some of subsets) expectAnswers(index, [{ kind: 'except', values: new Set(some) }], rows);
  index.dispose();
});

test('most strings, and all but a few rows, where rows have one string and where they have others', () => {
  const texts = Array.from({ length: 10 }, (_, i) => `t${i}`);
  const single: Values[] = Array.from({ length: 500 }, (_, slot) => [texts[(slot * 7) % 10]]);
  const more: Readonly<Record<string, Values[]>> = {
    none: [],
    'no strings': [[5], [null], [], [[null]], [true], [[1, 2]]],
    'the same string twice': [[['t1', 't1']], ['t2', 't2']],
    'another string': [[['t0', 't9']]],
    'something else': [[['t3', 5]]],
  };
  for (const [name, others] of Object.entries(more)) {
    const rows = [...single, ...others, ...single.slice(0, 99)];
    const index = indexOf('keyword', rows);
    for (let count = 0; count <= 10; count++) {
      const values = new Set([...texts.slice(10 - count), 'none of them']);
      for (const kind of ['match', 'except'] as const)
        for (const end of [rows.length, 502, 77])
          expect(marked(index, { kind, values }, end, rows), `${name}, ${count}`).toEqual(
            naive({ kind, values }, rows.slice(0, end)),
          );
    }
    index.dispose();
  }
});

test('the words of a text are looked for in one string, up to so many strings a row', () => {
  const words = Array.from({ length: 20 }, (_, i) => `word${i} and word${i + 1}`);
  const rows: Values[] = [[words], [words.slice(0, 16)], ['word3 word18'], [...words.slice(10)]];
  const index = indexOf('text', rows);
  expectAnswers(
    index,
    ['word3 word4', 'word14 word15', 'word3 word5', 'word18', 'word0 word18'].map((text) => ({
      kind: 'text',
      text,
    })),
    rows,
  );
  // Both are among the last strings of the first row, which are not told apart: it is a candidate.
  const candidates = newBits(4);
  expect(index.mark({ kind: 'text', text: 'word16 word19' }, candidates, 4)).toBe('candidates');
  expect([...bitsOf(candidates)]).toEqual([0]);
  index.dispose();
});

test('entries are pairs of a value and a row', () => {
  const rows: Values[] = [['a'], [['a', 'b', 'a', 1]], [[1, 1, 2]], [null], [true, [false, true]]];
  const counts = KINDS.map((kind) => indexOf(kind, rows).entries);
  expect(Object.fromEntries(KINDS.map((kind, i) => [kind, counts[i]]))).toEqual({
    keyword: 3,
    integer: 3,
    float: 3,
    bool: 2,
    datetime: 0,
    text: 4,
    geo: 0,
    uuid: 3,
  });
});

test('which words follow one another is decided by the payloads of those that have them', () => {
  const rows: Values[] = [['a b'], ['b a'], ['a'], [['b', 'a b c']], [['a', 'b']]];
  const index = indexOf('text', rows);
  const told = (text: string): [string, number[]] => {
    const words = newBits(rows.length);
    return [index.mark({ kind: 'phrase', text }, words, rows.length), [...bitsOf(words)]];
  };
  expect(told('a b')).toEqual(['candidates', [0, 1, 3]]);
  expect(told('A')).toEqual(['exact', [0, 1, 2, 3, 4]]);
  expect(told('a z')).toEqual(['candidates', []]);
  expect(told('!')).toEqual(['exact', []]);
  index.dispose();
});

test('a UUID is its letters: in capitals it is another value', () => {
  const text = '0190a1b2-c3d4-7e5f-8a9b-0c1d2e3f4a5b';
  const rows: Values[] = [[text], [text.toUpperCase()], [[text, 'x']], [text.replaceAll('-', '')], ['']];
  const index = indexOf('uuid', rows);
  for (const [slot, [value]] of rows.entries())
    if (typeof value === 'string')
      expectAnswers(
        index,
        [
          { kind: 'match', values: new Set([value]) },
          { kind: 'except', values: new Set([value]) },
        ],
        rows.slice(0, slot + 2),
      );
  expect(index.entries).toBe(6);
  index.dispose();
});

test('a polygon that would be compared with too many edges in one turn leaves the decision to payloads', () => {
  const index = newValueIndex('geo');
  const rows = Array.from(
    { length: 6_000 },
    (_, i): Values => [{ lat: 10 + (i % 77) / 7, lon: (i % 89) / 89 }],
  );
  for (const [slot, values] of rows.entries()) index.add(slot, values);
  // Each edge runs from the south to the north: no latitude has fewer.
  const comb = Array.from({ length: 9_000 }, (_, i) => ({ lat: i % 2 === 0 ? 0 : 30, lon: i / 9_000 }));
  const corners = [...comb, { lat: -1, lon: 1 }, { lat: -1, lon: 0 }, comb[0]!];
  const polygon: Test = { kind: 'polygon', ...polygonOf(ringOf(corners), []) };
  const words = newBits(rows.length);
  expect(index.mark(polygon, words, rows.length)).toBe('candidates');
  const found = new Set(bitsOf(words));
  for (const slot of naive(polygon, rows)) expect(found.has(slot)).toBe(true);
  const few: Test = { kind: 'polygon', ...polygonOf(ringOf(corners.slice(-3).concat(corners.at(-3)!)), []) };
  expect(marked(index, few, rows.length, rows)).toEqual(naive(few, rows));
  index.dispose();
});

describe.each<IndexKind>(['keyword', 'uuid'])('%s', (kind) => {
  test('a beginning that is asked for again finds what was added since, as often as rows come', () => {
    const index = newValueIndex(kind);
    const rows: Values[] = [];
    const uuid = (i: number) =>
      `${(i * 7919 + 4096).toString(16).padStart(8, '0')}-0000-4000-8000-000000000000`;
    const wanted = ['', 'a', 'ab', '0000', '00001', 'ba', 'é', 'z', 'b', '0'];
    for (let round = 0; round < 6; round++) {
      for (let i = 0; i < 40; i++) {
        const at = rows.length;
        const text = ['ab', 'ba', 'éa', 'z'][at % 4]! + (at % 50);
        rows.push([at % 3 === 0 ? uuid(at % 70) : text]);
        index.add(at, rows[at]!);
      }
      // More than are remembered, in turn from both ends, and of fewer rows than there are.
      for (const text of round % 2 === 0 ? wanted : wanted.toReversed()) {
        const prefix: Test = { kind: 'prefix', text };
        expect(marked(index, prefix, rows.length), text).toEqual(naive(prefix, rows));
        expect(marked(index, prefix, rows.length - 7), text).toEqual(naive(prefix, rows.slice(0, -7)));
      }
    }
    index.dispose();
  });
});
