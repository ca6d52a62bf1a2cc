/*
 * T17: entries of the table of ids, which have no checksum, are damaged on the disk in every way there is. `verify` counts
 * them, and `verify({ repair: true })` makes them again from the rows, while writes go on.
 */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { idKeyOf } from '#silt/base/ids.js';
import { type Collection, type Database, open, type PointId } from '#silt/index.js';
import { storedId } from '#silt/store/lmdb/keys.js';
import { someOf } from '../../support/amount.js';
import { failureOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { integer, randomOf } from '../../support/random.js';
import { withTables } from '../../support/tables.js';

const CONFIG = { dimension: 2, metric: 'euclidean', indexing: { threads: 1, paused: true } } as const;
const COUNT = 30;

type Version = { readonly id: PointId; readonly vector: number[]; readonly payload: { readonly v: number } };
const pointOf = (i: number, v = i): Version => ({ id: i % 2 ? `p${i}` : i, vector: [i, v], payload: { v } });
const ID = pointOf(7).id;

/** A row number, other bytes in its place, or no entry at all. */
type Entry = number | Buffer | undefined;

function damage(path: string, entries: Iterable<readonly [PointId | Buffer, Entry]>): Promise<void> {
  return withTables(path, (_, __, env) => {
    const ids = env.openDB<Buffer, Buffer>({ name: 'ids', encoding: 'binary', keyEncoding: 'binary' });
    return env.transactionSync(() => {
      for (const [id, entry] of entries) {
        const key = storedId(1, Buffer.isBuffer(id) ? id : idKeyOf(id));
        const value = Buffer.alloc(8);
        if (typeof entry === 'number') value.writeDoubleLE(entry);
        if (entry === undefined) ids.removeSync(key);
        else ids.putSync(key, Buffer.isBuffer(entry) ? entry : value);
      }
    });
  });
}

/** Runs `use` with a database of COUNT points in rows 1 to COUNT, whose ids were damaged while it was closed. */
function withDamage(
  entries: Iterable<readonly [PointId | Buffer, Entry]>,
  use: (points: Collection, db: Database, path: string) => Promise<void>,
  count = COUNT,
): Promise<void> {
  return withFolder(async (folder) => {
    const path = join(folder, 'db');
    const made = await open(path);
    const collection = await made.createCollection('points', CONFIG);
    await collection.createPayloadIndex('v', 'integer');
    await collection.upsert(Array.from({ length: count }, (_, i) => pointOf(i)));
    await made.close();
    await damage(path, entries);
    const db = await open(path);
    await use(db.collection('points'), db, path);
    await db.close();
  });
}

const payloads = async (points: Collection): Promise<[PointId, unknown][]> => {
  const found: [PointId, unknown][] = [];
  for await (const { id, payload, unreadable } of points.scroll())
    found.push([id, unreadable ?? payload?.['v']]);
  return found;
};

/** Every point is found by id, by scroll, by a filter and by a search; nothing else is. */
async function expectWhole(points: Collection, expected: readonly Version[]): Promise<void> {
  const order = new Map((await payloads(points)).map((pair) => pair));
  expect(order).toEqual(new Map(expected.map(({ id, payload }) => [id, payload.v])));
  const all = await points.getMany(expected.map(({ id }) => id));
  expect(all.map((point) => point?.payload?.['v'])).toEqual(expected.map(({ payload }) => payload.v));
  expect(await points.count()).toBe(expected.length);
  for (const { id, vector, payload } of expected.slice(0, COUNT)) {
    const filter = { must: [{ key: 'v', match: { value: payload.v } }] };
    expect((await points.search(vector, { k: 1, filter }))[0]).toMatchObject({ id });
  }
  expect(points.status()).toMatchObject({ unreadable: 0, points: expected.length });
}

const every = (count: number): Version[] => Array.from({ length: count }, (_, i) => pointOf(i));

const DAMAGES: Record<string, [entries: [PointId | Buffer, Entry][], found: object]> = {
  'an entry is missing': [[[ID, undefined]], { missingIds: 1, extraIds: 0, unreadable: 1 }],
  'an entry names the row of another': [[[ID, 3]], { missingIds: 1, extraIds: 1, unreadable: 1 }],
  'an entry names a row that there is not': [[[ID, 999]], { missingIds: 1, extraIds: 1, unreadable: 1 }],
  'two entries are exchanged': [
    [
      [ID, 10],
      [pointOf(9).id, 8],
    ],
    { missingIds: 2, extraIds: 2, unreadable: 2 },
  ],
  'an id that was never written names a row': [
    [['stranger', 4]],
    { missingIds: 0, extraIds: 1, unreadable: 0 },
  ],
  'an id that was never written names no row': [
    [['stranger', 77]],
    { missingIds: 0, extraIds: 1, unreadable: 0 },
  ],
  'the bytes of an entry are cut short': [
    [[ID, Buffer.from([1, 2, 3])]],
    { missingIds: 1, extraIds: 1, unreadable: 1 },
  ],
  'the bytes of an entry are no row number': [
    [
      [ID, Number.NaN],
      [pointOf(8).id, -5],
      [pointOf(9).id, 1e300],
      [pointOf(10).id, 0.5],
    ],
    { missingIds: 4, extraIds: 4, unreadable: 4 },
  ],
  'all entries are missing': [
    every(COUNT).map(({ id }) => [id, undefined]),
    { missingIds: COUNT, extraIds: 0, unreadable: COUNT },
  ],
};

test.each(Object.entries(DAMAGES))('%s: verify says so, and repair makes it whole', (_, [entries, found]) =>
  withDamage(entries, async (points, db, path) => {
    const filter = { must: [{ key: 'v', match: { value: 7 } }] };
    await points.count({ filter }); // it is remembered
    expect(await points.verify()).toMatchObject({ ok: false, repaired: 0, ...found });
    for (const [id] of entries)
      if (!Buffer.isBuffer(id))
        expect([undefined, 'ROW_UNREADABLE']).toContain(await failureOf(() => points.get(id)));
    const mended = await points.verify({ repair: true });
    expect(mended).toMatchObject({ ok: true, missingIds: 0, extraIds: 0, unreadable: 0 });
    expect(mended.repaired).toBeGreaterThanOrEqual(entries.length);
    await expectWhole(points, every(COUNT));
    expect(await points.verify()).toMatchObject({ ok: true, repaired: 0 });
    await db.close();
    const again = await open(path);
    await expectWhole(again.collection('points'), every(COUNT));
    expect((await again.collection('points').verify()).ok).toBe(true);
    await again.close();
  }),
);

test('an id whose bytes are not those of an id is deleted', () =>
  withDamage([[Buffer.from([0xff, 0xfe, 0x41]), 5]], async (points) => {
    expect(await points.verify({ repair: true })).toMatchObject({ ok: true, repaired: 1 });
    await expectWhole(points, every(COUNT));
  }));

test('an id keeps its row where that is damaged, so that it still says so', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const made = await open(path);
    await (await made.createCollection('points', CONFIG)).upsert(every(3));
    await made.close();
    await withTables(path, (_, rows, env) =>
      env.transactionSync(() => {
        for (const { key, value } of [...rows.getRange()].slice(0, 1)) {
          const altered = Buffer.from(value);
          altered[24]! ^= 1;
          rows.putSync(key, altered);
        }
      }),
    );
    const db = await open(path);
    const points = db.collection('points');
    expect(await points.verify({ repair: true })).toMatchObject({
      ok: false,
      unreadable: 1,
      extraIds: 0,
      repaired: 0,
    });
    expect(await failureOf(() => points.get(0))).toBe('ROW_UNREADABLE');
    await db.close();
  }));

