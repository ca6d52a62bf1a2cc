import { describe, expect, test } from 'vitest';
import { exactNearest } from '#silt/cli/demo/exact.js';
import { streamReport } from '#silt/cli/demo/report.js';
import { splitRows } from '#silt/cli/demo/sample.js';
import type { StreamState } from '#silt/cli/demo/stream.js';
import { DIMENSION, FakeBuilder, gloveOf, run } from './fake-builder.js';

describe('streaming', () => {
  test('writes every row once, within a bounded window, and links them all', async () => {
    const builder = new FakeBuilder();
    const state = await run(builder, 5250);
    expect(new Set(builder.rows.map(([id]) => id)).size).toBe(5250);
    expect(builder.rows).toHaveLength(5250);
    expect(builder.mostBuffered).toBeLessThanOrEqual(2 * 1000 + 500);
    expect(state).toMatchObject({ written: 5250, linked: 5250, total: 5250 });
    expect(state.firstRowMs).toBeLessThan(1000);
    expect(state.queries.freshFound).toBe(state.queries.freshAsked);
    expect(state.queries.latency.count).toBeGreaterThan(1);
  });

  test('one row is enough', async () => {
    expect(await run(new FakeBuilder(), 1)).toMatchObject({ written: 1, linked: 1 });
  });

  test('a build that throws ends it with that error', async () => {
    const builder = new FakeBuilder();
    builder.failure = new Error('no more memory');
    await expect(run(builder, 3000)).rejects.toThrow('no more memory');
  });

  test('a builder that links nothing is given up, not waited for', async () => {
    const builder = new FakeBuilder();
    builder.linksNothing = true;
    expect(await run(builder, 1200)).toMatchObject({ written: 1200, linked: 0 });
  });

  test('an interruption leaves what was measured', async () => {
    const interruption = new AbortController();
    const stopAt1000 = (state: StreamState) => void (state.written > 1000 && interruption.abort());
    const state = await run(new FakeBuilder(), 5000, stopAt1000, interruption.signal);
    expect(state.written).toBeLessThan(5000);
    expect(streamReport(state, 12.3).join('\n')).toContain('12.3 ms');
  });
});

test('held-out rows are spread, never streamed, and never a word asked for', () => {
  const { streamed, heldOut } = splitRows(10_000, 1000, 100, new Set([5, 16]));
  expect(streamed).toHaveLength(1000);
  expect(heldOut).toHaveLength(98);
  expect([...heldOut].filter((row) => streamed.includes(row))).toEqual([]);
  expect(streamed.includes(5) && streamed.includes(16)).toBe(true);
  expect(splitRows(300, Number.POSITIVE_INFINITY, 200, new Set()).heldOut).toHaveLength(150);
  expect(splitRows(1000, Number.POSITIVE_INFINITY, 200, new Set()).streamed).toHaveLength(800);
  expect(splitRows(1000, 1, 200, new Set()).streamed).toHaveLength(1);
});

test('the exact answers are those of a full sort', async () => {
  const glove = gloveOf(1300);
  const { streamed, heldOut } = splitRows(1300, 1200, 100, new Set());
  const exact = await exactNearest(glove, streamed, heldOut, 10);
  const at = (row: number) => [...glove.vectors.subarray(row * DIMENSION, (row + 1) * DIMENSION)];
  const cosine = (a: number[], b: number[]) =>
    a.reduce((sum, x, i) => sum + x * b[i]!, 0) / Math.hypot(...a) / Math.hypot(...b);
  for (const [index, query] of heldOut.entries()) {
    const scores = [...exact[index]!].map((row) => cosine(at(row), at(query)));
    const expected = [...streamed].map((row) => cosine(at(row), at(query))).sort((a, b) => b - a);
    expect(scores).toHaveLength(10);
    for (let i = 0; i < 10; i++) expect(scores[i]).toBeCloseTo(expected[i]!, 5);
  }
});
