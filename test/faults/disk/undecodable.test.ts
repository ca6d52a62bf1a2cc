/*
 * T17: rows that no checksum can find out: payloads that do not decode though their bytes are those that were written,
 * and rows of format 1, which has no checksums, while they are rewritten.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import { checksum } from '#silt/store/lmdb/checksum.js';
import { STORE_VERSION } from '#silt/store/lmdb/identity.js';
import { FieldSpan, RowCodec, rowBytes } from '#silt/store/row.js';
import { errorOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { formatOf, toFormat1 } from '../../support/formats.js';
import { alterRows } from '../../support/tables.js';

const COUNT = 30;
const CONFIG = { dimension: 4, metric: 'euclidean', indexing: { threads: 1, paused: true } } as const;
const pointOf = (i: number) => ({ id: `p${i}`, vector: [i, 1, -i, 2], payload: { n: i } });

async function make(path: string, indexed: boolean): Promise<void> {
  const db = await open(path);
  const points = await db.createCollection('points', CONFIG);
  if (indexed) await points.createPayloadIndex('n', 'integer');
  await points.upsert(Array.from({ length: COUNT }, (_, i) => pointOf(i)));
  await points.buildNow();
  await db.close();
}

/** All points but those in the damaged rows are there, whole and found; a damaged one is named by an error. */
async function expectOthers(points: Collection, damaged: ReadonlySet<number>): Promise<void> {
  for (let i = 0; i < COUNT; i++) {
    const { id, vector, payload } = pointOf(i);
    if (damaged.has(i + 1))
      expect(await errorOf(() => points.get(id)), id).toMatchObject({ code: 'ROW_UNREADABLE', id });
    else {
      expect(await points.get(id)).toEqual({ id, vector: Float32Array.from(vector), payload });
      expect(await points.search(vector, { k: 1, exact: true })).toMatchObject([{ id, score: 0 }]);
    }
  }
  expect(await points.count({ filter: { must: { key: 'n', range: { gte: 0 } } } })).toBe(
    COUNT - damaged.size,
  );
  const report = await points.verify();
  expect(report).toMatchObject({ ok: false, unreadable: damaged.size, missingRows: 0, extraRows: 0 });
  expect(new Set(report.unreadableRows.map(({ row }) => row))).toEqual(damaged);
}

test.each([
  ['cut short', Buffer.from('{"n":')],
  ['of other bytes', Buffer.from([0xc1, 0xff, 0])],
  ['that is a list', Buffer.from('[1]')],
])('a payload %s, of the right checksum, is named: by making an index and at every opening', (_, payload) =>
  withFolder(async (folder) => {
    for (const indexed of [false, true]) {
      const path = join(folder, `db-${indexed}`);
      await make(path, indexed);
      const codec = new RowCodec(checksum);
      await alterRows(path, (value, row, collection) => {
        if (row !== 8) return value;
        const { id } = codec.point(value, collection, row);
        const fields = [new FieldSpan(0, codec.vector(value, collection, row))];
        const into = Buffer.alloc(rowBytes(id, payload, fields));
        return codec.write(into, collection, row, id, payload, fields);
      });
      for (let openings = 0; openings < 2; openings++) {
        rmSync(join(path, 'snapshots'), { recursive: true });
        const db = await open(path);
        const points = db.collection('points');
        if (!indexed && openings === 0) await points.createPayloadIndex('n', 'integer');
        await expectOthers(points, new Set([8]));
        await db.close();
      }
    }
  }),
);

test('garbage among rows of format 1 ends no upgrade: the others are rewritten, it is listed', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    await make(path, true);
    await toFormat1(path);
    const lengths = (id: number, payload: number): Buffer => {
      const bytes = Buffer.alloc(40, 7);
      bytes.writeUInt16LE(id, 0);
      bytes.writeUInt32LE(payload, 2);
      return bytes;
    };
    const shapes: Record<number, (value: Buffer) => Buffer> = {
      2: () => Buffer.alloc(1),
      4: () => Buffer.alloc(64),
      6: () => Buffer.alloc(64, 0xff),
      8: (value) => value.subarray(0, 9),
      10: (value) => value.subarray(0, value.length - 1),
      12: (value) => value.subarray(0, value.length - 4),
      14: () => lengths(1_025, 0xffff_ffff),
      16: () => lengths(4, 14), // an id of no point
      18: () => Buffer.from([2, 0x53, 1, 0, 4, 0, 9, 0, 0, 0, 1, 2, 3]), // begins as a row of format 2
    };
    await alterRows(path, (value, row) => shapes[row]?.(value) ?? value);
    const damaged = new Set(Object.keys(shapes).map(Number));
    for (let openings = 0; openings < 2; openings++) {
      rmSync(join(path, 'snapshots'), { recursive: true }); // has the vectors
      const db = await open(path);
      await expectOthers(db.collection('points'), damaged);
      await db.close();
      expect(await formatOf(path)).toMatchObject({ version: STORE_VERSION, upgrading: false });
    }
  }));