test('more entries than one transaction mends', () => {
  const count = 2_500;
  const lost = every(count).map(({ id }) => [id, undefined] as const);
  const strange = Array.from({ length: 1_200 }, (_, i) => [`stranger ${i}`, i + 1] as const);
  return withDamage(
    [...lost, ...strange],
    async (points) => {
      expect(await points.verify()).toMatchObject({ ok: false, missingIds: count, extraIds: 1_200 });
      expect(await points.verify({ repair: true })).toMatchObject({ ok: true, repaired: count + 1_200 });
      await expectWhole(points, every(count));
    },
    count,
  );
});

test('a point that was written again while its id was lost is there once, as it was written last', () =>
  withDamage([[ID, undefined]], async (points, db, path) => {
    await points.upsert(pointOf(7, 107));
    expect(await points.verify()).toMatchObject({ ok: false, missingIds: 1 });
    expect((await points.verify({ repair: true })).ok).toBe(true);
    const expected = every(COUNT).map((point) => (point.id === ID ? pointOf(7, 107) : point));
    await expectWhole(points, expected);
    await db.close();
    const again = await open(path);
    await expectWhole(again.collection('points'), expected);
    expect((await again.collection('points').verify()).ok).toBe(true);
    await again.close();
  }));

test('rows that were mended away stay away, also where files from before have them', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const life = async (work: (points: Collection) => Promise<unknown>): Promise<void> => {
      const db = await open(path);
      await work(await db.getOrCreateCollection('points', { ...CONFIG, text: { body: { path: 'body' } } }));
      await db.close();
    };
    const expected = every(COUNT).map((point) => (point.id === ID ? pointOf(7, 107) : point));
    await life((points) => points.upsert(every(COUNT)));
    await damage(path, [[ID, undefined]]);
    await life((points) => points.upsert(pointOf(7, 107)));
    await life(async (points) => expect((await points.verify({ repair: true })).ok).toBe(true));
    await life(async (points) => {
      expect(await points.verify()).toMatchObject({ ok: true, extraRows: 0 });
      await expectWhole(points, expected);
    });
  }));

const { SILT_SEED } = process.env;
const seeds = SILT_SEED ? [Number(SILT_SEED)] : someOf([1, 2, 3], 3);
test.each(seeds)('writes that go on while ids are mended are all kept (SILT_SEED=%i)', (seed) => {
  const random = randomOf(seed);
  const count = 1_500;
  const hurt = every(count).filter(() => integer(random, 0, 3) === 0);
  const lost = hurt.map(({ id }) => [id, integer(random, 0, 2) ? undefined : 5_000] as const);
  return withDamage(
    lost,
    async (points) => {
      const expected = new Map(every(count).map((point) => [point.id, point]));
      const repair = [points.verify({ repair: true }), points.verify({ repair: true })];
      for (let round = 0; round < 40; round++) {
        const some = Array.from({ length: 20 }, () => pointOf(integer(random, 0, count), 10_000 + round));
        const once = [...new Map(some.map((point) => [point.id, point])).values()];
        await points.upsert(once);
        for (const point of once) expected.set(point.id, point);
      }
      await Promise.all(repair);
      expect(await points.verify({ repair: true })).toMatchObject({ ok: true });
      await expectWhole(points, [...expected.values()]);
    },
    count,
  );
});
