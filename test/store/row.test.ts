/* Rows as bytes: what is written is read, and no wrong bit passes. */
import { expect, test } from 'vitest';
import { crc32c } from '#silt/store/crc32c.js';
import { checksum } from '#silt/store/lmdb/checksum.js';
import { FieldSpan, isOldRow, RowCodec, RowFault, rowBytes } from '#silt/store/row.js';
import type { StoredPoint } from '#silt/store/store.js';
import fc, { runs } from '../support/properties.js';

/** Bit by bit. */
function naive(bytes: Uint8Array, before: number): number {
  let crc = ~before;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = (crc >>> 1) ^ (crc & 1 ? 0x82f63b78 : 0);
  }
  return ~crc >>> 0;
}

const ascii = (text: string): Uint8Array => new TextEncoder().encode(text);

test('the checksum is CRC-32C, in JavaScript and in native code, at every length and place', () => {
  expect(crc32c(ascii('123456789'), 0, 9, 0)).toBe(0xe3069283); // the check value of its definition
  const bytes = Uint8Array.from({ length: 700 }, (_, i) => (i * i * 31 + 7) % 251);
  for (let length = 0; length < 600; length += length < 40 ? 1 : 37) {
    for (const start of [0, 1, 5, 8]) {
      const expected = naive(bytes.subarray(start, start + length), 0xfedcba98);
      expect(crc32c(bytes, start, start + length, 0xfedcba98)).toBe(expected);
      expect(checksum(bytes, start, start + length, 0xfedcba98)).toBe(expected);
    }
  }
});

const codec = new RowCodec(checksum);
const parts = fc.record({
  collection: fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  row: fc.integer({ min: 1, max: Number.MAX_SAFE_INTEGER }),
  id: fc.uint8Array({ minLength: 2, maxLength: 60 }),
  payload: fc.uint8Array({ maxLength: 60 }),
  vector: fc
    .float32Array({ minLength: 1, maxLength: 40 })
    .map((v) => new Uint8Array(v.buffer, v.byteOffset, 4 * v.length)),
});

function partsOf({ id, payload, payloadIn }: StoredPoint): Pick<StoredPoint, 'id' | 'payload'> {
  const { bytes, start, end } = payloadIn;
  expect(bytes.subarray(start, end)).toEqual(payload);
  return { id, payload };
}

test('a row is read as it was written, under its own number alone', () => {
  fc.assert(
    fc.property(parts, ({ collection, row, id, payload, vector }) => {
      const fields = [new FieldSpan(0, vector)];
      const into = new Uint8Array(rowBytes(id, payload, fields)).fill(0xff);
      const value = codec.write(into, collection, row, id, payload, fields);
      expect(value.length).toBe(into.length);
      expect(isOldRow(value)).toBe(false);
      expect(partsOf(codec.point(value, collection, row))).toEqual({ id, payload });
      expect(codec.vector(value, collection, row)).toEqual(vector);
      for (const [otherCollection, other] of [
        [collection ^ 1, row],
        [collection, row + 1],
      ] as const) {
        expect(() => codec.point(value, otherCollection, other)).toThrow(RowFault);
        expect(() => codec.vector(value, otherCollection, other)).toThrow(RowFault);
      }
    }),
  );
});

const several = fc.record({
  id: fc.uint8Array({ minLength: 2, maxLength: 20 }),
  payload: fc.uint8Array({ maxLength: 20 }),
  values: fc.uniqueArray(
    fc.tuple(fc.integer({ min: 0, max: 70 }), fc.uint8Array({ maxLength: 5 }).map(fourTimes)),
    { maxLength: 6, selector: ([field]) => field },
  ),
});

/** Bytes of so many words. */
function fourTimes(bytes: Uint8Array): Uint8Array {
  return Uint8Array.from({ length: 4 * bytes.length }, (_, i) => bytes[i >> 2]! ^ i);
}

test('the values of several fields are read as they were written, and those without bytes are absent', () => {
  fc.assert(
    fc.property(several, ({ id, payload, values }) => {
      const fields = values.map(([field, bytes]) => new FieldSpan(field, bytes));
      const into = new Uint8Array(rowBytes(id, payload, fields)).fill(0xff);
      const value = codec.write(into, 3, 9, id, payload, fields);
      expect(partsOf(codec.point(value, 3, 9))).toEqual({ id, payload });
      for (let field = 0; field <= 71; field++) {
        const written = values.find(([number]) => number === field)?.[1];
        const expected = written && written.length > 0 ? written : undefined;
        expect(codec.field(value, 3, 9, field)).toEqual(expected);
      }
    }),
  );
});

