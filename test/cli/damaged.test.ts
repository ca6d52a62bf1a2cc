/* Files of Arrow and Parquet that are damaged, by accident or on purpose: an error that names the file, and neither memory nor time without end. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import {
  Bool,
  Dictionary,
  Field,
  FixedSizeList,
  Float32,
  Float64,
  Int32,
  List,
  Null,
  Struct,
  Table,
  TimestampMillisecond,
  tableToIPC,
  Utf8,
  vectorFromArray,
} from 'apache-arrow';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { arrowRows } from '#silt/cli/formats/arrow.js';
import { parquetRows } from '#silt/cli/formats/parquet.js';
import { CommandError } from '#silt/cli/frame/exits.js';
import { pointOf } from '#silt/cli/import/mapping.js';
import { withFolder } from '../support/files.js';
import fc, { runs } from '../support/properties.js';

const KINDS = ['file', 'stream'] as const;
/** Of files as small as these. */
const ROWS_MOST = 100_000;

/** What each row says of the columns. @throws Error for more rows than these files can have */
async function read(file: string): Promise<unknown[]> {
  const all: unknown[] = [];
  for await (const { columns } of arrowRows(file)) {
    if (all.push(columns) > ROWS_MOST) throw new Error(`it does not end after ${ROWS_MOST} rows`);
  }
  return all;
}

/** Rows, or the error that a file must end with. */
async function outcome(file: string): Promise<unknown[] | CommandError> {
  try {
    return await read(file);
  } catch (error) {
    expect(error).toBeInstanceOf(CommandError);
    expect((error as Error).message).toContain(`${file} cannot be read as Arrow: `);
    return error as CommandError;
  }
}

const item = (type: Float32 | Float64): Field => new Field('item', type, false);

/** Columns of all the kinds that lay out their bytes in ways of their own. */
function table(): Table {
  return new Table({
    id: vectorFromArray(['a', 'b', null, 'd'], new Utf8()),
    vector: vectorFromArray(
      [
        [1, 2],
        [3, 4],
        [5, 6],
        [7, 8],
      ],
      new FixedSizeList(2, item(new Float32())),
    ),
    tags: vectorFromArray([[1], [], [2, 3], null], new List(item(new Float64()))),
    lang: vectorFromArray(['en', 'de', 'en', 'en'], new Dictionary(new Utf8(), new Int32())),
    good: vectorFromArray([true, false, null, true], new Bool()),
    when: vectorFromArray([0, 1e12, null, 5], new TimestampMillisecond()),
    more: vectorFromArray(
      [{ n: 1 }, { n: 2 }, null, { n: 4 }],
      new Struct([new Field('n', new Int32(), true)]),
    ),
  });
}

test.each(KINDS)('%s: whole, it is read; cut short anywhere, it is an error or has the rows before', (kind) =>
  withFolder(async (folder) => {
    const file = join(folder, 'a.arrow');
    const whole = tableToIPC(table(), kind);
    await writeFile(file, whole);
    const rows = (await read(file)) as Record<string, unknown>[];
    expect(rows).toHaveLength(4);
    expect(rows[1]).toMatchObject({
      id: 'b',
      tags: Float64Array.of(),
      lang: 'de',
      good: false,
      more: { n: 2 },
    });
    expect([rows[0]!['vector'], rows[2]!['when'], rows[1]!['when']]).toEqual([
      Float32Array.of(1, 2),
      null,
      new Date(1e12),
    ]);
    for (let length = 0; length < whole.length; length += 37) {
      await writeFile(file, whole.subarray(0, length));
      const found = await outcome(file);
      if (kind === 'file') expect(found).toBeInstanceOf(CommandError);
      else if (Array.isArray(found)) expect(found.length).toBeLessThanOrEqual(4);
    }
  }),
);

