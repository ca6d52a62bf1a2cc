/* Entries as bytes: what is written is read, and no damage passes for an entry. */
import { expect, test } from 'vitest';
import { crc32c } from '#silt/store/crc32c.js';
import { type Entry, EntryCodec, EntryFault, type PointsEntry, type ReadEntry } from '#silt/store/entry.js';
import fc, { runs } from '../support/properties.js';

const codec = new EntryCodec();

/** Bytes at an address that is a multiple of 8, behind `before` others. */
function joined(pieces: readonly Uint8Array[], before = 0): Uint8Array {
  const all = new Uint8Array(before + pieces.reduce((sum, { length }) => sum + length, 0));
  let at = before;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all.subarray(before);
}

function packed(parts: readonly Uint8Array[]): { bytes: Uint8Array; ends: Uint32Array } {
  let end = 0;
  return { bytes: joined(parts), ends: Uint32Array.from(parts, ({ length }) => (end += length)) };
}

const collection = fc.integer({ min: 0, max: 2 ** 32 - 1 });
const id = fc.uint8Array({ minLength: 2, maxLength: 40 });
const dimensions = fc.integer({ min: 1, max: 20 });

const puts = fc.tuple(dimensions, collection).chain(([dimension, number]) =>
  fc
    .array(
      fc.record({
        id,
        payload: fc.uint8Array({ maxLength: 50 }),
        vector: fc.float32Array({ minLength: dimension, maxLength: dimension }),
      }),
      { minLength: 1, maxLength: 9 },
    )
    .map((points): PointsEntry => {
      const ids = packed(points.map((point) => point.id));
      const payloads = packed(points.map(({ payload }) => payload));
      return {
        kind: 'put',
        collection: number,
        count: points.length,
        ids: ids.bytes,
        idEnds: ids.ends,
        payloads: payloads.bytes,
        payloadEnds: payloads.ends,
        vectors: Float32Array.from(points.flatMap(({ vector }) => [...vector])),
      };
    }),
);

const removals = fc
  .record({ collection, keys: fc.array(id, { minLength: 1, maxLength: 9 }), expected: fc.boolean() })
  .map(({ collection: number, keys, expected }): PointsEntry => {
    const ids = packed(keys);
    return {
      kind: 'remove',
      collection: number,
      count: keys.length,
      ids: ids.bytes,
      idEnds: ids.ends,
      payloads: new Uint8Array(0),
      payloadEnds: new Uint32Array(0),
      vectors: new Float32Array(0),
      ...(expected && { expected: Float64Array.from(keys, (_, i) => i * 2 ** 33) }),
    };
  });

const patches = fc.tuple(removals, fc.uint8Array({ minLength: 1, maxLength: 50 })).map(
  ([entry, payloads]): PointsEntry => ({
    ...entry,
    kind: 'patch',
    payloads,
    payloadEnds: Uint32Array.of(payloads.length),
  }),
);

const records = fc
  .array(fc.tuple(fc.string(), fc.option(fc.jsonValue(), { nil: undefined })))
  .map((pairs): Entry => {
    const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value)); // JSON has one zero
    return {
      kind: 'records',
      records: pairs.map(([key, value]) => [key, value === undefined ? value : plain(value)]),
    };
  });

const entries: fc.Arbitrary<Entry> = fc.oneof(puts, removals, patches, records);

test('an entry is read as it was written, wherever its bytes lie', () => {
  fc.assert(
    fc.property(entries, fc.boolean(), fc.integer({ min: 0, max: 9 }), (entry, more, before) => {
      const bytes = joined(codec.encode(entry, more), before);
      expect(bytes.length % 8).toBe(0);
      expect(codec.decode(bytes)).toEqual({ entry, end: bytes.length, more });
    }),
  );
});

test('entries one after another are told apart, and so are commits', () => {
  fc.assert(
    fc.property(fc.array(entries, { minLength: 1, maxLength: 5 }), (written) => {
      const bytes = joined(written.flatMap((entry, i) => codec.encode(entry, i < written.length - 1)));
      const read: ReadEntry[] = [];
      for (let at = 0; at < bytes.length; at = read.at(-1)!.end) read.push(codec.decode(bytes, at));
      expect(read.map(({ entry }) => entry)).toEqual(written);
      expect(read.map(({ more }) => more)).toEqual(written.map((_, i) => i < written.length - 1));
    }),
  );
});

