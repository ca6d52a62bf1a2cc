/*
 * Payload indexes are read from their file at opening, where it is of the very rows that there are; a file that is cut
 * short, altered, foreign or out of date costs time, never a row, and never a wrong answer.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { cp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { afterEach, describe, expect, test } from 'vitest';
import { PAYLOADS_VERSION, PayloadFile } from '#silt/collection/payload-file.js';
import { openWith } from '#silt/database/open.js';
import type { Filter } from '#silt/filter/grammar.js';
import { setFileFault } from '#silt/hnsw/files-node.js';
import { type Collection, type Database, type IndexKind, open, StoreError } from '#silt/index.js';
import { LmdbStore } from '#silt/store/lmdb-node.js';
import type { Committed, StoredPoint, Transaction } from '#silt/store/store.js';
import { PAUSED, withDatabase } from '../support/databases.js';
import { FaultyStore } from '../support/faulty-store.js';
import { withFolder } from '../support/files.js';
import { FilterTwin, INDEXED, randomRows } from '../support/filtered.js';
import { randomFilter } from '../support/filters.js';
import { integer, randomOf, vectorsFor } from '../support/random.js';
import { until } from '../support/steps.js';

const CONFIG = { ...PAUSED, dimension: 4 };
const VECTOR = vectorsFor('cosine', 1, 1, 4)[0]!;

afterEach(() => setFileFault(undefined));

const files = async (path: string): Promise<string[]> => (await readdir(join(path, 'snapshots'))).sort();

/** A store that counts how many points are read, and whose commits can be held up, to fail. */
class WatchedStore extends FaultyStore {
  points = 0;
  held: { fail(): void } | undefined;
  hold = false;

  override point(collection: number, row: number): StoredPoint | undefined {
    this.points++;
    return super.point(collection, row);
  }

  override async commit(transaction: Transaction): Promise<Committed> {
    if (!this.hold) return super.commit(transaction);
    this.hold = false;
    return new Promise((_, reject) => {
      this.held = { fail: () => reject(new StoreError('STORE_FAILED', 'held up, to fail', undefined)) };
    });
  }
}

async function openWatched(path: string): Promise<{ db: Database; store: WatchedStore }> {
  const store = new WatchedStore(await LmdbStore.open(path), Infinity);
  return { db: await openWith(store), store };
}

/** The events that tell of files that were set aside while `work` runs. */
async function rejectedIn(work: () => Promise<void>): Promise<{ path: string; aside: string }[]> {
  const told: { path: string; aside: string }[] = [];
  const note = (message: unknown): void => void told.push(message as { path: string; aside: string });
  subscribe('silt:snapshot:rejected', note);
  try {
    await work();
  } finally {
    unsubscribe('silt:snapshot:rejected', note);
  }
  return told;
}

const numbered = (
  from: number,
  to: number,
  version = 0,
): { id: number; vector: Float32Array; payload: object }[] =>
  Array.from({ length: to - from }, (_, i) => ({
    id: from + i,
    vector: VECTOR,
    payload: { number: from + i, version },
  }));
const put = (collection: Collection, from: number, to: number, version = 0): Promise<unknown> =>
  collection.upsert(numbered(from, to, version) as never);
const at = (key: string, value: number): Filter => ({ must: { key, match: { value } } });

