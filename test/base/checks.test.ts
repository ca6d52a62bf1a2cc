import { expect, test } from 'vitest';
import { integerIn, normalId, oneOf, show } from '#silt/base/checks.js';
import { ValidationError } from '#silt/index.js';
import { codeOf } from '../support/index.js';
import fc from '../support/properties.js';

const MOST = (1n << 64n) - 1n;

test('normalId keeps the value, as a number where that is exact', () => {
  fc.assert(
    fc.property(fc.oneof(fc.bigInt(0n, MOST), fc.bigInt(0n, 1n << 54n), fc.nat().map(BigInt)), (id) => {
      const normal = normalId(id);
      expect(BigInt(normal)).toBe(id);
      expect(typeof normal).toBe(id <= BigInt(Number.MAX_SAFE_INTEGER) ? 'number' : 'bigint');
      expect(normalId(normal)).toBe(normal);
      if (typeof normal === 'number') expect(normalId(Number(id))).toBe(normal);
    }),
  );
});

test('normalId refuses everything else', () => {
  const others = fc.oneof(
    fc
      .anything()
      .filter((x) => typeof x !== 'bigint' && !(typeof x === 'number' && Number.isSafeInteger(x) && x >= 0)),
    fc.bigInt({ max: -1n }),
    fc.bigInt({ min: MOST + 1n }),
    fc.integer({ max: -1 }),
    fc.double().filter((x) => !Number.isSafeInteger(x)),
  );
  fc.assert(
    fc.property(others, (id) => {
      expect(() => normalId(id)).toThrow(ValidationError);
      expect(codeOf(() => normalId(id))).toBe('INVALID_ID');
    }),
  );
});

test('show puts any value in few words', () => {
  fc.assert(
    fc.property(fc.anything(), (value) => {
      const text = show(value);
      expect(text.length).toBeGreaterThan(0);
      expect(text.length).toBeLessThan(400);
    }),
  );
  expect(show('a'.repeat(100))).toHaveLength(43);
  expect([show(7n), show(null), show([1, 2]), show(Float32Array.of(1)), show(Object.create(null))]).toEqual([
    '7n',
    'null',
    'an array of 2',
    'a Float32Array',
    'an object',
  ]);
});

test('integerIn and oneOf name what they check', () => {
  expect(integerIn('n', 3, 1, 3)).toBe(3);
  expect(() => integerIn('n', 4, 1, 3)).toThrow('n must be an integer from 1 to 3, got 4');
  expect(oneOf('way', 'in', ['in', 'out'])).toBe('in');
  expect(() => oneOf('way', 'up', ['in', 'out'])).toThrow('way must be one of in, out, got "up"');
});
