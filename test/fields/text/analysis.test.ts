/* What a text field makes of texts: words of any script, however they were typed; stems and stop words of a language. */
import { describe, expect, test } from 'vitest';
import { ANALYSIS_VERSION, Analyzer, analyzerOf, STRING_GAP } from '#silt/fields/text/analysis/analyzer.js';
import {
  checkLanguage,
  LANGUAGE_NAMES,
  loadLanguage,
  NO_LANGUAGE,
} from '#silt/fields/text/analysis/languages.js';
import { eachWord } from '#silt/fields/text/analysis/words.js';
import { ValidationError } from '#silt/index.js';
import fc, { runs } from '../../support/properties.js';

const plain = await analyzerOf('none');
const english = await analyzerOf('english');
const GAP = Array<null>(STRING_GAP).fill(null);

const termsOf = (text: string, analyzer: Analyzer = plain) => analyzer.tokensOf([text]);

/** The pieces of a text that its terms are. */
function piecesOf(text: string): string[] {
  const pieces: string[] = [];
  plain.each(text, (_, start, end) => pieces.push(text.slice(start, end)));
  return pieces;
}

describe('words of a text', () => {
  test.each<[text: string, terms: string[]]>([
    ['Strong coffee, good company', ['strong', 'coffee', 'good', 'company']],
    ["it's 24/7 snake_case C++", ['it', 's', '24', '7', 'snake', 'case', 'c']],
    ['re\u0301sume\u0301 RÉSUMÉ', ['résumé', 'résumé']],
    ['Straße STRASSE', ['strasse', 'strasse']],
    ['ΣΊΣΥΦΟΣ σίσυφος', ['σίσυφοσ', 'σίσυφοσ']],
    ['\u0130stanbul istanbul', ['istanbul', 'istanbul']],
    ['ﬁne Ａｂｃ１２ ①', ['fine', 'abc12', '1']],
    ['3½ ½', ['3½', '½']],
    ['co\u00adoperate', ['cooperate']],
    ['می\u200cخواهم', ['میخواهم']],
    ['हिन्दी தமிழ்', ['हिन्दी', 'தமிழ்']],
    ['한국어 문장', ['한국어', '문장']],
    ['naïve café', ['naïve', 'café']],
    ['\u{10330}\u{10331} \u{1f600}x', ['\u{10330}\u{10331}', 'x']],
    ['\u3164', []],
    ['?! \u200b ™', []],
    ['', []],
  ])('%j are %j', (text, terms) => {
    expect(termsOf(text).filter((term) => term !== null)).toEqual(terms.map((term) => term.normalize('NFC')));
  });

  test.each<[text: string, terms: string[]]>([
    ['東京都', ['東京', '京都', '都']],
    ['東', ['東']],
    ['カタカナ', ['カタ', 'タカ', 'カナ', 'ナ']],
    ['ﾊﾟｰﾃｨ', ['パー', 'ーテ', 'ティ', 'ィ']],
    ['か\u3099く', ['がく', 'く']],
    ['iPhone手机 v2', ['iphone', '手机', '机', 'v2']],
    ['ที่', ['ที่']],
    ['กิน', ['กิน', 'น']],
    ['𠮷野家', ['𠮷野', '野家', '家']],
  ])('without spaces between them are pairs of letters: %j', (text, terms) => {
    expect(termsOf(text)).toEqual(terms.map((term) => term.normalize('NFKC')));
  });

  test('are found where they are in the text', () => {
    expect(piecesOf('Größe, 東京都 re\u0301!')).toEqual(['Größe', '東京', '京都', '都', 're\u0301']);
  });

  const letters = fc.constantFrom(
    'a',
    'B',
    ' ',
    '東',
    'ก',
    'า',
    '\u0301',
    'ﾊ',
    'ﾟ',
    '½',
    'é',
    '\u00ad',
    '\u{10330}',
    'ß',
    '٣',
    '-',
  );
  const anyText = fc.array(letters, { maxLength: 12 }).map((units) => units.join(''));

  test('are those of their own pieces, in order and without overlap but for pairs', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        let last = 0;
        plain.each(text, (term, start, end) => {
          const again = termsOf(text.slice(start, end))[0];
          if (start < last || end <= start || (term !== null && again !== term))
            expect.fail(`${JSON.stringify(text)}: ${term} from ${start} to ${end}, by itself ${again}`);
          last = start;
        });
      }),
      { numRuns: runs(500) },
    );
  });

  test('are the same for the composed and the decomposed form of any text', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        expect(termsOf(text.normalize('NFD'))).toEqual(termsOf(text.normalize('NFC')));
      }),
      { numRuns: runs(500) },
    );
  });

  test('are as long as a payload may be: V8 keeps a place on a stack for each letter that a pattern takes', () => {
    const long = 5_000_000;
    const spans = (text: string): [number, number, boolean][] => {
      const found: [number, number, boolean][] = [];
      eachWord(text, (...span) => {
        found.push(span);
      });
      return found;
    };
    for (const [letter, isUnspaced] of [
      ['漢', true],
      ['กำ', true],
      ['\u{20000}', true],
      ['ﷺ', false],
      ['a\u0301', false],
      ['e\u200d\u0301', false],
    ] as const) {
      const text = letter.repeat(long / letter.length);
      const { length } = text;
      const behind: [number, number, boolean] = [length + 1, length + 2, false];
      expect(spans(`${text} b`)).toEqual([[0, length, isUnspaced], behind]);
    }
  });

  test('of any length take no longer than they are read, and count by their first 255 letters', () => {
    const long = 'x'.repeat(1_000_000);
    expect(termsOf(long)).toEqual(['x'.repeat(255)]);
    expect(termsOf(`${'é'.repeat(300)} y`)).toEqual(['é'.repeat(255), 'y']);
    expect(termsOf('\u{10330}'.repeat(200))).toEqual(['\u{10330}'.repeat(127)]);
  });
});

