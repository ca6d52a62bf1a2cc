/* The decision whether payloads are read at once, one by one, or afterwards, at each of its borders. */
import { describe, expect, test } from 'vitest';
import {
  AFTERWARDS_SHARE,
  ASK_EF_MAX,
  ASK_SHARE,
  type FilterFacts,
  planFilter,
  READ_MAX,
} from '#silt/filter/plan.js';

/** Half of 10,000 are open, and about 3,000 match: asked about, as it stands. */
const FACTS: FilterFacts = {
  live: 10_000,
  undecided: 5_000,
  min: 1_000,
  expected: 3_000,
  max: 6_000,
  k: 10,
  ef: 256,
  exact: false,
};
const kindOf = (facts: Partial<FilterFacts>): string => planFilter({ ...FACTS, ...facts }).kind;

test('the facts that the others differ from', () => {
  expect(planFilter(FACTS)).toEqual({ kind: 'ask', ef: ASK_EF_MAX });
});

test('nothing is open: decided, whatever else is asked', () => {
  expect(planFilter({ ...FACTS, undecided: 0 })).toEqual({ kind: 'decided' });
  expect(kindOf({ undecided: 0, exact: true })).toBe('decided');
  expect(kindOf({ undecided: 0, live: 0, min: 0, expected: 0, max: 0 })).toBe('decided');
});

test('an exact answer reads everything that is open', () => {
  for (const undecided of [1, READ_MAX, READ_MAX + 1, 5_000])
    expect(planFilter({ ...FACTS, undecided, exact: true })).toEqual({
      kind: 'read',
      why: 'all must be known',
    });
});

test('few open rows are read at once', () => {
  expect(kindOf({ undecided: 1 })).toBe('read');
  expect(kindOf({ undecided: READ_MAX - 1 })).toBe('read');
  expect(planFilter({ ...FACTS, undecided: READ_MAX })).toEqual({
    kind: 'read',
    why: 'few rows are open',
  });
  expect(kindOf({ undecided: READ_MAX + 1 })).toBe('ask');
});

describe('nearly everything matches', () => {
  const min = AFTERWARDS_SHARE * FACTS.live;

  test('from the share on', () => {
    const wide = { expected: 9_000, max: 10_000 };
    expect(kindOf({ ...wide, min: min - 1 })).toBe('ask');
    // Twice the 10 wanted, by the share, and 8.
    expect(planFilter({ ...FACTS, ...wide, min })).toEqual({ kind: 'afterwards', take: 48 });
    expect(planFilter({ ...FACTS, ...wide, min: min + 1 })).toEqual({ kind: 'afterwards', take: 48 });
    expect(planFilter({ ...FACTS, ...wide, min: 10_000 })).toEqual({ kind: 'afterwards', take: 28 });
  });

  test('where the beam is twice as wide as what is taken', () => {
    expect(kindOf({ min, expected: 9_000, ef: 95 })).toBe('ask');
    expect(kindOf({ min, expected: 9_000, ef: 96 })).toBe('afterwards');
    expect(kindOf({ min, expected: 9_000, ef: 97 })).toBe('afterwards');
    for (const k of [30, 31])
      expect(kindOf({ min, expected: 9_000, k })).toBe(k === 30 ? 'afterwards' : 'ask');
  });
});

test('asked from a share on; else all is read', () => {
  const at = ASK_SHARE * FACTS.live;
  expect(planFilter({ ...FACTS, min: 0, expected: at - 1 })).toEqual({
    kind: 'read',
    why: 'too few rows match to come upon them',
  });
  expect(kindOf({ min: 0, expected: at })).toBe('ask');
  expect(kindOf({ min: 0, expected: at + 1 })).toBe('ask');
});

test('a walk that asks is narrow, but as wide as what is wanted', () => {
  const efOf = (facts: Partial<FilterFacts>): unknown => planFilter({ ...FACTS, ...facts });
  expect([-1, 0, 1].map((by) => efOf({ ef: ASK_EF_MAX + by }))).toEqual([
    { kind: 'ask', ef: ASK_EF_MAX - 1 },
    { kind: 'ask', ef: ASK_EF_MAX },
    { kind: 'ask', ef: ASK_EF_MAX },
  ]);
  expect(efOf({ k: 500 })).toEqual({ kind: 'ask', ef: 500 });
});

test('no facts make it take something that is not a count', () => {
  for (const live of [1_001, 5_000, 1e9])
    for (const k of [1, 10, 1e6, Number.MAX_SAFE_INTEGER])
      for (const ef of [1, 256, 16_384])
        for (const min of [0, 1, live / 2, live]) {
          const plan = planFilter({
            live,
            undecided: live,
            min,
            expected: live,
            max: live,
            k,
            ef,
            exact: false,
          });
          if (plan.kind !== 'afterwards') continue;
          expect(plan.take).toBeGreaterThanOrEqual(2 * k);
          expect(plan.take).toBeLessThanOrEqual(ef / 2);
          expect(Number.isInteger(plan.take)).toBe(true);
        }
});
