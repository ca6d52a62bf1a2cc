/* How one arena is searched, at each border of the decision. */
import { describe, expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import {
  EXACT_ADMITTED_MAX,
  NEARLY_ALL_SHARE,
  planSearch,
  SCAN_ADMITTED_MAX,
  SCAN_BYTES_MAX,
  SCAN_SPARSE_MAX,
  type SearchFacts,
  SPARSE_SHARE,
} from '#silt/hnsw/plan.js';
import { LIST_MAX } from '#silt/kernel/layout.js';

/** A large arena, linked but for a few rows. */
const FACTS: SearchFacts = {
  rows: 120_000,
  live: 100_000,
  linked: 99_000,
  k: 10,
  ef: 256,
  codeBytes: 64,
  settled: true,
  exact: false,
  exactBelow: 0,
  admitted: ALL,
  matching: 120_000,
};
const ask = (): boolean => true;
const plan = (facts: Partial<SearchFacts>): ReturnType<typeof planSearch> =>
  planSearch({ ...FACTS, ...facts });
const kindOf = (facts: Partial<SearchFacts>): string => plan(facts).kind;
const admitting = (matching: number): Pick<SearchFacts, 'admitted' | 'matching'> => ({
  admitted: { kind: 'bits', bits: new Uint32Array(0) },
  matching,
});

/** One below, at, and one above. */
const around = <T>(border: number, of: (value: number) => T): T[] => [-1, 0, 1].map((by) => of(border + by));

describe('without a filter', () => {
  test('window and graph', () => {
    expect(plan({})).toEqual({ kind: 'graph', ef: 256, asked: false });
    expect(plan({ k: 300 })).toEqual({ kind: 'graph', ef: 300, asked: false });
  });

  test('exact, because that was asked for', () => {
    expect(plan({ exact: true })).toMatchObject({ kind: 'scan', why: expect.stringMatching(/asked for/) });
  });

  test('exact below so many rows', () => {
    expect(around(1_000, (live) => kindOf({ live, linked: live, exactBelow: 1_000 }))).toEqual([
      'scan',
      'graph',
      'graph',
    ]);
  });

  test('exact where codes cannot tell rows apart, or nothing is linked', () => {
    expect(plan({ settled: false })).toMatchObject({ kind: 'scan', why: expect.stringMatching(/codes/) });
    expect(plan({ linked: 0 })).toMatchObject({ kind: 'scan', why: expect.stringMatching(/linked/) });
    expect(kindOf({ linked: 1 })).toBe('graph');
  });

  test('exact where the beam would hold everything, or more than it can', () => {
    expect(around(256, (live) => kindOf({ live, linked: live }))).toEqual(['scan', 'scan', 'graph']);
    expect(around(LIST_MAX, (ef) => kindOf({ ef }))).toEqual(['graph', 'scan', 'scan']);
    expect(around(LIST_MAX, (k) => kindOf({ k }))).toEqual(['graph', 'scan', 'scan']);
  });
});

describe('with a filter whose rows are known', () => {
  test('few are compared, more are looked at by their codes, many are walked among', () => {
    expect(around(EXACT_ADMITTED_MAX, (n) => kindOf(admitting(n)))).toEqual(['scan', 'scan', 'scan-codes']);
    expect(around(SCAN_ADMITTED_MAX, (n) => kindOf(admitting(n)))).toEqual([
      'scan-codes',
      'scan-codes',
      'graph-among',
    ]);
    expect(plan(admitting(5_000))).toEqual({ kind: 'scan-codes', admitted: 5_000 });
  });

  test('more are looked at by their codes where they are a small share of all rows, masked ones too', () => {
    const rows = SCAN_SPARSE_MAX / SPARSE_SHARE;
    const large = { rows, live: rows, linked: rows };
    expect(around(SCAN_SPARSE_MAX, (n) => kindOf({ ...large, rows: 2 * rows, ...admitting(n) }))).toEqual([
      'scan-codes',
      'scan-codes',
      'graph-among',
    ]);
    expect(around(SCAN_SPARSE_MAX, (n) => kindOf({ ...large, ...admitting(n) }))).toEqual([
      'scan-codes',
      'graph-among',
      'graph-among',
    ]);
  });

  test('the longer the codes, the fewer rows are looked at by them; where there is no graph, as many as ever', () => {
    const codeBytes = 512;
    const most = SCAN_BYTES_MAX / codeBytes;
    expect(around(most, (n) => kindOf({ ...admitting(n), codeBytes }))).toEqual([
      'scan-codes',
      'scan-codes',
      'graph-among',
    ]);
    expect(kindOf({ ...admitting(most + 1), codeBytes, linked: 0 })).toBe('scan-codes');
  });

  test('nearly all are found without the filter, and filtered afterwards', () => {
    expect(around(NEARLY_ALL_SHARE * FACTS.live, (n) => kindOf(admitting(n)))).toEqual([
      'graph-among',
      'graph-then-filter',
      'graph-then-filter',
    ]);
    // Of the more, the more do not match; where all do, as without a filter.
    const taken = [95_000, 97_500, 99_000, 99_999, 100_000].map((n) => plan(admitting(n)));
    expect(taken).toEqual(
      [
        [95_000, 31],
        [97_500, 21],
        [99_000, 15],
        [99_999, 11],
        [100_000, 10],
      ].map(([admitted, take]) => ({ kind: 'graph-then-filter', ef: 256, admitted, take })),
    );
    // Where so many are wanted that the beam does not hold what is taken.
    expect(around(160, (k) => kindOf({ ...admitting(95_000), k }))).toEqual([
      'graph-then-filter',
      'graph-then-filter',
      'graph-among',
    ]);
  });

  test('an exact answer is exact, and so is one from rows without codes', () => {
    expect(kindOf({ ...admitting(50_000), exact: true })).toBe('scan');
    expect(kindOf({ ...admitting(5_000), exact: true })).toBe('scan');
    expect(kindOf({ ...admitting(5_000), settled: false })).toBe('scan');
    expect(kindOf({ ...admitting(50_000), settled: false })).toBe('scan');
  });

  test('codes serve where nothing is linked; a walk does not', () => {
    expect(kindOf({ ...admitting(SCAN_ADMITTED_MAX), linked: 0 })).toBe('scan-codes');
    expect(kindOf({ ...admitting(SCAN_ADMITTED_MAX + 1), linked: 0 })).toBe('scan');
  });

  test('a list of candidates has room for four times k', () => {
    expect(around(EXACT_ADMITTED_MAX / 4, (k) => kindOf({ ...admitting(5_000), k }))).toEqual([
      'scan-codes',
      'graph-among',
      'graph-among',
    ]);
  });

  test('a beam that would hold them all is not needed', () => {
    const most = SCAN_ADMITTED_MAX + 1_000;
    expect(around(most, (ef) => kindOf({ ...admitting(most), ef }))).toEqual(['graph-among', 'scan', 'scan']);
    expect(around(most, (k) => kindOf({ ...admitting(most), k }))).toEqual(['graph-among', 'scan', 'scan']);
    // It is those that match that count, not those that live.
    expect(kindOf({ ...admitting(5_000), k: 6_000 })).toBe('scan');
    expect(around(LIST_MAX, (k) => kindOf({ ...admitting(50_000), k }))).toEqual([
      'graph-among',
      'scan',
      'scan',
    ]);
  });
});

describe('with a filter that must be asked', () => {
  const asked = { admitted: { kind: 'asked', ask } } as const;

  test('window and graph', () => {
    expect(plan(asked)).toEqual({ kind: 'graph', ef: 256, asked: true });
    expect(plan({ ...asked, k: 500 })).toEqual({ kind: 'graph', ef: 500, asked: true });
    expect(plan({ admitted: { kind: 'asked', ask, ef: 100 } })).toEqual({
      kind: 'graph',
      ef: 100,
      asked: true,
    });
  });

  test('as without a filter where there is no walk', () => {
    expect(kindOf({ ...asked, exact: true })).toBe('scan');
    expect(kindOf({ ...asked, settled: false })).toBe('scan');
    expect(kindOf({ ...asked, linked: 0 })).toBe('scan');
    expect(kindOf({ ...asked, k: LIST_MAX })).toBe('scan');
    expect(kindOf({ ...asked, live: 256, linked: 256 })).toBe('scan');
  });
});

describe('with a filter that nearly all pass', () => {
  const afterwards = (take: number): Pick<SearchFacts, 'admitted'> => ({
    admitted: { kind: 'asked', ask, take },
  });

  test('the beam holds what is taken', () => {
    expect(plan(afterwards(50))).toEqual({
      kind: 'graph-then-filter',
      ef: 256,
      admitted: Number.NaN,
      take: 50,
    });
    expect(around(256, (take) => plan(afterwards(take)))).toEqual([
      { kind: 'graph-then-filter', ef: 256, admitted: Number.NaN, take: 255 },
      { kind: 'graph-then-filter', ef: 256, admitted: Number.NaN, take: 256 },
      { kind: 'graph-then-filter', ef: 257, admitted: Number.NaN, take: 257 },
    ]);
  });

  test('as without a filter where there is no walk', () => {
    expect(kindOf({ ...afterwards(50), exact: true })).toBe('scan');
    expect(kindOf({ ...afterwards(50), linked: 0 })).toBe('scan');
    expect(kindOf({ ...afterwards(50), ef: LIST_MAX })).toBe('scan');
  });
});