/** The same bytes, each time with another place that has this integer of 64 bits changed to another. */
function* changed(bytes: Uint8Array, from: bigint, to: bigint): Iterable<Buffer> {
  const search = Buffer.alloc(8);
  search.writeBigInt64LE(from);
  const whole = Buffer.from(bytes);
  for (let at = whole.indexOf(search); at >= 0; at = whole.indexOf(search, at + 1)) {
    const copy = Buffer.from(whole);
    copy.writeBigInt64LE(to, at);
    yield copy;
  }
}

test.each(KINDS)('%s: more rows than there are bytes of, or fewer than none, are an error', (kind) =>
  withFolder(async (folder) => {
    const file = join(folder, 'a.arrow');
    const rows = 1_237; // occurs as a length alone
    const given = {
      flags: vectorFromArray(Array(rows).fill(true), new Bool()),
      words: vectorFromArray(Array(rows).fill('x'), new Utf8()),
      nothing: vectorFromArray(Array(rows).fill(null), new Null()),
    };
    for (const [name, column] of Object.entries(given))
      for (const length of [2n ** 40n, 2n ** 31n, -1n]) {
        let places = 0;
        for (const bytes of changed(tableToIPC(new Table({ [name]: column }), kind), BigInt(rows), length)) {
          places++;
          await writeFile(file, bytes);
          const found = await outcome(file);
          if (Array.isArray(found)) expect(found.length, name).toBeLessThanOrEqual(rows);
        }
        expect(places, name).toBeGreaterThan(0);
      }
  }),
);

const WORDS = [0, 1, 2, 8, 255, 4_096, 2 ** 24, 2 ** 28, 2 ** 31 - 1, 2 ** 31, 2 ** 32 - 4, 2 ** 32 - 1];
const harm = fc.array(fc.tuple(fc.nat(), fc.oneof(fc.constantFrom(...WORDS), fc.nat(300))), {
  minLength: 1,
  maxLength: 3,
});

test('whatever bytes are changed, it is rows or an error that names the file', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'a.arrow');
    const whole = KINDS.map((kind) => Buffer.from(tableToIPC(table(), kind)));
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...whole), harm, async (bytes, changes) => {
        const damaged = Buffer.from(bytes);
        for (const [place, word] of changes) damaged.writeUInt32LE(word, 4 * (place % (bytes.length >> 2)));
        await writeFile(file, damaged);
        if (!Array.isArray(await outcome(file))) refused++;
      }),
      { numRuns: runs(400) },
    );
    expect(refused).toBeGreaterThan(20);
  }));

test('a time that no date has makes its row one that cannot be taken', () => {
  const mapping = { id: null, vector: null, payload: null };
  const row = { at: 1, bytes: 0, columns: { when: new Date(Number.NaN) } };
  expect(pointOf(mapping, row, 0, 'typed')).toEqual({ why: 'it has a time that is out of range' });
});

test('Parquet with any bytes changed is rows, or an error that names the file', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'a.parquet');
    const columnData = [
      { name: 'id', data: ['a', 'b', 'c'], type: 'STRING' as const },
      { name: 'n', data: [1n, 2n, 3n], type: 'INT64' as const },
      { name: 'vector', data: [[1, 2], [3], []], type: 'JSON' as const },
    ];
    const whole = Buffer.from(parquetWriteBuffer({ columnData }));
    const change = fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { minLength: 1, maxLength: 3 });
    let refused = 0;
    await fc.assert(
      fc.asyncProperty(change, async (changes) => {
        const damaged = Buffer.from(whole);
        for (const [at, byte] of changes) damaged[at] = byte;
        await writeFile(file, damaged);
        let rows = 0;
        try {
          for await (const _ of parquetRows(file)) if (++rows > 10_000) throw new Error('it does not end');
        } catch (error) {
          expect(error).toBeInstanceOf(CommandError);
          expect((error as Error).message).toContain(`${file} cannot be read as Parquet`);
          refused++;
        }
      }),
      { numRuns: runs(400) },
    );
    expect(refused).toBeGreaterThan(20);
  }));
