/* JSON with integers of 64 bits, both ways, and how deep it is. */
import { expect, test } from 'vitest';
import { deeperThan, parse, stringify } from '#silt/server/http/json.js';
import fc, { runs } from '../../support/properties.js';

/** Values of JSON, with bigints where integers are beyond 2^53. */
const beyond = fc
  .tuple(fc.bigInt({ min: 2n ** 53n, max: 2n ** 64n - 1n }), fc.boolean())
  .map(([size, negative]) => (negative ? -size : size))
  .filter((one) => BigInt(Number(one)) !== one);
const { value } = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    beyond,
    fc.maxSafeInteger(),
    fc
      .double({ noNaN: true, noDefaultInfinity: true })
      .map((one) => (Object.is(one, -0) || Number.isInteger(one) ? 0.5 : one)),
    fc.string({
      unit: fc.constantFrom(
        '"',
        '\\',
        '1234567890123456789',
        ':',
        'a',
        '\n',
        '[',
        ',',
        '-',
        '9007199254740993',
      ),
    }),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.string({ unit: fc.constantFrom('"', '\\', '9007199254740993', '__proto__', 'b') }),
      tie('value'),
      { maxKeys: 4 },
    ),
  ),
}));

test('what is written is read again, whatever strings and numbers are around', () => {
  fc.assert(
    fc.property(value, (one) => {
      expect(parse(stringify(one))).toEqual(one);
    }),
    { numRuns: runs(2_000) },
  );
});

test('without integers beyond 2^53 it is what JSON says', () => {
  fc.assert(
    fc.property(
      fc.json().filter((text) => !/\d{16}/.test(text)),
      (text) => {
        expect(parse(text)).toEqual(JSON.parse(text));
        expect(stringify(JSON.parse(text))).toBe(JSON.stringify(JSON.parse(text)));
      },
    ),
    { numRuns: runs(2_000) },
  );
});

test.each([
  ['9007199254740993', 9007199254740993n],
  ['[9007199254740993]', [9007199254740993n]],
  ['{"id":18446744073709551615}', { id: 18446744073709551615n }],
  ['[18446744073709551616]', [2 ** 64]],
  ['[9007199254740992]', [2 ** 53]],
  ['[9007199254740991,-9007199254740991]', [2 ** 53 - 1, 1 - 2 ** 53]],
  [
    '[0.12345678901234566,1.2345678901234567e5,12345678901234567e3,1e-12345678901234567]',
    [0.12345678901234566, 123456.78901234567, 12345678901234567e3, 0],
  ],
  ['["9007199254740993","\\"9007199254740993"]', ['9007199254740993', '"9007199254740993']],
  [`[${'1'.repeat(400)}]`, [Infinity]],
])('%s', (text, expected) => {
  expect(parse(text.startsWith('9') ? `[${text}]` : text)).toEqual(
    text.startsWith('9') ? [expected] : expected,
  );
});

test.each([
  '[09007199254740993]',
  '[9007199254740993',
  '{9007199254740993:1}',
  '["9007199254740993]',
  '[90071992547409939007199254740993x]',
])('%s is refused', (text) => {
  expect(() => parse(text)).toThrow(SyntaxError);
  // What it says is of the text as it came.
  expect(() => parse(text)).not.toThrow(/[0-9a-f]{8}-/);
});

test('members named __proto__ are members', () => {
  const read = parse('{"__proto__":{"admin":true},"id":9007199254740993}') as object;
  expect(Object.keys(read)).toEqual(['__proto__', 'id']);
  expect((read as { admin?: boolean }).admin).toBeUndefined();
});

test('what is too deep is refused, with long integers and without', () => {
  const nested = (depth: number, inner: string): string => '['.repeat(depth) + inner + ']'.repeat(depth);
  for (const inner of ['', '1', '9007199254740993', '"a"']) {
    expect(parse(nested(128, inner))).toHaveLength(1);
    for (const depth of [129, 100_000])
      expect(() => parse(nested(depth, inner))).toThrow('recursion limit exceeded');
  }
  expect(() => parse(`{"a":9007199254740993,"b":${nested(128, '')}}`)).toThrow('recursion limit exceeded');
});

test('depth counts what is open, and not what stands in strings', () => {
  const nested = (depth: number): Buffer => Buffer.from('['.repeat(depth) + ']'.repeat(depth));
  expect([127, 128, 129, 100_000].map((depth) => deeperThan(nested(depth), 128))).toEqual([
    false,
    false,
    true,
    true,
  ]);
  expect(deeperThan(Buffer.from(JSON.stringify('[{'.repeat(200))), 128)).toBe(false);
  expect(deeperThan(Buffer.from(JSON.stringify('"\\['.repeat(200))), 128)).toBe(false);
  expect(deeperThan(Buffer.from(JSON.stringify(Array(500).fill([{}]))), 128)).toBe(false);
});
