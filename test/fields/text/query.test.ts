/* Queries of text: beginnings, misspelt words, phrases, single letters of Chinese; and what is shown of a hit. */
import { describe, expect, test } from 'vitest';
import { isWellFormed } from '#silt/base/ids.js';
import { type Analyzer, analyzerOf } from '#silt/fields/text/analysis/analyzer.js';
import { editsBetween } from '#silt/fields/text/query/edits.js';
import { highlighting } from '#silt/fields/text/query/highlight.js';
import { NearWords } from '#silt/fields/text/query/near-words.js';
import { EXPANSIONS_MAX, planText, type TextAsk } from '#silt/fields/text/query/plan.js';
import { countedAs } from '#silt/fields/text/weighed.js';
import { open } from '#silt/index.js';
import fc, { runs } from '../../support/properties.js';

const plain = await analyzerOf('none');
const english = await analyzerOf('english');

/** The same table as in a textbook: all of it. */
function edits(a: string, b: string): number {
  const d = Array.from({ length: a.length + 1 }, (_, i) =>
    Array.from({ length: b.length + 1 }, (_, j) => i || j),
  );
  for (let j = 0; j <= b.length; j++) d[0]![j] = j;
  for (let i = 1; i <= a.length; i++) {
    d[i]![0] = i;
    for (let j = 1; j <= b.length; j++) {
      d[i]![j] = Math.min(
        d[i - 1]![j]! + 1,
        d[i]![j - 1]! + 1,
        d[i - 1]![j - 1]! + Number(a[i - 1] !== b[j - 1]),
      );
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        d[i]![j] = Math.min(d[i]![j]!, d[i - 2]![j - 2]! + 1);
    }
  }
  return d[a.length]![b.length]!;
}

const someWord = fc.string({ unit: fc.constantFrom('a', 'b', 'c', 'é'), minLength: 1, maxLength: 9 });