test('what is damaged says which of its values', () => {
  const [id, payload] = [ascii('\u0002word'), Uint8Array.of(1)];
  const fields = [0, 7].map((field) => new FieldSpan(field, Uint8Array.of(1, 2, 3, field)));
  const value = codec.write(new Uint8Array(rowBytes(id, payload, fields)), 3, 7, id, payload, fields);
  value[value.length - 1]! ^= 1; // of the last one
  expect(() => codec.field(value, 3, 7, 7)).toThrow('the checksum of its value in field 7 does not match');
  value[value.length - 9]! ^= 1;
  value[value.length - 12]! ^= 1;
  expect(() => codec.field(value, 3, 7, 0)).toThrow('the checksum of its vector does not match');
});

test('a wrong bit never turns the value of a field into another, nor into none', () => {
  const [id, payload] = [ascii('\u0002word'), Uint8Array.of(1)];
  const values = [Uint8Array.of(1, 2, 3, 4), Uint8Array.of(5, 6, 7, 8, 9, 10, 11, 12)];
  const fields = values.map((bytes, i) => new FieldSpan(i + 1, bytes));
  const good = codec.write(new Uint8Array(rowBytes(id, payload, fields)), 3, 7, id, payload, fields);
  for (let bit = 0; bit < 8 * good.length; bit++) {
    const value = good.slice();
    value[bit >> 3]! ^= 1 << (bit & 7);
    for (const field of [0, 1, 2, 3]) {
      const read = tried(() => codec.field(value, 3, 7, field) ?? 'none');
      if (read !== undefined) expect(read, `bit ${bit}`).toEqual(values[field - 1] ?? 'none');
    }
  }
});

/** What a reading gives; undefined for a fault. Anything else it throws is an error. */
function tried<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof RowFault) return undefined;
    throw error;
  }
}

test('one or two wrong bits, or a cut, are noticed in whichever part they are, and the other part is read', () => {
  const id = ascii('\u0002word');
  const payload = Uint8Array.of(0, 0x81, 0xa1, 0x61, 1);
  const vector = new Uint8Array(Float32Array.of(1, -2.5, 3).buffer);
  const fields = [new FieldSpan(0, vector)];
  const good = codec.write(new Uint8Array(rowBytes(id, payload, fields)), 3, 7, id, payload, fields);
  const old = new RowCodec(checksum);
  old.oldRows = true; // while a database is upgraded, rows without checksums are believed: never these
  const flips = Array.from({ length: 8 * good.length }, (_, bit) => bit);
  for (const one of flips) {
    for (const two of [one, (one * 31 + 17) % flips.length]) {
      const value = good.slice();
      value[one >> 3]! ^= 1 << (one & 7);
      if (two !== one) value[two >> 3]! ^= 1 << (two & 7);
      for (const reader of [codec, old]) {
        const point = tried(() => reader.point(value, 3, 7));
        const components = tried(() => reader.vector(value, 3, 7));
        if (point) expect(partsOf(point)).toEqual({ id, payload });
        if (components) expect(components).toEqual(vector);
        expect(point && components).toBeUndefined();
        // What lies in the payload leaves the vector alone, and the other way round.
        const at = [one, two].map((bit) => bit >> 3);
        if (at.every((byte) => byte >= good.length - vector.length)) expect(point).toBeDefined();
        if (at.every((byte) => byte >= 22 && byte < good.length - vector.length))
          expect(components).toBeDefined();
      }
    }
  }
  for (let length = 0; length < good.length; length++)
    expect(tried(() => codec.vector(good.subarray(0, length), 3, 7))).toBeUndefined();
});

test('bytes of any kind are read as a row or refused as one, with rows of the older format or without', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 80 }), fc.boolean(), (value, oldRows) => {
      const reader = new RowCodec(checksum);
      reader.oldRows = oldRows;
      tried(() => reader.point(value, 1, 1));
      tried(() => reader.vector(value, 1, 1));
    }),
    { numRuns: runs(2_000) },
  );
});

test('a row without its value in one field is the row that was written without it', () => {
  const value = fc.uint8Array({ minLength: 1, maxLength: 40 });
  const fields = fc.uniqueArray(fc.tuple(fc.integer({ min: 0, max: 300 }), value), {
    maxLength: 6,
    selector: ([field]) => field,
  });
  fc.assert(
    fc.property(parts, fields, fc.nat(5), ({ collection, row, id, payload }, all, which) => {
      const written = (some: typeof all): Uint8Array => {
        const spans = some.map(([field, bytes]) => new FieldSpan(field, bytes));
        const into = new Uint8Array(rowBytes(id, payload, spans)).fill(0xff);
        return codec.write(into, collection, row, id, payload, spans);
      };
      const [gone = 500] = all[which] ?? [];
      const others = all.filter(([field]) => field !== gone);
      const found = codec.without(written(all), collection, row, gone);
      expect(found).toEqual(others.length < all.length ? written(others) : undefined);
    }),
    { numRuns: runs(300) },
  );
});