test('vectors and ids are views of the bytes, not copies, in both directions', () => {
  const entry = fc.sample(puts, { numRuns: 1, seed: 7 })[0]!;
  const pieces = codec.encode(entry);
  expect(pieces.some(({ buffer }) => buffer === entry.vectors.buffer)).toBe(true);
  expect(pieces).toContain(entry.ids);
  const bytes = joined(pieces);
  const read = codec.decode(bytes).entry as PointsEntry;
  for (const view of [read.ids, read.idEnds, read.payloads, read.payloadEnds, read.vectors])
    expect(view.buffer).toBe(bytes.buffer);
});

function faultOf(bytes: Uint8Array): EntryFault {
  try {
    codec.decode(bytes);
  } catch (error) {
    if (error instanceof EntryFault) return error;
    throw error;
  }
  throw new Error('it was read');
}

test('an entry that is cut short anywhere says so, and names how much is missing', () => {
  fc.assert(
    fc.property(entries, fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (entry, share) => {
      const bytes = joined(codec.encode(entry));
      expect(faultOf(bytes.subarray(0, Math.floor(share * bytes.length))).kind).toBe('short');
    }),
  );
});

test('no changed byte passes, and a changed length is not taken for a cut', () => {
  fc.assert(
    fc.property(entries, fc.nat(), fc.integer({ min: 1, max: 255 }), (entry, place, change) => {
      const bytes = joined(codec.encode(entry));
      bytes[place % bytes.length]! ^= change;
      expect(faultOf(bytes).kind).toBe('damaged');
    }),
  );
});

/** Changes a value of the head and of the rest, and makes the checksums right again. */
function forged(entry: Entry, change: (view: DataView) => void): Uint8Array {
  const bytes = joined(codec.encode(entry));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  change(view);
  view.setUint32(24, crc32c(bytes, 32, bytes.length, 0), true);
  view.setUint32(28, crc32c(bytes, 0, 28, 0), true);
  return bytes;
}

test('an entry of a later version, of an unknown kind, flag or section is rejected as unknown', () => {
  const entry = fc.sample(puts, { numRuns: 1, seed: 7 })[0]!;
  for (const [at, value] of [
    [4, 2],
    [6, 9],
    [22, 4],
    [32, 99],
    [34, 1],
  ] as const) {
    const fault = faultOf(forged(entry, (view) => view.setUint16(at, value, true)));
    expect(fault.kind, `byte ${at}`).toBe('unknown');
    expect(fault.message).toMatch(/^the entry at byte 0 .*(version 2|does not know)/);
  }
});

test('values of a field come with their ends, beside no other vectors, in a field that rows can number', () => {
  const plain = fc.sample(puts, { numRuns: 1, seed: 7 })[0]!;
  const fields = [{ field: 3, bytes: new Uint8Array(0), ends: new Uint32Array(plain.count) }];
  const entry = { ...plain, vectors: new Float32Array(0), fields };
  expect(codec.decode(joined(codec.encode(entry))).entry).toEqual(entry);
  expect(faultOf(joined(codec.encode({ ...plain, fields }))).message).toMatch(/vectors beside/);
  const last = [{ ...fields[0]!, field: 65_535 }];
  expect(faultOf(joined(codec.encode({ ...entry, fields: last }))).message).toMatch(/field 65535, at most/);
  // Sections 5 and 6 behind the head are the values and the ends: one of them is said to be of another field.
  for (const section of [5, 6]) {
    const fault = faultOf(forged(entry, (view) => view.setUint16(32 + 8 * section + 2, 4, true)));
    expect(fault.message).toMatch(/values of field \d without their ends, or ends without values/);
  }
});

test('whatever the bytes are, reading them gives an entry or an EntryFault', () => {
  fc.assert(
    fc.property(
      entries,
      fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), { minLength: 1, maxLength: 6 }),
      (entry, changes) => {
        const bytes = forged(entry, (view) => {
          for (const [place, value] of changes) view.setUint8(4 + (place % (view.byteLength - 4)), value);
        });
        try {
          const read = codec.decode(bytes);
          // A number of JSON that is too large is read as infinity, and has no form to be written in.
          if (read.entry.kind !== 'records')
            expect(codec.decode(joined(codec.encode(read.entry))).entry).toEqual(read.entry);
        } catch (error) {
          expect(error).toBeInstanceOf(EntryFault);
        }
      },
    ),
    { numRuns: runs(3_000) },
  );
});