describe('words near a word', () => {
  test('are as many edits away as the whole table says', () => {
    fc.assert(
      fc.property(someWord, someWord, fc.constantFrom(0, 1, 2), (a, b, limit) => {
        expect(editsBetween(a, b, limit)).toBe(Math.min(edits(a, b), limit + 1));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('are all that a look at each word finds, also of words that come later', () => {
    fc.assert(
      fc.property(fc.uniqueArray(someWord, { maxLength: 60 }), fc.nat(60), someWord, (words, half, word) => {
        const known = words.slice(0, half);
        const near = new NearWords(known);
        near.within(word, 1);
        known.push(...words.slice(half));
        for (const limit of [1, 2]) {
          const expected = words.filter((one) => one !== word && edits(one, word) <= limit);
          expect(
            near
              .within(word, limit)
              .map((one) => one.word)
              .sort(),
          ).toEqual(expected.sort());
        }
        const beginning = words.filter((one) => one.startsWith(word));
        expect(near.beginningWith(word).sort()).toEqual(beginning.sort());
      }),
      { numRuns: runs(300) },
    );
  });
});

const VOCABULARY = [
  'house',
  'houses',
  'horse',
  'mouse',
  'household',
  'hose',
  'red',
  '東京',
  '京都',
  '都',
  '都の',
];

function planned(ask: TextAsk, analyzer: Analyzer = plain) {
  const { words, all, phrases } = planText(ask, analyzer, new NearWords(VOCABULARY));
  return { words: words.map(({ word, boost }) => [word, Number(boost!.toFixed(3))]), all, phrases };
}

describe('a query of text', () => {
  test('asks for any word, or for all', () => {
    expect(planned({ text: 'Red houses', boost: 2 }).words).toEqual([
      ['red', 2],
      ['houses', 2],
    ]);
    expect(planned({ text: 'Red houses', match: 'all' }).all).toEqual([['red'], ['houses']]);
  });

  test('takes the last word for a beginning: the longer a word, the less it counts', () => {
    expect(planned({ text: 'red hous', prefix: true }).words).toEqual([
      ['red', 1],
      ['hous', 1],
      ['house', 0.8],
      ['houses', 0.667],
      ['household', 0.444],
    ]);
  });

  test('finds misspelt words: one edit from four letters on, two from eight', () => {
    expect(planned({ text: 'huose', fuzzy: 2 }).words).toEqual([
      ['huose', 1],
      ['hose', 0.75],
      ['house', 0.8],
    ]);
    expect(planned({ text: 'rde', fuzzy: 2 }).words).toEqual([['rde', 1]]);
    expect(planned({ text: 'huosehlod', fuzzy: 2 }).words).toContainEqual(['household', 0.778]);
    expect(planned({ text: 'huosehlod', fuzzy: 1 }).words).toEqual([['huosehlod', 1]]);
  });

  test('of a phrase: words in a row, where a stop word is any word', () => {
    expect(planned({ text: 'the house of red', match: 'phrase' }, english).phrases).toEqual([
      ['hous', null, 'red'],
    ]);
    expect(planned({ text: 'red', match: 'phrase' })).toMatchObject({ all: [['red']], phrases: undefined });
    expect(planned({ text: '東京都', match: 'phrase' }).phrases).toEqual([['東京', '京都']]);
  });

  test('of a single letter without spaces around it finds it wherever it is', () => {
    expect(planned({ text: '都', match: 'all' }).all).toEqual([['都', '都の']]);
  });

  test('without words, or with stop words alone, asks for nothing', () => {
    expect(planned({ text: '?!', match: 'all' })).toMatchObject({ words: [], all: [] });
    expect(planned({ text: 'to be or not', match: 'phrase' }, english)).toMatchObject({ words: [] });
  });

  test('a stop word that is typed as a beginning is one', () => {
    expect(
      planText({ text: 'the', prefix: true }, english, new NearWords(['theori', 'them'])).words,
    ).toMatchObject([{ word: 'them' }, { word: 'theori' }]);
  });

  test('stands for no more words than may be, the most alike', () => {
    const many = Array.from({ length: 500 }, (_, i) => `x${'y'.repeat(i % 50)}${i}`);
    const { words } = planText({ text: 'x', prefix: true }, plain, new NearWords(many));
    expect(words.length).toBe(EXPANSIONS_MAX);
    expect(Math.min(...words.map(({ boost }) => boost!))).toBeGreaterThan(0.05);
  });

  test('words that stand for one count as frequent as the most frequent of them', () => {
    const query = planText({ text: 'red huose', fuzzy: 1 }, plain, new NearWords(VOCABULARY));
    const found = new Map(query.words.map(({ word }, i) => [word, 10 * i]));
    expect([...countedAs(query, found)]).toEqual([
      ['red', 0],
      ['huose', 30],
      ['hose', 30],
      ['house', 30],
    ]);
  });
});

/** All steps of something, and what it came to. */
function ended<T>(steps: Generator<unknown, T>): { readonly value: T; readonly steps: number } {
  for (let count = 0; ; count++) {
    const step = steps.next();
    if (step.done) return { value: step.value, steps: count };
  }
}

describe('highlight', () => {
  const shown = (text: string, words: string[], options = {}, analyzer: Analyzer = plain): string[] =>
    ended(highlighting(text, (term) => words.includes(term), analyzer, options)).value;

  test('marks the words that matched, as they stand in the text', () => {
    expect(shown('Running in the RUN, rerun', ['run'], {}, english)).toEqual([
      '<mark>Running</mark> in the <mark>RUN</mark>, rerun',
    ]);
    expect(shown('東京都と', ['東京', '京都'], { pre: '[', post: ']' })).toEqual(['[東京都]と']);
    expect(shown('nothing', ['else'])).toEqual([]);
  });

  test('of a pair that a single letter begins, the letter alone is marked', async () => {
    await using db = await open();
    const texts = await db.createCollection('texts', { text: { t: { path: 't' } } });
    await texts.upsert({ id: 1, payload: { t: '東京東京都 か\u3099く 京' } });
    const marked = async (text: string): Promise<unknown> =>
      (await texts.search({ text }, { using: 't', highlight: { pre: '[', post: ']' } }))[0]?.highlights;
    expect(await marked('京')).toEqual(['東[京]東[京]都 か\u3099く [京]']);
    expect(await marked('か\u3099')).toEqual(['東京東京都 [か\u3099]く 京']);
    expect(await marked('京 京都')).toEqual(['東[京]東[京都] か\u3099く [京]']);
  });

  test('shows the fragments with the most different words, in their order', () => {
    const text = `red ${'x '.repeat(100)}red blue ${'y '.repeat(100)}blue ${'z '.repeat(100)}`;
    const [one] = shown(text, ['red', 'blue'], { fragments: 1, length: 40 });
    expect(one).toContain('<mark>red</mark> <mark>blue</mark>');
    expect(one!.replaceAll(/<\/?mark>/g, '').length).toBeLessThan(90);
    expect(shown(text, ['red', 'blue'], { length: 40 }).length).toBe(3);
  });

  test('of a long text is made in steps, and is that of its parts', () => {
    const part: string = `red ${'x '.repeat(400)}blue red ${'y '.repeat(700)}京都 ${'z '.repeat(100)}`;
    const steps = highlighting(part.repeat(50), (term) => ['red', 'blue', '京都'].includes(term), plain, {});
    const { value, steps: count } = ended(steps);
    expect(count).toBeGreaterThan(150);
    expect(value).toEqual(Array(3).fill(shown(part.repeat(2), ['red', 'blue', '京都'], { fragments: 1 })[0]));
    const all = { fragments: 1_000, length: 20 };
    expect(shown(part.repeat(50), ['blue'], all)).toHaveLength(50);
  });

  test('of any text is the text, but for the marks', () => {
    const letters = fc.constantFrom('red', ' ', 'x', '東', '\u{1f600}', 'é', 'redred ');
    fc.assert(
      fc.property(fc.array(letters, { maxLength: 60 }), fc.nat(60), (parts, length) => {
        const text = parts.join('');
        for (const one of shown(text, ['red', '東'], { length, pre: '<', post: '>' })) {
          const bare = one.replaceAll(/[<>]/g, '');
          if (!text.includes(bare) || !one.includes('<') || !isWellFormed(bare))
            expect.fail(`${one} of ${text}`);
        }
      }),
      { numRuns: runs(500) },
    );
  });
});