describe('reopening', () => {
  test('reads no payload: all comes from the file', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      const random = randomOf(1);
      const first = await open(path);
      const twin = new FilterTwin(await first.createCollection('a', CONFIG));
      await twin.put(randomRows(1, 600, 'cosine', 4));
      await twin.indexSome(random, 1);
      await twin.put(randomRows(2, 100, 'cosine', 4, 300));
      await twin.remove([101, 102, 103]);
      await first.close();
      expect(await files(path)).toEqual(['1.payloads', '1.snapshot']);
      for (let openings = 0; openings < 3; openings++) {
        const { db, store } = await openWatched(path);
        twin.collection = db.collection('a');
        twin.expectReady();
        expect(store.points).toBe(0);
        for (let i = 0; i < 30; i++) await twin.expectCount(randomFilter(random));
        await new Promise((resolve) => setTimeout(resolve, 5));
        const { filter } = await twin.collection.explain(VECTOR, { filter: at('n', 1) });
        expect(filter!.payloadsRead).toBe(0);
        await db.close();
      }
    });
  });

  test('what came after the file was written is taken in', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      const first = await open(path);
      const collection = await first.createCollection('a', CONFIG);
      await collection.createPayloadIndex('number', 'integer');
      await put(collection, 0, 200);
      await first.close();
      const second = await open(path, { closeBudgetMs: 0 });
      await put(second.collection('a'), 150, 300, 1);
      await second.collection('a').delete([0, 1]);
      await second.close();
      const { db, store } = await openWatched(path);
      const again = db.collection('a');
      await until(() => again.info().payloadIndexes[0]!.state === 'ready');
      expect(store.points).toBe(150);
      expect(await again.count({ filter: { must: { key: 'number', range: { gte: 100, lt: 250 } } } })).toBe(
        150,
      );
      expect(await again.count({ filter: at('number', 0) })).toBe(0);
      expect(await again.count({ filter: at('number', 299) })).toBe(1);
      await db.close();
    });
  });

  test('an index that was dropped leaves the file, and the last one takes it away', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      let db = await open(path);
      const collection = await db.createCollection('a', CONFIG);
      await put(collection, 0, 50);
      await collection.createPayloadIndex('number', 'integer');
      await collection.createPayloadIndex('version', 'keyword');
      await db.close();
      db = await open(path);
      await db.collection('a').dropPayloadIndex('number');
      await db.close();
      db = await open(path);
      expect(db.collection('a').info().payloadIndexes).toMatchObject([{ path: 'version', rows: 50 }]);
      expect((await readFile(join(path, 'snapshots', '1.payloads'))).includes('"number"')).toBe(false);
      await db.collection('a').dropPayloadIndex('version');
      await db.close();
      expect(await files(path)).toEqual(['1.snapshot']);
      db = await open(path);
      expect(db.collection('a').info().payloadIndexes).toEqual([]);
      await db.close();
    });
  });

  test('defined, and ended before its contents were saved: they are made at the next opening', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      let db = await open(path, { closeBudgetMs: 0 });
      const collection = await db.createCollection('a', CONFIG);
      await put(collection, 0, 3_000);
      const made = collection.createPayloadIndex('number', 'integer').catch(() => {});
      await until(() => collection.info().payloadIndexes.length === 1);
      await db.close();
      await made;
      await rm(join(path, 'snapshots', '1.payloads'), { force: true });
      db = await open(path);
      const again = db.collection('a');
      expect(await again.count({ filter: at('number', 7) })).toBe(1);
      await until(() => again.info().payloadIndexes[0]!.state === 'ready');
      expect(again.info().payloadIndexes).toMatchObject([{ path: 'number', kind: 'integer', rows: 3_000 }]);
      await db.close();
    });
  });

  test('a file of rows in an order that is no more is not believed', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      let db = await open(path, { closeBudgetMs: 0 });
      let collection = await db.createCollection('a', CONFIG);
      await collection.createPayloadIndex('number', 'integer');
      await put(collection, 0, 100);
      await collection.compact(); // writes snapshot and file
      // Rows that come and go leave no trace in the store, but had their places, and the file knows them by these.
      for (let round = 0; round < 3; round++) await put(collection, 200, 240, round);
      await put(collection, 300, 340);
      const before = await readFile(join(path, 'snapshots', '1.payloads'));
      await collection.createPayloadIndex('version', 'integer');
      const saved = async (): Promise<boolean> =>
        !(await readFile(join(path, 'snapshots', '1.payloads'))).equals(before);
      while (!(await saved())) await new Promise((resolve) => setTimeout(resolve, 2));
      await db.close();
      // The rows behind the snapshot are read from the store: other places. The snapshot is written, the file is not.
      db = await open(path);
      await until(() =>
        db
          .collection('a')
          .info()
          .payloadIndexes.every(({ state }) => state === 'ready'),
      );
      let opens = 0;
      setFileFault((operation) => {
        if (operation === 'open' && ++opens > 1) throw Object.assign(new Error('EIO'), { code: 'EIO' });
      });
      await db.close();
      setFileFault(undefined);
      expect(opens).toBe(2);
      db = await open(path);
      collection = db.collection('a');
      for (const number of [0, 99, 200, 239, 300, 339])
        expect(await collection.count({ filter: at('number', number) }), String(number)).toBe(1);
      expect(await collection.count({ filter: at('version', 2) })).toBe(40);
      expect(await collection.count({ filter: at('version', 1) })).toBe(0);
      await db.close();
    });
  });

  test('a commit that fails while the file is written leaves no hole in it', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      const { db, store } = await openWatched(path);
      const collection = await db.createCollection('a', CONFIG);
      await collection.createPayloadIndex('number', 'integer');
      await collection.createPayloadIndex('version', 'integer');
      await put(collection, 0, 6_000, 5);
      await collection.compact();
      const own = join(path, 'snapshots', '1.payloads');
      await rm(own);
      store.hold = true;
      const refused = put(collection, 10_000, 10_100, 7).catch((error: unknown) => error);
      const { _live: live } = collection;
      await until(() => live.payloadIndexes.get('number')!.upTo > live.slots);
      setFileFault((operation) => {
        if (operation === 'write') store.held?.fail();
      });
      await new PayloadFile(live, own).save();
      setFileFault(undefined);
      expect(await refused).toBeInstanceOf(StoreError);
      const copy = join(folder, 'copy');
      await cp(path, copy, { recursive: true });
      for (const [where, opened] of [
        ['here', db],
        ['reopened', await open(copy)],
      ] as const) {
        const there = opened.collection('a');
        await until(() => there.info().payloadIndexes.every(({ state }) => state === 'ready'));
        expect(await there.count({ filter: at('version', 5) }), where).toBe(6_000);
        expect(await there.count({ filter: at('version', 7) }), where).toBe(0);
        expect(await there.count({ filter: at('number', 5_999) }), where).toBe(1);
        await put(there, 10_000, 10_010, 8);
        expect(await there.count({ filter: at('version', 8) }), where).toBe(10);
        await opened.close();
      }
    });
  });
});

