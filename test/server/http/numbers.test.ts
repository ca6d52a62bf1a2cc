/* Bodies whose arrays of numbers are parsed apart: the same values as by JSON.parse, bit by bit, and the same errors. */
import { expect, test } from 'vitest';
import { parse, parseBytes } from '#silt/server/http/json.js';
import { withoutNumbers } from '#silt/server/http/numbers.js';
import fc, { runs } from '../../support/properties.js';

const parsed = (text: string): unknown => parseBytes(Buffer.from(text));

/** Where two arrays of numbers differ, also in the sign of a zero. */
const differing = (texts: readonly string[], numbers: readonly number[]): string[] =>
  texts.filter((text, at) => !Object.is(numbers[at], Number(text)));

const double = fc.double({ noNaN: true, noDefaultInfinity: true, min: -1e15, max: 1e15 });
const printed = fc
  .tuple(double, fc.integer({ min: 0, max: 6 }), fc.integer({ min: 1, max: 20 }))
  .map(([value, way, digits]) => {
    if (way === 0) return value.toExponential(digits);
    if (way === 1) return value.toPrecision(digits);
    if (way === 2) return value.toFixed(digits);
    if (way === 3) return String(Math.fround(value));
    if (way === 4) return String(Math.fround(value % 1));
    return way === 5 ? String(value % 1) : String(value);
  });
/** Digits with a point anywhere. */
const digits = fc
  .tuple(fc.bigInt({ min: 0n, max: 10n ** 22n }), fc.integer({ min: 0, max: 22 }), fc.boolean())
  .map(([value, after, negative]) => {
    const all = value.toString().padStart(after + 1, '0');
    const whole = all.slice(0, all.length - after);
    return `${negative ? '-' : ''}${whole}${after > 0 ? `.${all.slice(-after)}` : ''}`;
  });
/** In the middle between two float64 values, or a digit beside it. */
const middles = fc
  .tuple(
    fc.bigInt({ min: 2n ** 52n, max: 2n ** 53n - 1n }),
    fc.integer({ min: 0, max: 4 }),
    fc.constantFrom('', '1'),
  )
  .map(([value, down, more]) => {
    const scale = 2n ** BigInt(down);
    const [whole, rest] = [value / scale, ((value % scale) * 2n + 1n) * 10n ** 5n];
    const fraction = (rest / (scale * 2n)).toString().padStart(5, '0');
    return `${whole}.${fraction}${more}`;
  });
const safe = (text: string): boolean => Math.abs(Number(text)) < 2 ** 53;

test('each number is the float64 that JSON.parse reads', () => {
  const number = fc.oneof(printed, digits, middles).filter(safe);
  fc.assert(
    fc.property(fc.array(number, { minLength: 60, maxLength: 60 }), (texts) => {
      const bytes = Buffer.from(`{"query":[${texts.join(', ')}],"limit":1}`);
      const { arrays } = withoutNumbers(bytes, 'mark:')!;
      expect(differing(texts, arrays[0]!)).toEqual([]);
      expect(parseBytes(bytes)).toEqual(JSON.parse(bytes.toString()));
    }),
    { numRuns: runs(1_000) },
  );
});

const list = (count: number): string => `[${Array.from({ length: count }, (_, i) => Math.sin(i))}]`;
const LIST = list(100);

