/* The database of store format 1 that is kept in test/fixtures, and what must be found in it. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extract } from 'tar';
import { expect } from 'vitest';
import type { CollectionConfig, Database, PointId } from '#silt/index.js';
import { checksum } from '#silt/store/lmdb/checksum.js';
import { isOldRow, RowCodec } from '#silt/store/row.js';
import { ROOT } from './sources.js';
import { withTables } from './tables.js';

const FIXTURE = join(ROOT, 'test/fixtures/format-1');

interface Expected {
  readonly config: CollectionConfig;
  readonly indexes: readonly (readonly [path: string, kind: string])[];
  readonly points: readonly {
    readonly id: string | number | { readonly bigint: string };
    readonly vector: readonly number[];
    readonly payload?: Record<string, unknown>;
  }[];
}

export const EXPECTED = JSON.parse(readFileSync(join(FIXTURE, 'expected.json'), 'utf8')) as Readonly<
  Record<string, Expected>
>;

/** Puts a copy of the database into a folder. */
export async function copyFormat1(path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  await extract({ file: join(FIXTURE, 'database.tar.gz'), cwd: path });
}

const idOf = (id: Expected['points'][number]['id']): PointId =>
  typeof id === 'object' ? BigInt(id.bigint) : id;

/** Every point is there with its payload and its vector, no other is, and each is found. */
export async function expectFormat1(db: Database): Promise<void> {
  expect(db.collections().map(({ name }) => name)).toEqual(Object.keys(EXPECTED).sort());
  for (const [name, { indexes, points }] of Object.entries(EXPECTED)) {
    const collection = db.collection(name);
    expect(await collection.count()).toBe(points.length);
    expect(collection.info().payloadIndexes.map(({ path, kind }) => [path, kind])).toEqual(indexes);
    for (const { id, vector, payload } of points) {
      const found = await collection.get(idOf(id));
      expect(found?.vector).toEqual(Float32Array.from(vector));
      // As JSON: a member named __proto__ would be no member of what `toEqual` looks at.
      expect(JSON.stringify(found?.payload)).toBe(JSON.stringify(payload));
      const [hit] = await collection.search(vector, {
        k: 1,
        exact: true,
        filter: { must: [{ has_id: [idOf(id)] }] },
      });
      expect(hit?.id).toBe(idOf(id));
    }
    const ids: PointId[] = [];
    for await (const point of collection.scroll()) ids.push(point.id);
    expect(new Set(ids)).toEqual(new Set(points.map(({ id }) => idOf(id))));
    const matching = points.filter(({ payload }) => Number(payload?.['n']) >= 100).length;
    expect(await collection.count({ filter: { must: [{ key: 'n', range: { gte: 100 } }] } })).toBe(matching);
  }
}

/** Rewrites a closed database as the release before store format 2 would have written it. */
export async function toFormat1(path: string): Promise<void> {
  const codec = new RowCodec(checksum);
  await withTables(path, (records, rows, env) =>
    env.transactionSync(() => {
      for (const { key, value } of [...rows.getRange()]) {
        const [collection, row] = [key.readUInt32BE(0), Number(key.readBigUInt64BE(4))];
        const { id, payload } = codec.point(value, collection, row);
        const lengths = Buffer.alloc(6);
        lengths.writeUInt16LE(id.length, 0);
        lengths.writeUInt32LE(payload.length, 2);
        rows.putSync(key, Buffer.concat([lengths, id, payload, codec.vector(value, collection, row)]));
      }
      const identity = Buffer.from('identity');
      const { uuid } = JSON.parse(records.getBinary(identity)!.toString()) as { uuid: string };
      records.putSync(identity, Buffer.from(JSON.stringify({ version: 1, uuid })));
    }),
  );
}

/** What a closed database says of its format, and how many of its rows are of the first. */
export function formatOf(path: string): Promise<{ version: number; upgrading: boolean; oldRows: number }> {
  return withTables(path, (records, rows) => {
    const { version } = JSON.parse(records.getBinary(Buffer.from('identity'))!.toString()) as {
      version: number;
    };
    const upgrading = records.getBinary(Buffer.from('upgrade')) !== undefined;
    return {
      version,
      upgrading,
      oldRows: [...rows.getRange()].filter(({ value }) => isOldRow(value)).length,
    };
  });
}
