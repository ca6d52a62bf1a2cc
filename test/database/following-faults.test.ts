/*
 * What fails, or comes too fast, while a database follows the process that writes it: no row is left out for it, nothing
 * piles up, and nobody waits longer for it than for a look or two.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { Follower } from '#silt/database/follower.js';
import { type Collection, type Database, open } from '#silt/index.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { LmdbFollower } from '#silt/store/lmdb/lmdb-follower.js';
import type { Tables } from '#silt/store/lmdb/tables.js';
import { newReading } from '#silt/store/lmdb/view.js';
import type { Ahead, FollowedStore } from '#silt/store/store.js';
import { failureOf, liveOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { until } from '../support/steps.js';
import { openWith } from '../support/stores.js';
import { type OtherWriter, startWriter } from '../support/writers.js';

const CONFIG = { dimension: 4, metric: 'euclidean', indexing: { threads: 1, paused: true } } as const;
const points = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, i) => ({
    id: from + i,
    vector: [from + i, 0, 0.5, 1],
    payload: { n: 1 },
  }));

/** Another process writes collections `a` and `b`; this one follows it. */
async function followed(
  use: (o: { writer: OtherWriter; db: Database; a: Collection; b: Collection }) => Promise<void>,
): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    const writer = await startWriter(path);
    let db: Database | undefined;
    try {
      for (const name of ['a', 'b']) await writer.call('db', 'createCollection', name, CONFIG);
      db = await open(path, { readOnly: true });
      await use({ writer, db, a: db.collection('a'), b: db.collection('b') });
    } finally {
      await db?.close();
      await writer.kill();
    }
  });
}

