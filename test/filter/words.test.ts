/* What a word is, in any script and however its letters were typed. */
import { describe, expect, test } from 'vitest';
import { beginsWith, composed, wordsOf } from '#silt/filter/words.js';
import { withCollection } from '../support/databases.js';
import fc, { runs } from '../support/properties.js';

describe('words', () => {
  test.each([
    ['हिन्दी', ['हिन्दी']],
    ['हीन दा', ['हीन', 'दा']],
    ['தமிழ்', ['தமிழ்']],
    ['كَتَبَ الوَلَدُ', ['كَتَبَ', 'الوَلَدُ']],
    ['ภาษาไทย', ['ภาษาไทย']],
    ['re\u0301sume\u0301', ['r\u00e9sum\u00e9']],
    ['R\u00c9SUM\u00c9', ['r\u00e9sum\u00e9']],
    ['\u0130stanbul', ['i\u0307stanbul']],
    ['co\u00adoperate', ['cooperate']],
    ['می\u200cخواهم', ['میخواهم']],
    ['caffè, thè & tè: 3½', ['caffè', 'thè', 'tè', '3½']],
    ["it's 24/7", ['it', 's', '24', '7']],
    ['ไทย\u200bภาษา', ['ไทย', 'ภาษา']],
    ['', []],
    ['?!', []],
  ])('of %j are %j', (text, words) => {
    expect(wordsOf(text)).toEqual(words.map((word) => word.normalize('NFC')));
  });

  test('are as long as a payload may be: V8 keeps a place on a stack for each letter that a pattern takes', () => {
    const long = 5_000_000;
    for (const letter of ['漢', 'a\u0301', '\u{20000}']) {
      const word = letter.repeat(long / letter.length);
      const found = wordsOf(`b ${word} c ${word}`);
      const whole = word.normalize('NFC');
      expect(found.map(({ length }) => length)).toEqual([1, whole.length, 1, whole.length]);
      expect(found[1] === whole).toBe(true);
    }
    expect(wordsOf(`漢 ${'Z'.repeat(long)}`)[1] === 'z'.repeat(long)).toBe(true);
  });

  test('are the same for the composed and the decomposed form of any text', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        expect(wordsOf(text.normalize('NFD'))).toEqual(wordsOf(text.normalize('NFC')));
      }),
      { numRuns: runs(2_000) },
    );
  });

  test('of the words of a text are these words', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), (text) => {
        for (const word of wordsOf(text)) expect(wordsOf(word)).toEqual([word]);
      }),
      { numRuns: runs(2_000) },
    );
  });
});

test('how a text begins is what its composed form begins with', () => {
  const unit = fc.constantFrom(
    'a',
    'e',
    '\u0301',
    '\u00e9',
    '\u0323',
    '\u212a',
    'K',
    '\u1100',
    '\u1161',
    '\uac00',
    '😀',
    '\ud83d',
  );
  fc.assert(
    fc.property(fc.string({ unit, maxLength: 6 }), fc.string({ unit, maxLength: 4 }), (text, prefix) => {
      const wanted = composed(prefix);
      expect(beginsWith(text, wanted)).toBe(composed(text).startsWith(wanted));
      expect(beginsWith(text + prefix, composed(text))).toBe(
        composed(text + prefix).startsWith(composed(text)),
      );
    }),
    { numRuns: runs(5_000) },
  );
});

describe.each(['without an index', 'with an index'])('match.text %s', (how) => {
  const TEXTS = ['हिन्दी', 'हीन दा', 're\u0301sume\u0301', 'r\u00e9sum\u00e9', 'resume', '\u0130stanbul'];
  const found = (text: string): Promise<unknown[]> =>
    withCollection('memory', { dimension: 2, metric: 'euclidean' }, async (points) => {
      await points.upsert(TEXTS.map((t, i) => ({ id: i, vector: [i, 1], payload: { t } })));
      if (how === 'with an index') await points.createPayloadIndex('t', 'text');
      const filter = { must: { key: 't', match: { text } } };
      return (await points.search([0, 1], { filter })).map(({ id }) => id).sort();
    });

  test('keeps the marks of a script with its letters', async () => {
    expect(await found('हिन्दी')).toEqual([0]);
  });

  test('finds a text whichever way its accents were typed', async () => {
    expect(await found('r\u00e9sum\u00e9')).toEqual([2, 3]);
    expect(await found('re\u0301sume\u0301')).toEqual([2, 3]);
  });

  test('finds no word by what is left of it without its marks', async () => {
    expect(await found('sume\u0301')).toEqual([]);
    expect(await found('stanbul')).toEqual([]);
  });
});
