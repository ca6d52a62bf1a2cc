/* Formats that are read here byte by byte: what is written is read, and no bytes end a reader but by an error that says so. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deflateRawSync } from 'node:zlib';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { Columns } from '#silt/cli/formats/columns.js';
import { npyRows } from '#silt/cli/formats/npy.js';
import { rowsOf } from '#silt/cli/formats/read.js';
import { type FileRow, type Format, formatOf, valuesOf } from '#silt/cli/formats/records.js';
import { vecsOf, vecsRows } from '#silt/cli/formats/vecs.js';
import { writerOf } from '#silt/cli/formats/writers.js';
import { CommandError } from '#silt/cli/frame/exits.js';
import { mappingOf, pointOf } from '#silt/cli/import/mapping.js';
import type { StoredPoint } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import fc, { runs } from '../support/properties.js';

async function vectorsOf(rows: AsyncIterable<FileRow>): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const { columns } of rows) all.push(columns!['vector']);
  return all;
}

const HEADER = "{'descr': '<f8', 'fortran_order': False, 'shape': (ROWS, WIDTH), }";

function npyOf(vectors: readonly Float64Array[]): Buffer {
  const text = HEADER.replace('ROWS', String(vectors.length)).replace('WIDTH', String(vectors[0]!.length));
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, Buffer.from(text), ...vectors.map(({ buffer }) => Buffer.from(buffer))]);
}

const dimension = fc.integer({ min: 1, max: 5 });
const floats = dimension.chain((length) =>
  fc.array(fc.float32Array({ minLength: length, maxLength: length }), { minLength: 1, maxLength: 6 }),
);

/** A change of a byte, an end that comes early, or bytes behind it. */
const damage = fc.record({ at: fc.nat(200), byte: fc.nat(255), cut: fc.boolean(), more: fc.nat(3) });

test('fvecs and npy are read as they were written, and damaged ones give rows or an error that names the file', () =>
  withFolder(async (folder) => {
    const [fvecs, npy] = [join(folder, 'a.fvecs'), join(folder, 'a.npy')];
    const read = {
      [fvecs]: (): unknown => vectorsOf(vecsRows(fvecs, 'fvecs')),
      [npy]: (): unknown => vectorsOf(npyRows(npy)),
    };
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(floats, damage, async (vectors, { at, byte, cut, more }) => {
        const whole = {
          [fvecs]: Buffer.concat(vectors.map((vector) => vecsOf('fvecs', vector))),
          [npy]: npyOf(vectors.map((vector) => Float64Array.from(vector))),
        };
        for (const [file, bytes] of Object.entries(whole)) {
          await writeFile(file, bytes);
          expect(await read[file]!()).toEqual(vectors.map((vector) => Array.from(vector)));
          const place = at % bytes.length;
          const damaged = cut ? bytes.subarray(0, place) : Buffer.concat([bytes, Buffer.alloc(more, byte)]);
          if (!cut) damaged[place] = byte;
          await writeFile(file, damaged);
          try {
            expect(await read[file]!()).toBeInstanceOf(Array);
          } catch (error) {
            expect(error).toBeInstanceOf(CommandError);
            expect((error as Error).message).toContain(file);
            refused++;
          }
        }
      }),
      { numRuns: runs(300) },
    );
    expect(refused).toBeGreaterThan(10);
  }));

/** The points of a file, as they are written to a collection. */
async function pointsOf(file: string): Promise<{ id: unknown; vector?: unknown; payload?: unknown }[]> {
  const format = formatOf(file, undefined);
  const points = [];
  for await (const row of await rowsOf(file, format)) {
    const made = pointOf(mappingOf(row.columns!, {}), row, points.length, valuesOf(format));
    if (!('point' in made)) throw new Error(made.why);
    points.push(made.point);
  }
  return points;
}

