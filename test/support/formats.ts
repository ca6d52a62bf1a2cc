/* Databases that earlier releases wrote, as they are kept in test/fixtures, and what must be found in them. */
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { extract } from 'tar';
import { expect } from 'vitest';
import type { CollectionConfig, Database, PointId } from '#silt/index.js';
import { isOldRow } from '#silt/store/row.js';
import { ROOT } from './sources.js';
import { withTables } from './tables.js';

export { toFormat1 } from '../power/older.mjs';

const FIXTURES = join(ROOT, 'test/fixtures');

/** What a collection must have. */
export interface Contents {
  readonly config: CollectionConfig;
  readonly indexes: readonly (readonly [path: string, kind: string])[];
  readonly points: readonly {
    readonly id: string | number | { readonly bigint: string };
    readonly vector: readonly number[];
    readonly payload?: Record<string, unknown>;
  }[];
}

export const EXPECTED = JSON.parse(
  readFileSync(join(FIXTURES, 'format-1/expected.json'), 'utf8'),
) as Readonly<Record<string, Contents>>;

/** Puts a copy of the database into a folder. */
export async function copyFormat1(path: string): Promise<void> {
  mkdirSync(path, { recursive: true });
  await extract({ file: join(FIXTURES, 'format-1/database.tar.gz'), cwd: path });
}

/** What a collection of store format 2 must have, and how many of its points are in the graph of its snapshot. */
type Contents2 = Readonly<Record<string, Contents & { readonly indexed: number }>>;

/** Puts copies of the databases of store format 2 into a folder; returns what is in them. */
export async function copyFormat2(folder: string): Promise<Record<'many' | 'arenas', Contents2>> {
  await extract({ file: join(FIXTURES, 'format-2/databases.tgz'), cwd: folder });
  const contentsOf = (name: string): Contents2 =>
    JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Contents2;
  return { many: contentsOf('many'), arenas: contentsOf('arenas') };
}

interface Answer {
  readonly query: readonly number[];
  /** Ids and scores of the nearest points. */
  readonly hits: readonly (readonly [id: Contents['points'][number]['id'], score: number])[];
}
/** Likewise of store format 3, and what searches answered. */
type Contents3 = Readonly<
  Record<string, Contents & { readonly indexed: number; readonly answers: readonly Answer[] }>
>;

/** Puts copies of the databases of store format 3 into a folder; returns what is in them. */
export async function copyFormat3(folder: string): Promise<Record<'many' | 'arenas', Contents3>> {
  await extract({ file: join(FIXTURES, 'format-3/databases.tgz'), cwd: folder });
  const contentsOf = (name: string): Contents3 =>
    JSON.parse(readFileSync(join(folder, `${name}.json`), 'utf8')) as Contents3;
  return { many: contentsOf('many'), arenas: contentsOf('arenas') };
}

/** Puts a copy of the database of store format 4, with patched payloads, into a folder; returns what is in it. */
export async function copyFormat4(folder: string): Promise<Contents2> {
  await extract({ file: join(FIXTURES, 'format-4/database.tgz'), cwd: folder });
  return JSON.parse(readFileSync(join(folder, 'database.json'), 'utf8')) as Contents2;
}

/** What is in the database of store format 5. */
export interface Contents5 {
  /** Vectors that were linked, by fields. */
  readonly fields: Readonly<Record<string, number>>;
  readonly points: readonly {
    readonly id: Contents['points'][number]['id'];
    readonly vector: Readonly<Record<string, unknown>>;
    readonly payload?: Record<string, unknown>;
  }[];
}

/** Puts a copy of the database of store format 5, with changed vectors, into a folder; returns what is in it. */
export async function copyFormat5(folder: string): Promise<Contents5> {
  await extract({ file: join(FIXTURES, 'format-5/database.tgz'), cwd: folder });
  return JSON.parse(readFileSync(join(folder, 'database.json'), 'utf8')) as Contents5;
}

/** Exact searches, and those of the graph that look at all it has, answer what they did when the fixture was made. */
export async function expectAnswers(db: Database, contents: Contents3): Promise<void> {
  for (const [name, { answers, points }] of Object.entries(contents)) {
    for (const { query, hits } of answers) {
      for (const how of [{ exact: true }, { ef: Math.max(8, 2 * points.length) }]) {
        const found = await db.collection(name).search(query, { k: hits.length, ...how });
        expect(
          found.map(({ score }) => score),
          name,
        ).toEqual(hits.map(([, score]) => expect.closeTo(score, 5)));
        // Those that are equally far come in an order of their own.
        const last = hits.at(-1)![1];
        const nearer = hits.filter(([, score]) => Math.abs(score - last) > 1e-4).map(([id]) => idOf(id));
        expect(new Set(found.slice(0, nearer.length).map(({ id }) => id))).toEqual(new Set(nearer));
      }
    }
  }
}

export const idOf = (id: Contents['points'][number]['id']): PointId =>
  typeof id === 'object' ? BigInt(id.bigint) : id;

export const expectFormat1 = (db: Database): Promise<void> => expectContents(db, EXPECTED);

const hasN = ({ payload }: Contents['points'][number], from: number): boolean =>
  [payload?.['n']].flat().some((n) => Number(n) >= from);

/** Every point is there with its payload and its vector, no other is, and each is found. */
export async function expectContents(
  db: Database,
  contents: Readonly<Record<string, Contents>>,
): Promise<void> {
  expect(db.collections().map(({ name }) => name)).toEqual(Object.keys(contents).sort());
  for (const [name, { indexes, points }] of Object.entries(contents)) {
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
    const matching = points.filter((point) => hasN(point, 100)).length;
    expect(await collection.count({ filter: { must: [{ key: 'n', range: { gte: 100 } }] } })).toBe(matching);
  }
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
