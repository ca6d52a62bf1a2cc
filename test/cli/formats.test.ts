/* Formats that are read here byte by byte: what is written is read, and no bytes end a reader but by an error that says so. */
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { parquetWriteBuffer } from 'hyparquet-writer';
import { expect, test } from 'vitest';
import { npyRows } from '#silt/cli/formats/npy.js';
import { rowsOf } from '#silt/cli/formats/read.js';
import { type FileRow, formatOf, valuesOf } from '#silt/cli/formats/records.js';
import { fvecsOf, vecsRows } from '#silt/cli/formats/vecs.js';
import { CommandError } from '#silt/cli/frame/exits.js';
import { mappingOf, pointOf } from '#silt/cli/import/mapping.js';
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
          [fvecs]: Buffer.concat(vectors.map(fvecsOf)),
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