test('CSV, npy, bvecs and Parquet give the same points', () =>
  withFolder(async (folder) => {
    const vectors = [
      [1, 2, 3],
      [4, 5, 6],
    ];
    const columns = [
      { name: 'uuid', data: ['x', 'y'], type: 'STRING' as const },
      { name: 'emb', data: vectors, type: 'JSON' as const },
      { name: 'big', data: [1n, 2n], type: 'INT64' as const },
      { name: 'n', data: [null, 0.5], type: 'DOUBLE' as const },
    ];
    const files = {
      'a.csv': 'title;n;vector\n"a;\nb";7;"[1, 2, 3]"\nc;;"4 5 6"\n',
      'b.npy': npyOf(vectors.map((vector) => Float64Array.from(vector))),
      'c.bvecs': Uint8Array.from([3, 0, 0, 0, 1, 2, 3, 3, 0, 0, 0, 4, 5, 6]),
      'd.parquet': new Uint8Array(parquetWriteBuffer({ columnData: columns })),
    };
    const all = [];
    for (const [name, bytes] of Object.entries(files)) {
      await writeFile(join(folder, name), bytes);
      all.push(await pointsOf(join(folder, name)));
    }
    expect(all.map((points) => points.map(({ vector }) => vector))).toEqual(Array(4).fill(vectors));
    const [csv, npy, bvecs, parquet] = all;
    expect(csv).toMatchObject([
      { id: 0, payload: { title: 'a;\nb', n: 7 } },
      { id: 1, payload: { title: 'c' } },
    ]);
    expect([npy!, bvecs!].flat().map(({ id }) => id)).toEqual([0, 1, 0, 1]);
    expect(parquet).toEqual([
      { id: 'x', vector: vectors[0], payload: { big: 1 } },
      { id: 'y', vector: vectors[1], payload: { big: 2, n: 0.5 } },
    ]);
  }));

/** A zip archive of files, each stored or deflated. */
function zipOf(files: Readonly<Record<string, Buffer>>, deflated: boolean): Buffer {
  const [parts, central]: [Buffer[], Buffer[]] = [[], []];
  let at = 0;
  for (const [name, bytes] of Object.entries(files)) {
    const packed = deflated ? deflateRawSync(bytes) : bytes;
    const head = Buffer.alloc(26);
    head.writeUInt16LE(20, 0); // version that is needed
    head.writeUInt16LE(deflated ? 8 : 0, 4);
    head.writeUInt32LE(packed.length, 14);
    head.writeUInt32LE(bytes.length, 18);
    head.writeUInt16LE(name.length, 22);
    const [begin, more] = [Buffer.from('PK\x03\x04'), Buffer.alloc(14)];
    more.writeUInt32LE(at, 10);
    const local = Buffer.concat([begin, head, Buffer.from(name), packed]);
    central.push(Buffer.from('PK\x01\x02\x14\x00'), head, more, Buffer.from(name));
    parts.push(local);
    at += local.length;
  }
  const directory = Buffer.concat(central);
  const end = Buffer.alloc(22);
  end.write('PK\x05\x06');
  end.writeUInt16LE(Object.keys(files).length, 8);
  end.writeUInt16LE(Object.keys(files).length, 10);
  end.writeUInt32LE(directory.length, 12);
  end.writeUInt32LE(at, 16);
  return Buffer.concat([...parts, directory, end]);
}

/** An npy file of a list. */
function listOf(kind: string, rows: number, bytes: Buffer): Buffer {
  const text = `{'descr': '${kind}', 'fortran_order': False, 'shape': (${rows},), }`;
  const start = Buffer.from('\x93NUMPY\x01\x00\x00\x00', 'latin1');
  start.writeUInt16LE(text.length, 8);
  return Buffer.concat([start, Buffer.from(text), bytes]);
}

test('npz: arrays of one length are columns, others are left out; damaged ones give an error that names the file', () =>
  withFolder(async (folder) => {
    const big = 2n ** 63n + 1n;
    const ids = Buffer.alloc(16);
    ids.writeBigUInt64LE(7n);
    ids.writeBigUInt64LE(big, 8);
    const vectors = [Float64Array.of(1, 2, 3), Float64Array.of(4, 5, 6)];
    const files = {
      'ids.npy': listOf('<u8', 2, ids),
      'vectors.npy': npyOf(vectors),
      'title.npy': listOf('<U2', 2, Buffer.from('a\0\0\0\0\0\0\0ä\0\0\0b\0\0\0', 'latin1')),
      'good.npy': listOf('|b1', 2, Buffer.of(1, 0)),
      'train.npy': listOf('|u1', 5, Buffer.alloc(5)),
      'readme.txt': Buffer.from('not an array'),
    };
    const points = [
      { id: 7, vector: [1, 2, 3], payload: { title: 'a', good: true } },
      { id: big, vector: [4, 5, 6], payload: { title: 'äb', good: false } },
    ];
    const file = join(folder, 'a.npz');
    for (const deflated of [false, true]) {
      const whole = zipOf(files, deflated);
      await writeFile(file, whole);
      expect(await pointsOf(file)).toEqual(points);
      for (const cut of [whole.length - 3, 30, 0]) {
        await writeFile(file, whole.subarray(0, cut));
        await expect(pointsOf(file)).rejects.toThrow(file);
      }
    }
  }));

const id = fc.oneof(fc.maxSafeNat(), fc.bigInt({ min: 0n, max: 2n ** 64n - 1n }));
const ids = fc.oneof(
  fc.uniqueArray(id, { minLength: 1, maxLength: 6, selector: BigInt }),
  fc.uniqueArray(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 6 }),
  fc.uniqueArray(fc.oneof(fc.nat(), fc.string({ minLength: 1 })), { minLength: 1, maxLength: 6 }),
);
const scalar = fc.oneof(
  fc.string(),
  fc.boolean(),
  fc.integer(),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);