describe('what is left on the disk', () => {
  test('nothing, where the collection is dropped while the file is written', async () => {
    await withDatabase('disk', async (db, path) => {
      for (let round = 0; round < 15; round++) {
        const collection = await db.createCollection('a', CONFIG);
        await put(collection, 0, 200);
        await collection.createPayloadIndex('number', 'integer');
        for (let turns = round % 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        await db.dropCollection('a');
      }
      await db.close();
      await new Promise((resolve) => setTimeout(resolve, 20));
      expect(await files(path!)).toEqual([]);
    });
  });

  test('nothing is written any more once the database is closed', async () => {
    await withFolder(async (folder) => {
      for (let round = 0; round < 10; round++) {
        const path = join(folder, String(round));
        const db = await open(path, { closeBudgetMs: 0 });
        const collection = await db.createCollection('a', CONFIG);
        await put(collection, 0, 200);
        await collection.createPayloadIndex('number', 'integer');
        for (let turns = round % 5; turns > 0; turns--) await new Promise((resolve) => setImmediate(resolve));
        await db.close();
        const then = await files(path);
        expect(then.filter((name) => name.endsWith('.tmp'))).toEqual([]);
        await new Promise((resolve) => setTimeout(resolve, 10));
        expect(await files(path)).toEqual(then);
      }
    });
  });
});

describe('damage', () => {
  const KINDS: readonly (readonly [string, IndexKind])[] = INDEXED.filter((_, i) => i % 3 === 0).map(
    ([path, suited]) => [path, suited],
  );

  /** A database with a small file; runs `use` with how to look at it under other bytes of that file. */
  async function withFile(
    use: (o: {
      whole: Buffer;
      path: string;
      expectUnder(bytes: Uint8Array, what: string, rejected: boolean): Promise<void>;
    }) => Promise<void>,
  ): Promise<void> {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      const db = await open(path);
      const twin = new FilterTwin(await db.createCollection('a', CONFIG));
      await twin.put(randomRows(1, 12, 'cosine', 4));
      for (const [at, kind] of KINDS) await twin.index(at, kind);
      await db.close();
      const random = randomOf(3);
      const filters = Array.from({ length: 12 }, () => randomFilter(random));
      const own = join(path, 'snapshots', '1.payloads');
      const whole = await readFile(own);
      const expectUnder = async (bytes: Uint8Array, what: string, rejected: boolean): Promise<void> => {
        await writeFile(own, bytes);
        const told = await rejectedIn(async () => {
          const again = await open(path, { closeBudgetMs: 0 });
          twin.collection = again.collection('a');
          for (const filter of filters)
            await twin.expectCount(filter).catch((error: Error) => {
              throw new Error(`${what}: ${error.message}`);
            });
          await until(() => twin.collection.info().payloadIndexes.every(({ state }) => state === 'ready'));
          twin.expectReady();
          for (const filter of filters.slice(0, 4)) await twin.expectCount(filter);
          await again.close();
        });
        const aside = `${own}.damaged`;
        expect(told, what).toEqual(
          rejected
            ? [{ path: own, aside, error: expect.objectContaining({ code: 'SNAPSHOT_INVALID' }) }]
            : [],
        );
        await rm(aside, { force: true });
      };
      await use({ whole, path, expectUnder });
    });
  }

  test('cut short at every byte', async () => {
    await withFile(async ({ whole, expectUnder }) => {
      const step = Math.max(1, Math.floor(whole.length / 50));
      for (let length = 0; length < whole.length; length += length > whole.length - 20 ? 1 : step)
        await expectUnder(whole.subarray(0, length), `${length} of ${whole.length} bytes`, true);
      await expectUnder(whole, 'whole', false);
    });
  });

  test('bits altered', async () => {
    await withFile(async ({ whole, expectUnder }) => {
      const random = randomOf(2);
      for (let round = 0; round < 40; round++) {
        const bytes = Buffer.from(whole);
        const bit = integer(random, 0, 8 * (round % 3 === 0 ? 200 : whole.length));
        bytes[bit >> 3]! ^= 1 << (bit & 7);
        await expectUnder(bytes, `bit ${bit}`, true);
      }
    });
  });

  test('empty, of zeros, of text, of another version, longer than it says', async () => {
    await withFile(async ({ whole, expectUnder }) => {
      const newer = Buffer.from(whole);
      newer.writeUInt32LE(PAYLOADS_VERSION + 1, 8);
      await expectUnder(Buffer.alloc(0), 'empty', true);
      await expectUnder(Buffer.alloc(whole.length), 'zeros', true);
      await expectUnder(Buffer.from('hello'), 'text', true);
      await expectUnder(newer, 'of a version to come', true);
      await expectUnder(Buffer.concat([whole, Buffer.alloc(1)]), 'longer', true);
    });
  });

  test('with the right checksum, and blocks that make no sense', async () => {
    await withFile(async ({ whole, expectUnder }) => {
      const random = randomOf(4);
      const header = 16 + whole.readUInt32LE(12);
      for (let round = 0; round < 16; round++) {
        let bytes = Buffer.from(whole);
        let block = header;
        for (let skip = integer(random, 0, KINDS.length); skip > 0; skip--) {
          const next = block + 8 + bytes.readUInt32LE(block + 4);
          if (bytes.readUInt32LE(next) === 0xffff_ffff) break;
          block = next;
        }
        const length = bytes.readUInt32LE(block + 4);
        if (round % 2 === 0) bytes.fill(0xff, block + 8, block + 8 + length);
        else {
          // One byte less: all but the last of it is taken in before that is found out.
          bytes.writeUInt32LE(length - 1, block + 4);
          bytes = Buffer.concat([bytes.subarray(0, block + 7 + length), bytes.subarray(block + 8 + length)]);
        }
        bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
        await expectUnder(bytes, `round ${round}`, true);
      }
    });
  });

  test('of another collection, or of rows that were compacted away', async () => {
    await withFolder(async (folder) => {
      const path = join(folder, 'db');
      let db = await open(path);
      for (const [name, by] of [
        ['a', 0],
        ['b', 1],
      ] as const) {
        const collection = await db.createCollection(name, CONFIG);
        await collection.createPayloadIndex('number', 'integer');
        await put(collection, 1_000 * by, 1_000 * by + 100);
      }
      await db.close();
      const own = join(path, 'snapshots', '1.payloads');
      const older = await readFile(own);
      const look = async (): Promise<void> => {
        const told = await rejectedIn(async () => {
          db = await open(path);
        });
        expect(told).toEqual([]);
        const a = db.collection('a');
        for (const number of [0, 1, 50, 60, 99, 1_000])
          expect(await a.count({ filter: at('number', number) })).toBe(
            number === 50 || number === 1_000 ? 0 : 1,
          );
        await until(() => a.info().payloadIndexes[0]!.state === 'ready');
        await db.close();
      };
      db = await open(path);
      await db.collection('a').delete([50]);
      await db.collection('a').compact();
      await db.close();
      await look();
      await writeFile(own, older);
      await look();
      await cp(join(path, 'snapshots', '2.payloads'), own);
      await look();
      await rm(own);
      await look();
    });
  });
});
