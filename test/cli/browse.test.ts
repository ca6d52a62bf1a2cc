/* What is typed into browse: the short form of filters, the places of faults, and the keys of a line. */
import { expect, test } from 'vitest';
import { Line } from '#silt/cli/browse/line.js';
import { Scroll } from '#silt/cli/browse/scroll.js';
import { filterIn } from '#silt/cli/frame/filter.js';
import { jsonFault } from '#silt/cli/frame/json-fault.js';
import { cutTo, endFitting, padEnd, printable, widthOf, wrapped } from '#silt/cli/frame/text.js';
import { FilterFault, placeOf } from '#silt/filter/short.js';
import fc, { runs } from '../support/properties.js';

test.each([
  ['', undefined],
  ['lang=en', [{ key: 'lang', match: { value: 'en' } }]],
  ['lang==en', [{ key: 'lang', match: { value: 'en' } }]],
  [
    'n = 7  on=true',
    [
      { key: 'n', match: { value: 7 } },
      { key: 'on', match: { value: true } },
    ],
  ],
  ['n="7"', [{ key: 'n', match: { value: '7' } }]],
  ['a.b[].c>=1.5', [{ key: 'a.b[].c', range: { gte: 1.5 } }]],
  ['at<2024-05-01', [{ key: 'at', range: { lt: '2024-05-01' } }]],
  ['lang!=en', [{ must_not: [{ key: 'lang', match: { value: 'en' } }] }]],
  ['gone=null', [{ key: 'gone', is_null: true }]],
  ['title~"still waters"', [{ key: 'title', match: { text: 'still waters' } }]],
  ['"a b".c=1', [{ key: '"a b".c', match: { value: 1 } }]],
])('%s', (text, must) => {
  expect(filterIn(text).filter).toEqual(must && { must });
});

test.each([
  ['lang', 4],
  ['lang en', 4],
  ['=en', 0],
  ['lang=en year>', 13],
  ['lang=en  "x', 9],
  ['{"must":[}', 9],
  ['{"must":', 8],
  ['{"must":[{"key":"a",}]}', 20],
  ['{} x', 3],
])('%s is wrong at %i', (text, at) => {
  const typed = (): unknown => filterIn(text);
  expect(typed).toThrow(FilterFault);
  try {
    typed();
  } catch (error) {
    expect((error as FilterFault).at).toBe(at);
  }
});

test('what is no JSON has a place at which it stops being so', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.nat(), fc.constantFrom('', ',', '}', '"', '1 '), (value, at, piece) => {
      const text = JSON.stringify({ value });
      const place = at % text.length;
      const damaged = text.slice(0, place) + piece + text.slice(place + 1);
      try {
        JSON.parse(damaged);
      } catch {
        const fault = jsonFault(damaged);
        expect(fault).toBeGreaterThanOrEqual(0);
        expect(fault).toBeLessThanOrEqual(damaged.length);
        // Nothing that comes behind it mends what is before it, and what is before it may go on to be JSON.
        expect(jsonFault(`${damaged.slice(0, fault)}\u0001`)).toBe(fault);
      }
    }),
    { numRuns: runs(500) },
  );
});

test('a condition that Silt refuses is found in the line', () => {
  expect(placeOf('filter.must[1].range.gt must be a number', filterIn('a=1  b>x'))).toBe(5);
  expect(placeOf('filter.must[0] has', filterIn('{"must":[{}]}'))).toBeUndefined();
});

test('keys change a line', () => {
  const line = new Line('lang=en');
  for (const text of [' x', '=', '1']) line.press({ text });
  line.press({ name: 'w', ctrl: true, text: '\x17' });
  for (const name of ['home', 'delete', 'right', 'backspace']) line.press({ name });
  expect([line.text, line.at]).toEqual(['ng=en ', 0]);
  line.press({ name: 'u', ctrl: true });
  expect(line.text).toBe('');
});

test('keys take letters whole, also those of several signs', () => {
  const line = new Line('a👩‍👩‍👧é漢');
  line.press({ name: 'left' });
  line.press({ name: 'backspace' });
  expect([line.text, line.at]).toEqual(['a👩‍👩‍👧漢', 9]);
  line.press({ name: 'left' });
  expect(line.at).toBe(1);
  line.press({ name: 'delete' });
  expect(line.text).toBe('a漢');
  line.press({ name: 'right' });
  line.press({ text: '🦊' });
  line.press({ name: 'backspace' });
  expect([line.text, line.at]).toEqual(['a漢', 2]);
});

test('a selected row stays seen, whatever is pressed', () => {
  const names = ['up', 'down', 'pageup', 'pagedown', 'home', 'end'];
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom(...names), fc.nat(30), fc.integer({ min: 1, max: 10 }))),
      (keys) => {
        const scroll = new Scroll();
        for (const [name, total, height] of keys) {
          scroll.press({ name }, total, height);
          expect(scroll.at >= scroll.top && scroll.at < scroll.top + height).toBe(true);
          expect(scroll.at).toBeLessThan(Math.max(1, total));
        }
      },
    ),
    { numRuns: runs(300) },
  );
});

test.each(['a', 'é', '漢'])('of a line of 50,000 letters (%s) the end is shown, at each key', (letter) => {
  const text = letter.repeat(50_000);
  expect(endFitting(text, 0)).toBe(text.length);
  expect(endFitting(text, -3)).toBe(text.length);
  expect(text.length - endFitting(text, 71)).toBe(Math.floor(71 / widthOf(letter)));
  expect(endFitting('ab', 71)).toBe(0);
});

test('text is cut and wrapped to a width, keeps what it says, and gives a terminal no orders', () => {
  const unit = fc.oneof(
    fc.string({ unit: 'binary', maxLength: 8 }),
    fc.constantFrom('漢字', '👩‍👩‍👧', 'é', '\x1b[31m', '\x9b1m', '\u202e', '\n'),
  );
  const texts = fc.array(unit, { maxLength: 8 }).map((parts) => parts.join(''));
  fc.assert(
    fc.property(texts, fc.integer({ min: 2, max: 30 }), (text, width) => {
      const safe = printable(text);
      expect(safe).not.toMatch(/[\p{Cc}\u202e]/u);
      expect(widthOf(cutTo(safe, width))).toBeLessThanOrEqual(width);
      expect(widthOf(padEnd(cutTo(safe, width), width))).toBe(width);
      const lines = wrapped(safe, width);
      expect(lines.join('')).toBe(safe);
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(width);
      expect(widthOf(printable(text.slice(endFitting(text, width))))).toBeLessThanOrEqual(width);
    }),
    { numRuns: runs(60) },
  );
});