const column = fc.oneof(
  fc.string(),
  fc.integer(),
  fc.boolean(),
  fc.constant(null),
  fc.jsonValue({ maxDepth: 2 }),
  scalar,
);
const payload = fc.dictionary(fc.constantFrom('a', 'b', 'c d', 'ä', 'uuid'), column, {
  noNullPrototype: true,
});
const stored = fc.tuple(ids, fc.integer({ min: 1, max: 4 })).chain(([all, length]) =>
  fc.tuple(
    ...all.map((one) =>
      fc.record({
        id: fc.constant(one),
        vector: fc.float32Array({
          minLength: length,
          maxLength: length,
          noNaN: true,
          noDefaultInfinity: true,
        }),
        payload: fc.option(payload, { nil: undefined }),
      }),
    ),
  ),
);

/** As it comes back: without members that are null. -0 in JSON is 0. */
function returned(point: StoredPoint): object {
  const members = Object.entries((point.payload ?? {}) as object).filter(([, value]) => value !== null);
  const kept = JSON.parse(JSON.stringify(Object.fromEntries(members)));
  return {
    id: typeof point.id === 'string' ? point.id : BigInt(point.id),
    vector: Array.from(point.vector as Float32Array, (one) => one + 0),
    ...(members.length > 0 && { payload: kept }),
  };
}

test.each(['parquet', 'arrow'] as const)('%s: what is exported is imported again', (format: Format) =>
  withFolder(async (folder) => {
    const file = join(folder, `a.${format}`);
    await fc.assert(
      fc.asyncProperty(stored, async (points) => {
        const columns = new Columns();
        for (const point of points) columns.see(point as StoredPoint);
        const dimension = points[0]!.vector.length;
        const writer = await writerOf(format, { columns, withVector: true, dimension, description: '{}' });
        const parts = [writer.begin?.(points.length) ?? ''];
        for (const point of points) parts.push(writer.row(point as StoredPoint));
        parts.push(writer.end!());
        await writeFile(file, Buffer.concat(parts.map((part) => Buffer.from(part as Buffer))));
        const read = [];
        for await (const row of await rowsOf(file, format)) {
          const mapping = { id: 'id', vector: 'vector', payload: null };
          const made = pointOf(mapping, row, read.length, valuesOf(format));
          if (!('point' in made)) throw new Error(made.why);
          read.push(made.point);
        }
        expect(read.map((point) => returned(point as StoredPoint))).toEqual(
          points.map((point) => returned(point as StoredPoint)),
        );
      }),
      { numRuns: runs(300) },
    );
  }),
);

/** Writes points as an export does. */
async function exported(file: string, points: readonly object[], dimension: number): Promise<void> {
  const format = formatOf(file, undefined);
  const writer = await writerOf(format, {
    columns: new Columns(),
    withVector: true,
    dimension,
    description: '{}',
  });
  const parts = [writer.begin?.(points.length) ?? ''];
  for (const point of points) parts.push(writer.row(point as StoredPoint));
  parts.push(writer.end?.() ?? '');
  await writeFile(file, Buffer.concat(parts.map((part) => Buffer.from(part as Buffer))));
}

test('bvecs and ivecs have integers alone, and come back as they were', () =>
  withFolder(async (folder) => {
    const vectors = [Float32Array.of(0, 255, 7), Float32Array.of(1, 2, 3)];
    const points = vectors.map((vector, id) => ({ id, vector }));
    for (const name of ['a.bvecs', 'a.ivecs']) {
      await exported(join(folder, name), points, 3);
      expect((await pointsOf(join(folder, name))).map(({ vector }) => vector)).toEqual(
        vectors.map((one) => [...one]),
      );
    }
    for (const [name, value] of [
      ['a.bvecs', 256],
      ['a.bvecs', -1],
      ['a.bvecs', 0.5],
      ['a.ivecs', 2 ** 31],
    ] as const)
      await expect(
        exported(join(folder, name), [{ id: 1, vector: Float32Array.of(value) }], 1),
      ).rejects.toThrow(/has integers from .* export to fvecs/);
  }));

