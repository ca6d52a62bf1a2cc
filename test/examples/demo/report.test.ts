import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { pointsOf } from '#silt/examples/demo/plan.js';
import { StreamProgress, singleBar } from '#silt/examples/demo/progress.js';
import {
  outcomeReport,
  recallReport,
  reopenReport,
  streamReport,
  surveyReport,
} from '#silt/examples/demo/report.js';
import { plainScreen, wantsPlain } from '#silt/examples/demo/screen.js';
import { findWords, nearestWords } from '#silt/examples/demo/words.js';
import { gloveOf, run, withWords } from './small.js';

describe('what is printed', () => {
  test('is never wider than 80 columns', async () => {
    const state = await withWords((words) => run(words, 600));
    Object.assign(state, {
      written: 341_479,
      linked: 341_479,
      total: 341_479,
      writtenAt: state.startedAt + 10_000,
      endedAt: state.startedAt + 20_000,
    });
    const progress = new StreamProgress();
    progress.sample(0, 0, 0);
    progress.sample(3000, 3_000_000, 2000);
    const recall = { ef: 256, recall: 0.98765, p50: 123.4, p99: 1234.5, count: 1000, perSecond: 12_345 };
    const reopening = { closeMs: 1234, openMs: 1234, points: 341_479, pending: 123_456 };
    const lines = [
      ...progress.frame(state),
      progress.plain(state, performance.now()),
      singleBar('finding the exact answers', 1, 3),
      ...streamReport(state, 1234),
      ...recallReport([recall], 1000),
      reopenReport(reopening),
      ...surveyReport({ checked: 341_479, lost: [] }, reopening).lines,
      ...surveyReport({ checked: 123, lost: [] }, reopening).lines,
    ];
    for (const line of lines) {
      const width = stripVTControlCharacters(line).length;
      expect(width, line).toBeLessThanOrEqual(80);
    }
  });

  test('says plainly when words are missing', () => {
    const good = { expected: 1000, points: 1000, waiting: 0, problems: [] };
    expect(outcomeReport(good)).toEqual({
      ok: true,
      text: 'All 1,000 of 1,000 words are there; verify() found no fault.',
    });
    expect(outcomeReport({ ...good, points: 999 })).toMatchObject({
      ok: false,
      text: expect.stringContaining('999'),
    });
    expect(outcomeReport({ ...good, waiting: 3 }).ok).toBe(false);
    expect(outcomeReport({ ...good, problems: ['row 7 has no links'] }).text).toContain('row 7 has no links');
    const lost = surveyReport({ checked: 10, lost: ['a', 'b'] }, { points: 8, openMs: 1 });
    expect(lost).toEqual({
      ok: false,
      lines: [expect.stringMatching(/FAILED: of 10 .* 2 are lost: a, b/)],
    });
  });

  test('words: without itself, wherever it comes from, and honest when unknown', () =>
    withWords(async (words) => {
      const glove = gloveOf(30);
      await words.upsert([...pointsOf(glove, Array(20).keys())]);
      const [known, upper, rare, unknown] = findWords(['w3', 'W3', 'w25', 'nonsense'], glove);
      expect(upper).toEqual({ word: 'W3', row: 3 });
      const show = (word: typeof known) => nearestWords(words, glove, word!);
      const shown = (await show(known)).join('\n');
      expect(shown.match(/w\d+ -?\d/g)).toHaveLength(10);
      expect(shown).not.toMatch(/, w3 /);
      expect((await show(rare)).at(-1)).toMatch(/not written itself/);
      expect(await show(unknown)).toEqual([expect.stringMatching(/nonsense .*not among the 30 words/)]);
    }));

  test('goes out as plain lines, one now and then, where nothing can move', () => {
    expect(wantsPlain({ isTTY: true }, {})).toBe(false);
    expect(wantsPlain({}, {})).toBe(true);
    expect(wantsPlain({ isTTY: true, columns: 0 }, {})).toBe(true);
    for (const env of [{ NO_COLOR: '1' }, { CI: 'true' }, { TERM: 'dumb' }]) {
      expect(wantsPlain({ isTTY: true }, env)).toBe(true);
    }
    let now = 0;
    const written: string[] = [];
    const screen = plainScreen({ write: (text) => written.push(text) }, () => now);
    for (; now < 5000; now += 100)
      screen.show(
        () => [],
        () => `at ${now}`,
      );
    screen.clear();
    screen.show(
      () => [],
      () => 'too soon in the next phase',
    );
    expect(written).toEqual(['at 2000\n', 'at 4000\n']);
  });
});