describe('strings of a payload', () => {
  test('are those at the path and those in an array there; anything else has no words', () => {
    expect(plain.tokensOf(['a', 5, null, ['b', {}, ['c'], true, 'd e']])).toEqual([
      'a',
      ...GAP,
      'b',
      ...GAP,
      'd',
      'e',
    ]);
    expect(plain.tokensOf([])).toEqual([]);
    expect(plain.tokensOf([{}, 1, '!'])).toEqual([]);
  });
});

describe('a language', () => {
  test('english: stems, and places of stop words that are left out', () => {
    expect(termsOf('The boundaries of computed layers', english)).toEqual([
      null,
      'boundari',
      null,
      'comput',
      'layer',
    ]);
    expect(termsOf("Don't! I'm HERE", english)).toEqual([null, null, null, null, null]);
    expect(termsOf('A boat, an oar', english)).toEqual([null, 'boat', null, 'oar']);
  });

  test.each([
    ['connection connections connected connecting', 'connect'],
    ['collection collected collects', 'collect'],
    ['completion complete completed', 'complet'],
    ['ignition ignite', 'ignit'],
    ['adoption adopts', 'adopt'],
    ['discussion discussed', 'discuss'],
    ['nations nation', 'nation'],
    ['relational relate relation', 'relat'],
  ])('english: %s are one stem', (text, stem) => {
    expect(new Set(termsOf(text, english))).toEqual(new Set([stem]));
  });

  test('none, for names and code: every word as it stands', () => {
    expect(termsOf('The Who: this.isRunning')).toEqual(['the', 'who', 'this', 'isrunning']);
  });

  test.each([
    ['german', 'Häuser HAUS der', ['haus', 'haus', null]],
    ['french', 'continuellement les', ['continuel', null]],
    ['russian', 'Книгами и книга', ['книг', null, 'книг']],
    ['turkish', 'ISPARTA ısparta', ['ıspar', 'ıspar']],
    ['romanian', 'și şi o Orașul oraşul', [null, null, null, 'oraş', 'oraş']],
    ['lithuanian', 'šitas jūsų įstrižai', [null, null, null]],
    ['serbian', 'biće između često i u na je su', Array(8).fill(null)],
    ['serbian', 'биће између често и у на је су његов', Array(9).fill(null)],
    ['ukrainian', 'від їх і та не на що є', Array(8).fill(null)],
  ])('%s', async (name, text, terms) => {
    expect(termsOf(text, await analyzerOf(name))).toEqual(terms);
  });

  test('each one loads, leaves out its stop words, and finds a word by itself', async () => {
    for (const name of LANGUAGE_NAMES) {
      const { stopWords, stem } = await loadLanguage(name);
      expect(stopWords.size, name).toBeGreaterThan(name === 'none' ? -1 : 10);
      const analyzer = await analyzerOf(name);
      const [stop] = stopWords;
      if (stop !== undefined) expect(termsOf(stop, analyzer), name).toEqual([null]);
      expect(typeof stem('zzyzxes')).toBe('string');
      expect(termsOf('zzyzxes', analyzer).length, name).toBe(1);
    }
  });

  test('is one that there is: an error lists them, and says which was meant', () => {
    expect(checkLanguage('english', 'text.body.language')).toBe('english');
    expect(() => checkLanguage('englisch', 'text.body.language')).toThrow(
      /^text\.body\.language must be one of none, arabic, .*; got "englisch"\. Did you mean english\?$/,
    );
    expect(() => checkLanguage('ja', 'language')).toThrow(/got "ja"\. Say none: texts without spaces/);
    for (const value of ['', 'constructor', '__proto__', undefined, 7, null])
      expect(() => checkLanguage(value, 'language')).toThrow(ValidationError);
  });

  test('any text has places and terms, whatever the stemmer makes of it', async () => {
    const analyzers = await Promise.all(LANGUAGE_NAMES.map(analyzerOf));
    fc.assert(
      fc.property(
        fc.constantFrom(...analyzers),
        fc.string({ unit: 'grapheme', maxLength: 20 }),
        (one, text) => {
          const tokens = one.tokensOf([text]);
          expect(tokens.length).toBe(termsOf(text).length);
          for (const term of tokens) expect(term).not.toBe('');
        },
      ),
      { numRuns: runs(500) },
    );
  });
});

