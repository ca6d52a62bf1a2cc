import { expect, test } from 'vitest';
import { decodePayload, encodePayload } from '#silt/store/payload.js';

test('a payload comes back as it was given, whatever its size', () => {
  for (let length = 0; length < 300; length++) {
    const payload = { text: 'x'.repeat(length), wide: 'é', list: [length, -1.5, null, { deep: true }] };
    expect(decodePayload(encodePayload(payload))).toEqual(payload);
  }
});

test('a payload that was returned is not changed by reading another', () => {
  const first = decodePayload(encodePayload({ name: 'first', list: ['a', 'b'] }));
  const second = decodePayload(encodePayload({ name: 'other', list: ['c', 'd'] }));
  expect(first).toEqual({ name: 'first', list: ['a', 'b'] });
  expect(second).toEqual({ name: 'other', list: ['c', 'd'] });
});

test('a payload that is cut short does not decode, and the next one does', () => {
  const bytes = encodePayload({ name: 'a name', count: 1 });
  for (let end = 2; end < bytes.length; end++) expect(() => decodePayload(bytes.subarray(0, end))).toThrow();
  expect(decodePayload(bytes)).toEqual({ name: 'a name', count: 1 });
});
