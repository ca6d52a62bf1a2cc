/* What was learned of a graph: what it promises, where it promises nothing, and what is kept of it. */
import { describe, expect, test } from 'vitest';
import { Calibration, type Kind, type Reached } from '#silt/hnsw/calibration.js';
import { EFFORTS } from '#silt/hnsw/effort.js';
import { LEVELS, ONE_IN, RecallTable } from '#silt/hnsw/recall-table.js';

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

  test('is reached by queries that were asked, once these are many; rows then may find less by what their holes explain', () => {
    const asked = rising(0.9, 1);
    const rows = rising(0.88, 1);
    const byRows = effortFor(learned({ rows }), 0.95);
    const few = Calibration.empty(7, 1_000, 12);
    const many = learned({ rows, asked });
    for (let i = 0; i < 400; i++) {
      few.add(
        'rows',
        LEVELS.map(() => rows),
      );
      if (i < 200)
        few.add(
          'asked',
          LEVELS.map(() => asked),
        );
    }
    expect(effortFor(few, 0.95)).toBeCloseTo(byRows, 6);
    expect(effortFor(many, 0.95)).toBeLessThan(byRows - 0.5);
    expect(effortFor(many, 0.95)).toBeCloseTo(effortFor(learned({ rows: asked }), 0.95), 1);
    // Where rows find so little, queries like them are others, and get what is asked for less .02 at most.
    const unlike = learned({ rows: rising(0.5, 1), asked });
    expect(effortFor(unlike, 0.95)).toBeCloseTo(effortFor(learned({ rows: rising(0.5, 1) }), 0.925), 6);
    expect((unlike.reach(0.95, 10) as Reached).recall).toBeCloseTo(0.95, 6);
  });

  test('of many queries is followed down by the newest at once where these find far less, and not by what may be chance', () => {
    const noisy = (mean: number, i: number): number[] =>
      EFFORTS.map((_, at) => (at > 20 ? 1 : mean + (i % 2 ? 0.1 : -0.1)));
    const after = (mean: number): Calibration => {
      const calibration = Calibration.empty(7, 1_000, 12);
      const newest = new RecallTable();
      for (let i = 0; i < 512; i++)
        for (const kind of ['rows', 'asked'] as const)
          calibration.add(
            kind,
            LEVELS.map(() => noisy(0.94, i)),
          );
      for (let i = 0; i < 64; i++) newest.add(LEVELS.map(() => noisy(mean, i)));
      calibration.renewLately(newest);
      return calibration;
    };
    const [same, chance, far] = [0.94, 0.935, 0.85].map((mean) => effortFor(after(mean), 0.93));
    expect(chance).toBeCloseTo(same!, 6);
    expect(far).toBeGreaterThan(same! + 1);
  });

  test('is known at each k where it is known at a larger one, though fewer queries are measured at some', () => {
    const calibration = Calibration.empty(0, 0, 12);
    for (let i = 1; i <= 20; i++)
      calibration.add(
        'rows',
        LEVELS.map((_, level) => (i % ONE_IN[level]! === 0 ? rising(0.9, 1) : undefined)),
      );
    expect(calibration.reach(0.92, 10)).toMatchObject({ queries: 20 });
    for (const k of [1, 2, 3, 5, 9])
      expect(calibration.reach(0.92, k), `k ${k}`).toMatchObject({ queries: 20 });
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
