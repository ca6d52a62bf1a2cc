import { expect, test } from 'vitest';
import { idKeyOf, idOfKey, keyOfText, keyTextOf, textOfKey } from '#silt/base/ids.js';
import fc from '../support/properties.js';

test('an id comes back from its key as it was given: integers of 64 bits and strings of any length and script', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ minLength: 1, maxLength: 130 }), fc.maxSafeNat()), (id) => {
      expect(idOfKey(idKeyOf(id))).toBe(id);
    }),
  );
  for (const length of [1, 63, 64, 65, 66])
    for (const end of ['z', 'é']) {
      const id = 'a'.repeat(length - 1) + end;
      expect(idOfKey(idKeyOf(id))).toBe(id);
    }
  for (const id of [0, 2 ** 31, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1]) expect(idOfKey(idKeyOf(id))).toBe(id);
  for (const id of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) expect(idOfKey(idKeyOf(id))).toBe(id);
});

test('a key as text is the same whether it is made from the key or from the id, comes back as the key, and orders as the bytes do', () => {
  const text = fc.string({ unit: 'binary', minLength: 1, maxLength: 200 });
  const id = fc.oneof(
    text,
    fc.string({ minLength: 1, maxLength: 130 }),
    fc.maxSafeNat(),
    fc.bigInt(0n, 2n ** 64n - 1n),
  );
  fc.assert(
    fc.property(id, id, (one, other) => {
      const key = idKeyOf(one);
      expect(keyTextOf(one)).toBe(textOfKey(key));
      expect(keyOfText(textOfKey(key))).toEqual(Uint8Array.from(key));
      const byText = keyTextOf(one) < keyTextOf(other);
      expect(byText).toBe(Buffer.compare(key, idKeyOf(other)) < 0);
    }),
  );
  const longest = 'é'.repeat(512);
  expect(keyTextOf(longest)).toBe(textOfKey(idKeyOf(longest)));
});