describe('words of a query', () => {
  test('are those of texts, in both forms; stop words have a place', () => {
    expect(english.queryWords('The Running')).toEqual([
      { word: 'the', term: null, opens: false },
      { word: 'running', term: 'run', opens: false },
    ]);
  });

  test('without spaces: the pairs that a text has, or all that begin with a single letter', () => {
    expect(plain.queryWords('東京都').map(({ term }) => term)).toEqual(['東京', '京都']);
    expect(plain.queryWords('都 a')).toEqual([
      { word: '都', term: '都', opens: true },
      { word: 'a', term: 'a', opens: false },
    ]);
    for (const { term } of plain.queryWords('京都')) expect(termsOf('東京都')).toContain(term);
    expect(termsOf('東京都').some((term) => term!.startsWith('都'))).toBe(true);
  });
});

test('what was kept of texts stays true: these terms change with the version alone', async () => {
  const sample =
    'The quick brown foxes, naïve CAFÉS and Straßen: 3½ kg of 東京都のｶﾞ; ภาษาไทย, किताबें, книгами.';
  const of = async (name: string) =>
    (await analyzerOf(name))
      .tokensOf([sample])
      .map((term) => term ?? '-')
      .join(' ');
  expect({
    version: ANALYSIS_VERSION,
    none: await of('none'),
    english: await of('english'),
    german: await of('german'),
  }).toMatchInlineSnapshot(`
    {
      "english": "- quick brown fox naïv café - strassen 3½ kg - 東京 京都 都の のガ ガ ภา าษ ษา าไ ไท ทย ย किताबें книгами",
      "german": "the quick brown fox naïv cafés and strass 3½ kg of 東京 京都 都の のガ ガ ภา าษ ษา าไ ไท ทย ย किताबें книгами",
      "none": "the quick brown foxes naïve cafés and strassen 3½ kg of 東京 京都 都の のガ ガ ภา าษ ษา าไ ไท ทย ย किताबें книгами",
      "version": 3,
    }
  `);
});

test('words that came before are remembered, and are the same when they were forgotten', () => {
  const analyzer = new Analyzer(NO_LANGUAGE);
  const many = Array.from({ length: 70_000 }, (_, i) => `W${i}`).join(' ');
  const first = analyzer.tokensOf([many]);
  expect(first[0]).toBe('w0');
  expect(analyzer.tokensOf([many])).toEqual(first);
});