test.each([
  ['the whole text', LIST],
  ['several', `{"points":[{"id":1,"vector":${LIST}},{"id":2,"vector":{"a":${LIST},"b":[${LIST},${LIST}]}}]}`],
  ['in strings', `{"text":"${LIST}","other":"\\"${LIST}\\\\","query":${LIST}}`],
  ['under one key twice', `{"query":${LIST},"query":${list(50)}}`],
  ['under __proto__', `{"__proto__":${LIST},"query":${LIST}}`],
  ['beside integers of 64 bits', `{"id":18446744073709551615,"query":${LIST}}`],
  ['among integers of 64 bits', `{"ids":[${'18446744073709551615,'.repeat(40)}1],"query":${LIST}}`],
  ['beyond float64', `{"query":[${'1e400,'.repeat(200)}1]}`],
  ['spaces', `{"query": [ ${LIST.slice(1, -1).replaceAll(',', ' ,\n\t\r ')} ] }`],
  ['zeros', `{"query":[${'0,-0,0.0,-0.0e5,0e0,'.repeat(40)}0]}`],
  ['letters of several bytes', `{"é":"日本","query":${LIST},"z":"ü"}`],
  ['deep', `${'['.repeat(127)}${LIST}${']'.repeat(127)}`],
])('%s: as a whole and apart it is the same', (_, text) => {
  expect(parsed(text)).toEqual(parse(text));
  expect(JSON.stringify(parsed(text), bigints)).toBe(JSON.stringify(parse(text), bigints));
});

const bigints = (_: string, value: unknown): unknown => (typeof value === 'bigint' ? `${value}n` : value);

test.each([
  ...[
    '01',
    '-01',
    '1.',
    '.5',
    '+1',
    '1e',
    '1e+',
    '--1',
    '-',
    '',
    'NaN',
    'Infinity',
    '0x1',
    '1_0',
    '1 2',
    '1,',
  ].map((number) => `{"query":[${number},${LIST.slice(1)}}`),
  ...['01', '1.', '1e', '1,', ''].map((number) => `{"query":${LIST.slice(0, -1)},${number}]}`),
  `{${LIST}:1,"query":${LIST}}`,
  `{"query":${LIST}${LIST}}`,
  `{"query":${LIST}`,
  `{"query":${LIST.slice(0, -1)}`,
  `{"query":${LIST.slice(0, -1)}}`,
  `${LIST},`,
  `{"text":"${LIST},"query":${LIST}}`,
])('%.20s… is refused in the words of JSON.parse', (text) => {
  const why = (read: (text: string) => unknown): string => {
    try {
      read(text);
      return 'nothing';
    } catch (error) {
      expect(error).toBeInstanceOf(SyntaxError);
      return (error as Error).message;
    }
  };
  expect(why(JSON.parse)).not.toBe('nothing');
  expect(why(parsed)).toBe(why(JSON.parse));
});

test('an array that is too deep is refused', () => {
  expect(() => parsed(`${'['.repeat(128)}${LIST}${']'.repeat(128)}`)).toThrow('recursion limit exceeded');
});

test('texts that are changed anywhere are read as by JSON.parse, or refused', () => {
  const body = `{"points":[{"id":1,"vector":${list(40)},"payload":{"a":"x[1,2"}},{"id":2,"vector":${list(40)}}]}`;
  const piece = fc.constantFrom(
    '',
    ',',
    '"',
    '[',
    ']',
    '{',
    '}',
    '.',
    '-',
    'e',
    '0',
    '1',
    ' ',
    '\\',
    '9'.repeat(20),
    ':',
  );
  const result = (read: (text: string) => unknown, text: string): unknown => {
    try {
      return read(text);
    } catch (error) {
      return (error as Error).name;
    }
  };
  fc.assert(
    fc.property(fc.nat(body.length), fc.nat(8), piece, (from, length, put) => {
      const text = body.slice(0, from) + put + body.slice(from + length);
      expect(result(parsed, text)).toEqual(result(parse, text));
    }),
    { numRuns: runs(3_000) },
  );
});

test('what has few numbers is left to JSON.parse as a whole', () => {
  const bytes = Buffer.from(JSON.stringify({ text: 'x'.repeat(5_000), query: JSON.parse(LIST) }));
  expect(withoutNumbers(bytes, 'mark:')).toBeUndefined();
  expect(withoutNumbers(Buffer.from(`{"query":${LIST}}`), 'mark:')?.text).toBe('{"query":"mark:0"}');
  expect(withoutNumbers(Buffer.from(`{"query":${list(10)}}`), 'mark:')).toBeUndefined();
});
