import { describe, expect, test } from 'vitest';
import { bar, count, duration, latency, rate, table, wrapList } from '#silt/examples/demo/format.js';

test('numbers', () => {
  expect(count(1234567.4)).toBe('1,234,567');
  expect([rate(14_149), rate(999.4), rate(12.6), rate(Number.NaN), rate(1 / 0)]).toEqual([
    '14,100',
    '999',
    '13',
    '-',
    '-',
  ]);
  expect([0.0004, 0.123, 0.9999, 9.999, 12.34, 123.4, Number.NaN].map(latency)).toEqual([
    '0 µs',
    '123 µs',
    '1.00 ms',
    '10.00 ms',
    '12.3 ms',
    '123 ms',
    '-',
  ]);
  expect([0.04, 9.94, 59.4, 60, 119.6, 3661].map(duration)).toEqual([
    '0.0 s',
    '9.9 s',
    '59 s',
    '1 min 00 s',
    '2 min 00 s',
    '61 min 01 s',
  ]);
});

describe('a bar', () => {
  test('is always as wide as asked', () => {
    for (const [done, total] of [
      [0, 10],
      [5, 10],
      [10, 10],
      [20, 10],
      [-1, 10],
      [0, 0],
    ] as const) {
      expect(bar(done, total, 8)).toHaveLength(8);
    }
  });

  test('looks full only when it is', () => {
    expect(bar(9999, 10_000, 4)).toBe('███░');
    expect(bar(10_000, 10_000, 4)).toBe('████');
  });

  test('paints the filled part only', () => {
    const paint = (text: string) => `<${text}>`;
    expect(bar(1, 2, 4, paint)).toBe('<██>░░');
    expect(bar(0, 2, 4, paint)).toBe('░░░░');
  });
});

test('a table aligns its columns and leaves no trailing spaces', () => {
  const rows = [
    ['ef', 'recall'],
    ['16', '0.8'],
    ['256', ''],
  ];
  expect(table(rows, ['right', 'left'])).toEqual(['   ef  recall', '   16  0.8', '  256']);
});

test('a list breaks between pieces, within the width', () => {
  expect(wrapList('ab', ['one 1', 'two 2', 'three 3'], 16)).toEqual(['ab one 1, two 2,', '   three 3']);
  expect(wrapList('ab', ['longer than the width'], 8)).toEqual(['ab longer than the width']);
  expect(wrapList('ab', [])).toEqual(['ab']);
});