test('rows that cannot be staged while others search are taken up all the same, every one of them', () =>
  followed(async ({ writer, db }) => {
    await writer.call('db', 'createCollection', 'wide', { ...CONFIG, dimension: 1_000 });
    await until(() => db.collections().length === 3);
    const a = db.collection('wide');
    // Staged in several pieces.
    const wide = Array.from({ length: 220 }, (_, id) => ({ id, vector: Array(1_000).fill(id) as number[] }));
    const { engine } = liveOf(a).graphs[0]!;
    const stage = engine.stage.bind(engine);
    let times = 1;
    engine.stage = (pairs, behind) => {
      if (behind !== undefined && times-- > 0) throw new Error('out of order');
      return stage(pairs, behind);
    };
    await writer.call('wide', 'upsert', wide);
    expect(await a.count()).toBe(wide.length);
    expect(times).toBeLessThan(1);
    expect(await a.search(wide[9]!.vector, { k: 500, exact: true })).toHaveLength(wide.length);
    expect(await a.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }));

test('where one collection cannot be followed, nothing piles up in the others, and they go on when it can', () =>
  followed(async ({ writer, a, b }) => {
    const live = liveOf(b);
    const stageRows = live.stageRows.bind(live);
    live.stageRows = () => Promise.reject(new Error('out of order'));
    const { engine } = liveOf(a).graphs[0]!;
    const stage = engine.stage.bind(engine);
    const behinds: number[] = [];
    engine.stage = (pairs, behind) => {
      behinds.push(behind ?? 0);
      return stage(pairs, behind);
    };
    await writer.call('b', 'upsert', points(0, 20));
    await writer.call('a', 'upsert', points(0, 20));
    for (let i = 0; i < 5; i++) await failureOf(() => b.count());
    expect(new Set(behinds)).toEqual(new Set([0]));
    live.stageRows = stageRows;
    expect(await b.count()).toBe(20);
    expect(await a.count()).toBe(20);
    expect(await a.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }));

test('where rows cannot be taken up, reads say so, and go on right when they can: none is missing, none comes back', () =>
  followed(async ({ writer, a, b }) => {
    await writer.call('a', 'upsert', points(0, 20));
    expect(await a.count()).toBe(20);
    const { engine } = liveOf(a).graphs[0]!;
    const { publish, append } = engine;
    const refuse = (): never => {
      throw new Error('out of order');
    };
    engine.publish = refuse;
    engine.append = refuse;
    await writer.call('a', 'upsert', points(10, 30));
    await writer.call('a', 'delete', [0, 1, 2]);
    await writer.call('b', 'upsert', points(0, 5));
    await expect(a.count()).rejects.toThrow('could not be loaded: out of order');
    await expect(a.search([0, 0, 0.5, 1])).rejects.toThrow('out of order');
    Object.assign(engine, { publish, append });
    expect(await a.count()).toBe(27);
    expect(await b.count()).toBe(5);
    const hits = await a.search([0, 0, 0.5, 1], { k: 50 });
    expect(hits.map(({ id }) => id)).toEqual(Array.from({ length: 27 }, (_, i) => i + 3));
    expect(await a.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }));

test('a scroll that begins after a write resolved elsewhere has its points', () =>
  followed(async ({ writer, a }) => {
    for (let n = 1; n <= 40; n++) {
      await writer.call('a', 'upsert', points(n, n + 1));
      const found: unknown[] = [];
      for await (const { id } of a.scroll()) found.push(id);
      expect(found).toHaveLength(n);
    }
  }));

test('a reader that opens while the writer continues has the graph of the latest snapshot, not one that it built', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const writer = await startWriter(path);
    let db: Database | undefined;
    try {
      await writer.call('db', 'createCollection', 'a', CONFIG);
      await writer.call('a', 'upsert', points(0, 10));
      const store = await LmdbFollower.open(path); // from here on it reads this state
      await writer.call('db', 'createCollection', 'b', CONFIG);
      await writer.call('a', 'upsert', points(10, 2_000));
      await writer.call('a', 'buildNow');
      await until(() => existsSync(join(path, 'snapshots', '1.snapshot')));
      db = await openWith(store);
      expect(db.collection('a').status()).toMatchObject({ points: 2_000, indexed: 2_000 });
      expect(db.collections().map(({ name }) => name)).toEqual(['a', 'b']);
    } finally {
      await db?.close();
      await writer.kill();
    }
  }));

/** A store that is always behind, however often it is looked at. */
function restless(): { store: FollowedStore; looks: () => number } {
  let looks = 0;
  const ahead = { position: 0, tail: () => ({ entries: [], records: false }), end: () => {} };
  const store = {
    isBehind: true,
    position: 0,
    readOnly: true,
    ahead: () => {
      looks++;
      return ahead as unknown as Ahead;
    },
    adopt: () => {},
    expectInPlace: () => {},
  };
  return { store: store as unknown as FollowedStore, looks: () => looks };
}

test('reads that come at once wait for two looks at most, however many they are and however fast the other commits', async () => {
  const { store, looks } = restless();
  const follower = new Follower(
    nodePlatform,
    store,
    { exclusive: async (task) => task() },
    { lives: () => [], recordsChanged: async () => undefined, following: () => {} },
  );
  await Promise.all(Array.from({ length: 100 }, () => follower.catchUp()));
  expect(looks()).toBe(2);
  await follower.end();
});

test('records that could not be followed are looked at again, without a further commit', async () => {
  const { store } = restless();
  const changes = { left: 1, tries: 0 };
  Object.assign(store, {
    ahead: () => ({ position: 0, tail: () => ({ entries: [], records: true }), end: () => {} }),
    adopt: () => Object.assign(store, { isBehind: false }),
  });
  const follower = new Follower(
    nodePlatform,
    store,
    { exclusive: async (task) => task() },
    {
      lives: () => [],
      recordsChanged: async () => {
        changes.tries++;
        if (changes.left-- > 0) throw new Error('out of order');
        return undefined;
      },
      following: () => {},
    },
  );
  follower.start();
  await until(() => changes.tries === 2);
  await follower.end();
});

test('status says that what the other process wrote cannot be taken up, and why, until it can', () =>
  followed(async ({ writer, a, b }) => {
    const live = liveOf(b);
    const { stageRows } = live;
    live.stageRows = () => Promise.reject(new Error('out of order'));
    await writer.call('b', 'upsert', points(0, 20));
    await until(() => b.status().errors['follow'] !== undefined);
    const why = 'what another process wrote could not be loaded: out of order';
    expect(b.status()).toMatchObject({ state: 'degraded', lastError: why, errors: { follow: why } });
    expect(a.status().errors).toEqual({});
    live.stageRows = stageRows;
    await until(() => b.status().errors['follow'] === undefined);
    expect(b.status()).toMatchObject({ lastError: null, errors: {} });
    expect(await b.count()).toBe(20);
  }));

test('where one collection cannot be followed, its reads alone are rejected: those of the others see each write', () =>
  followed(async ({ writer, a, b }) => {
    const live = liveOf(b);
    const { stageRows } = live;
    live.stageRows = () => Promise.reject(new Error('out of order'));
    await writer.call('b', 'upsert', points(0, 20));
    for (let n = 1; n <= 20; n++) {
      await writer.call('a', 'upsert', points(n, n + 1));
      expect(await a.count()).toBe(n);
      expect(await a.search([n, 0, 0.5, 1], { k: 1 })).toMatchObject([{ id: n }]);
      await expect(b.count()).rejects.toThrow('could not be loaded: out of order');
      await expect(b.get(1)).rejects.toThrow('out of order');
    }
    live.stageRows = stageRows;
    expect(await b.count()).toBe(20);
    expect(await b.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }));

test('where the records of one collection cannot be followed, the others are there, new ones and new names as well', () =>
  followed(async ({ writer, db, a, b }) => {
    const live = liveOf(a);
    const define = live.definePayloadIndex.bind(live);
    let failing = true;
    live.definePayloadIndex = (path, kind) => {
      if (failing) throw new Error('out of order');
      define(path, kind);
    };
    await writer.call('a', 'createPayloadIndex', 'n', 'integer');
    await writer.call('db', 'renameCollection', 'b', 'z');
    await writer.call('db', 'createCollection', 'c', CONFIG);
    await writer.call('z', 'upsert', points(0, 3));
    await until(() => db.collections().some(({ name }) => name === 'c'));
    expect(db.collections().map(({ name }) => name)).toEqual(['a', 'c', 'z']);
    expect([db.collection('a'), db.collection('z')]).toEqual([a, b]);
    expect(await b.count()).toBe(3);
    expect(await db.collection('c').count()).toBe(0);
    failing = false;
    await until(() => a.info().payloadIndexes.length === 1);
  }));

test('a new collection that cannot be opened is an error for who asks for it, and for nobody else, until it can be', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const writer = await startWriter(path);
    let db: Database | undefined;
    try {
      await writer.call('db', 'createCollection', 'a', CONFIG);
      const store = await LmdbFollower.open(path);
      const records = store.records.bind(store);
      let damaged = true;
      store.records = (prefix) =>
        records(prefix).map(([key, value]) =>
          damaged && key.endsWith('/broken')
            ? [key, { ...(value as object), config: { dimension: -1 } }]
            : [key, value],
        );
      db = await openWith(store);
      const a = db.collection('a');
      await writer.call('db', 'createCollection', 'broken', CONFIG);
      await writer.call('db', 'createCollection', 'later', CONFIG);
      for (let n = 1; n <= 20; n++) {
        await writer.call('a', 'upsert', points(n, n + 1));
        expect(await a.count()).toBe(n);
        expect(db.collection('later').status().errors).toEqual({});
        expect(() => db!.collection('broken')).toThrow(/broken.*dimension/);
      }
      expect(db.collections().map(({ name }) => name)).toEqual(['a', 'later']);
      await writer.call('broken', 'upsert', points(0, 3));
      damaged = false;
      await until(() => db!.collections().length === 3);
      expect(await db.collection('broken').count()).toBe(3);
    } finally {
      await db?.close();
      await writer.kill();
    }
  }));