test('npz: ids and vectors come back as they were, and what it has no column for is refused', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'a.npz');
    await fc.assert(
      fc.asyncProperty(stored, async (points) => {
        const words = points.filter(({ id }) => typeof id === 'string');
        const mixed = words.length > 0 && words.length < points.length;
        const cut = words.some(({ id }) => (id as string).endsWith('\0'));
        const written = exported(file, points, points[0]!.vector.length);
        if (mixed || cut) {
          await expect(written).rejects.toThrow('export to jsonl');
          return;
        }
        await written;
        expect((await pointsOf(file)).map((point) => returned(point as StoredPoint))).toEqual(
          points.map(({ id, vector }) => returned({ id, vector } as unknown as StoredPoint)),
        );
      }),
      { numRuns: runs(200) },
    );
  }));

test('what is no Arrow, or not whole, is an error that names the file', () =>
  withFolder(async (folder) => {
    const columns = new Columns();
    const point = { id: 1, vector: Float32Array.of(1, 2) } as unknown as StoredPoint;
    columns.see(point);
    const writer = await writerOf('arrow', { columns, withVector: true, dimension: 2, description: '{}' });
    writer.row(point);
    const whole = Buffer.from(writer.end!() as Buffer);
    const file = join(folder, 'a.arrow');
    const noise = Buffer.from(Array.from({ length: 100 }, (_, i) => (37 * i + 200) & 255));
    for (const bytes of [noise, whole.subarray(0, -1), whole.subarray(0, 100), Buffer.alloc(0)]) {
      await writeFile(file, bytes);
      await expect(pointsOf(file)).rejects.toThrow(`${file} cannot be read as Arrow`);
    }
    await writeFile(file, whole);
    expect(await pointsOf(file)).toMatchObject([{ vector: Float32Array.of(1, 2) }]);
  }));

test('points whose ids or members have no column of one type are refused for Parquet', async () => {
  const refused = (points: object[]): Promise<unknown> => {
    const columns = new Columns();
    for (const point of points) columns.see(point as StoredPoint);
    return writerOf('parquet', { columns, withVector: true, dimension: 1, description: '{}' });
  };
  await expect(refused([{ id: 'a' }, { id: 2n ** 60n }])).rejects.toThrow('Export to jsonl');
  await expect(refused([{ id: 1, payload: { id: 2 } }])).rejects.toThrow('member "id"');
  await expect(
    refused([
      { id: 1, payload: { n: 2n ** 60n } },
      { id: 2, payload: { n: 'x' } },
    ]),
  ).rejects.toThrow('"n"');
});

test('what text formats cannot tell is an error that says so, and nothing is lost in silence', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'a.csv');
    const readAs = async (format: 'csv' | 'jsonl', bytes: string | Uint8Array) => {
      await writeFile(file, bytes);
      const all: FileRow[] = [];
      for await (const row of await rowsOf(file, format)) all.push(row);
      return all;
    };
    const latin = Buffer.from('id,x\n1,caf\xe9\n', 'latin1');
    await expect(readAs('csv', latin)).rejects.toThrow(/a\.csv is not UTF-8 \(behind byte 0\)/);
    await expect(readAs('jsonl', latin)).rejects.toThrow(CommandError);
    await expect(readAs('csv', Buffer.from('id\n\xc3', 'latin1'))).rejects.toThrow(/UTF-8/);
    await expect(readAs('csv', 'id,a,a\n1,2,3\n')).rejects.toThrow('two columns are called "a"');
    await expect(readAs('csv', 'id,__proto__\n1,2\n')).rejects.toThrow('no column can be called');
    const [utf16] = await readAs('csv', Buffer.from('\ufeffid,x\n1,caf\xe9\n', 'utf16le'));
    expect(utf16!.columns).toEqual({ id: '1', x: 'caf\xe9' });
    // Chunks of the file end within characters.
    const wide = Array.from({ length: 30_000 }, (_, i) => `{"id":${i},"x":"\u{1f600}\u20ac"}`).join('\n');
    const rows = await readAs('jsonl', wide);
    expect(rows.every(({ columns }) => columns?.['x'] === '\u{1f600}\u20ac')).toBe(true);
    expect(rows).toHaveLength(30_000);
  }));

test('an id in quotes is a string of JSON, or its row cannot be taken', () => {
  const mapping = { id: 'id', vector: null, payload: null };
  const made = (columns: object) => pointOf(mapping, { at: 1, bytes: 0, columns: { ...columns } }, 0, 'text');
  expect(made({ id: '"7"' })).toEqual({ point: { id: '7' } });
  expect(made({ id: '"bad\\q"', x: '1' })).toEqual({
    why: 'its column "id" is "bad\\q", in quotes, and not a string of JSON',
  });
  const typed = JSON.parse('{"id":1,"__proto__":{"a":2}}') as object;
  const made2 = pointOf(mapping, { at: 1, bytes: 0, columns: typed as Record<string, unknown> }, 0, 'typed');
  expect(JSON.stringify(made2)).toBe('{"point":{"id":1,"payload":{"__proto__":{"a":2}}}}');
});
