/* What was learned of a graph: what it promises, where it promises nothing, and what is kept of it. */
import { describe, expect, test } from 'vitest';
import { Calibration, type Kind, type Reached } from '#silt/hnsw/calibration.js';
import { EFFORTS } from '#silt/hnsw/effort.js';
import { LEVELS, RecallTable } from '#silt/hnsw/recall-table.js';

/** Recall that rises from `from` to `to`. */
const rising = (from: number, to: number): number[] =>
  EFFORTS.map((_, i) => from + ((to - from) * i) / (EFFORTS.length - 1));

function learned(kinds: Partial<Record<Kind, number[]>>, count = 400): Calibration {
  const calibration = Calibration.empty(7, 1_000, 12);
  for (const [kind, recalls] of Object.entries(kinds))
    for (let i = 0; i < count; i++)
      calibration.add(
        kind as Kind,
        LEVELS.map(() => recalls),
      );
  return calibration;
}

const effortFor = (calibration: Calibration, target: number, k = 10): number =>
  (calibration.reach(target, k) as Reached).effort;

describe('a target', () => {
  test('needs the more effort the higher it is, and is promised what it asks for', () => {
    const calibration = learned({ rows: rising(0.8, 1) });
    const efforts = [0.85, 0.9, 0.95, 0.98].map((target) => effortFor(calibration, target));
    expect(efforts).toEqual([...efforts].sort((a, b) => a - b));
    expect(calibration.reach(0.95, 10)).toMatchObject({ recall: expect.closeTo(0.95, 6), queries: 400 });
  });

  test('is not promised before enough queries were measured, nor by queries that were asked alone', () => {
    expect(Calibration.empty(0, 0, 12).reach(0.5, 10)).toBe('unknown');
    expect(learned({ rows: rising(0.9, 1) }, 8).reach(0.9, 10)).toBe('unknown');
    expect(learned({ asked: rising(0.9, 1), lately: rising(0.9, 1) }).reach(0.9, 10)).toBe('unknown');
  });

  test('that no measured effort reaches is said to be beyond, and one that a few more queries may show is not', () => {
    expect(learned({ rows: rising(0.5, 0.9) }).reach(0.95, 10)).toBe('beyond');
    expect(learned({ rows: rising(0.9, 1) }, 16).reach(0.999, 10)).toBe('unknown');
  });

  test('counts as reached where the kind of queries that finds least reaches it', () => {
    const easy = learned({ rows: rising(0.9, 1) });
    const hard = learned({ rows: rising(0.9, 1), asked: rising(0.6, 1) });
    const late = learned({ rows: rising(0.9, 1), asked: rising(0.9, 1), lately: rising(0.5, 1) });
    expect(effortFor(hard, 0.95)).toBeGreaterThan(effortFor(easy, 0.95));
    expect(effortFor(late, 0.95)).toBeGreaterThan(effortFor(hard, 0.95));
    expect(learned({ rows: rising(0.9, 1), asked: rising(0.6, 0.8) }).reach(0.95, 10)).toBe('beyond');
  });

  test('follows the newest queries at once, where enough of them were measured; else some of those before count on', () => {
    const calibration = learned({ rows: rising(0.9, 1), asked: rising(0.9, 1), lately: rising(0.9, 1) });
    const before = effortFor(calibration, 0.95);
    const newest = (from: number, count: number): RecallTable => {
      const table = new RecallTable();
      for (let i = 0; i < count; i++) table.add(LEVELS.map(() => rising(from, 1)));
      return table;
    };
    const harder = learned({ rows: rising(0.5, 1) }, 32);
    calibration.renewLately(newest(0.5, 32));
    expect(effortFor(calibration, 0.95)).toBeCloseTo(effortFor(harder, 0.95), 6);
    calibration.renewLately(newest(0.9, 8));
    expect(effortFor(calibration, 0.95)).toBeGreaterThan(before);
    calibration.renewLately(newest(0.95, 32));
    expect(effortFor(calibration, 0.95)).toBeLessThanOrEqual(before);
  });

  test('is not promised where a kind that is needed was not measured', () => {
    const needed = ['rows', 'asked'] as const;
    expect(learned({ rows: rising(0.9, 1) }).reach(0.95, 10, needed)).toBe('unknown');
    const both = learned({ rows: rising(0.9, 1), asked: rising(0.8, 1) });
    expect(both.reach(0.95, 10, needed)).toEqual(both.reach(0.95, 10));
  });

  test('of a k between two that were measured lies between them; beyond those that were, it is that of the largest', () => {
    const calibration = Calibration.empty(0, 0, 12);
    const from = [0.5, 0.5, 0.6, 0.7, 0.9];
    const recalls = LEVELS.map((_, level) => (level < from.length ? rising(from[level]!, 1) : undefined));
    for (let i = 0; i < 100; i++) calibration.add('rows', recalls);
    const [one, ten, twenty, thirty, hundred] = [1, 10, 20, 30, 100].map((k) =>
      effortFor(calibration, 0.95, k),
    );
    expect(one).toBeGreaterThan(ten!);
    expect(ten).toBeGreaterThan(twenty!);
    expect(twenty).toBeGreaterThan(thirty!);
    expect(thirty).toBeGreaterThan(hundred!);
    for (const k of [200, 1_000, 5_000]) expect(effortFor(calibration, 0.95, k)).toBe(hundred);
  });

  test('that a narrow beam reaches at one k, and not at the next, is not reached between them by one that is nearly as narrow', () => {
    const calibration = Calibration.empty(0, 0, 12);
    const recalls = LEVELS.map((_, level) => rising(level <= 2 ? 0.5 : 0.99, 1));
    for (let i = 0; i < 100; i++) calibration.add('rows', recalls);
    expect(effortFor(calibration, 0.95, 29)).toBe(effortFor(calibration, 0.95, 10));
  });
});

describe('what is kept', () => {
  test('promises the same when it is read back', () => {
    const calibration = learned({ rows: rising(0.8, 1), asked: rising(0.7, 0.99) });
    const again = Calibration.from(JSON.parse(JSON.stringify(calibration)))!;
    expect(again).toMatchObject({ seq: 7, at: 1_000, growth: 12 });
    for (const target of [0.9, 0.95, 0.98])
      expect(effortFor(again, target)).toBeCloseTo(effortFor(calibration, target), 3);
  });

  test.each([
    ['nothing', undefined],
    ['something else', { meaning: 'ef', seq: 1, at: 1, kinds: {} }],
    ['numbers of other efforts', { ...learned({}).toJSON(), meaning: 'bound 0: 1 2 3' }],
    [
      'sums that cannot be',
      JSON.parse(JSON.stringify(learned({ rows: rising(0.8, 1) })).replaceAll('400', '3')),
    ],
    ['a growth that cannot be', { ...learned({}).toJSON(), growth: -1 }],
    ['kinds that are missing', { ...learned({}).toJSON(), kinds: { rows: [] } }],
  ])('is not believed where it is %s', (_, stored) => {
    expect(Calibration.from(stored)).toBeUndefined();
  });

  test('is not changed by what a copy learns', () => {
    const calibration = learned({ rows: rising(0.9, 1) });
    const before = effortFor(calibration, 0.95);
    const copy = calibration.copy();
    for (let i = 0; i < 100; i++)
      copy.add(
        'rows',
        LEVELS.map(() => rising(0.2, 1)),
      );
    expect(effortFor(calibration, 0.95)).toBe(before);
    expect(effortFor(copy, 0.95)).toBeGreaterThan(before);
  });
});