test('where the table of readers is full, an opening and a look say so, and what to do; both work when there is room', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    const writer = await startWriter(path);
    await writer.call('db', 'createCollection', 'a', CONFIG);
    const store = await LmdbFollower.open(path);
    const { tables } = store as unknown as { readonly tables: Tables };
    // One that sees the state of the last one takes no place: so there is a commit before each.
    const taken: { done(): void }[] = [];
    const take = async (): Promise<never> => {
      for (;;) {
        await writer.call('a', 'upsert', points(0, 1));
        taken.push(newReading(tables));
      }
    };
    await expect(take()).rejects.toMatchObject({ code: 'READERS_FULL' });
    expect(taken.length).toBeGreaterThan(1_000);
    expect(() => store.ahead()).toThrow(/1,022 reader slots .*Close it in some processes/);
    const entry = JSON.stringify(import.meta.resolve('#silt/index.js'));
    const script = `const { open } = await import(${entry});
      await open(${JSON.stringify(path)}, { readOnly: true }).then((db) => db.close(), ({ code, message }) => console.log(code, message));`;
    const openElsewhere = (): string =>
      execFileSync(process.execPath, ['--input-type=module', '-e', script], { encoding: 'utf8' }).trim();
    expect(openElsewhere()).toMatch(/^READERS_FULL all 1,022 reader slots of the store/);
    await writer.call('a', 'upsert', points(0, 10)); // who writes goes on
    for (const reading of taken) reading.done();
    expect(openElsewhere()).toBe('');
    const ahead = store.ahead();
    expect([...ahead.rows(1, 0)]).toHaveLength(10);
    ahead.end();
    await store.close();
    await writer.kill();
  }));

test('status says that the folder was deleted, or holds another database by now', () =>
  followed(async ({ writer, db, a }) => {
    await writer.call('a', 'upsert', points(0, 20));
    expect(await a.count()).toBe(20);
    await writer.kill();
    const path = db.path!;
    rmSync(path, { recursive: true });
    await until(() => a.status().errors['follow'] !== undefined);
    expect(a.status()).toMatchObject({ state: 'degraded', lastError: expect.stringContaining(path) });
    const other = await startWriter(path);
    await until(() => a.status().errors['follow']?.includes('replaced') === true);
    expect(await a.count()).toBe(20);
    await other.kill();
  }));

test('more than a hundred states of a store can be read at once', () =>
  followed(async ({ db }) => {
    // LMDB's own number is 126; each place takes 64 bytes, and the first is in the head.
    expect(statSync(join(db.path!, 'store', 'lock.mdb')).size).toBeGreaterThan(1_000 * 64);
  }));
