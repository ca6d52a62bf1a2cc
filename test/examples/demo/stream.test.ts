import { describe, expect, test } from 'vitest';
import { missingRows } from '#silt/examples/demo/database.js';
import { pointsOf } from '#silt/examples/demo/plan.js';
import { streamReport } from '#silt/examples/demo/report.js';
import { splitRows } from '#silt/examples/demo/sample.js';
import type { StreamState } from '#silt/examples/demo/stream.js';
import { gloveOf, run, targetOf, withWords } from './small.js';

describe('streaming', () => {
  test('writes every word once, finds the new ones, and links them all', () =>
    withWords(async (words) => {
      const state = await run(words, 5250);
      expect(state).toMatchObject({ kept: 0, written: 5250, linked: 5250, total: 5250 });
      expect(words.status()).toMatchObject({ points: 5250, pending: 0, masked: 0 });
      expect(state.firstRowMs).toBeLessThan(5000);
      expect(state.queries.freshAsked).toBeGreaterThan(0);
      expect(state.queries.freshFound).toBe(state.queries.freshAsked);
      const point = await words.get('w5299');
      expect(point?.payload).toEqual({ word: 'w5299', rank: 5300 });
    }));

  test('a stream of one row, or of none, ends well', () =>
    withWords(async (words) => {
      expect(await run(words, 1)).toMatchObject({ written: 1, linked: 1, total: 1 });
      const { heldOut } = splitRows(50, 1, 20, new Set());
      expect(heldOut.length).toBeGreaterThan(0);
      expect(await run(words, 0)).toMatchObject({ kept: 1, written: 1, linked: 1, total: 1 });
    }));

  test('goes on where another run ended', () =>
    withWords(async (words) => {
      const glove = gloveOf(100);
      const rows = Uint32Array.from({ length: 100 }, (_, i) => i);
      expect(await missingRows(words, glove, rows)).toEqual(rows);
      await words.upsert([...pointsOf(glove, [0, 3, 99])]);
      const missing = await missingRows(words, glove, rows);
      expect([...missing]).toEqual([...rows].filter((row) => ![0, 3, 99].includes(row)));
    }));

  test('a build that fails ends it with that error', () =>
    withWords(async (words) => {
      const failing = targetOf(words, { buildNow: () => Promise.reject(new Error('no more memory')) });
      await expect(run(failing, 600)).rejects.toThrow('no more memory');
    }));

  test('a write that fails ends it with that error', () =>
    withWords(async (words) => {
      const failing = targetOf(words, { ingest: () => Promise.reject(new Error('no room')) });
      await expect(run(failing, 600)).rejects.toThrow('no room');
    }));

  test('a search that fails ends the writing too', () =>
    withWords(async (words) => {
      let asked = 0;
      const search: typeof words.search = (query, o) =>
        ++asked > 3 ? Promise.reject(new Error('not now')) : words.search(query, o);
      await expect(run(targetOf(words, { search }), 3000)).rejects.toThrow('not now');
    }));

  test('an interruption leaves what was measured', () =>
    withWords(async (words) => {
      const interruption = new AbortController();
      const stopAt1000 = (state: StreamState) => void (state.written > 1000 && interruption.abort());
      const state = await run(words, 100_000, stopAt1000, interruption.signal);
      expect(state.written).toBeLessThan(100_000);
      expect(words.status().points).toBe(state.written);
      expect(streamReport(state, 12.3).join('\n')).toContain('12.3 ms');
    }));
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
