/* T8 for files of fields and slots: one that is cut short, altered, foreign or out of date costs time, and never changes an answer. */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { expect, test } from 'vitest';
import { INVERTED_VERSION } from '#silt/collection/upkeep/inverted-file.js';
import { open } from '#silt/index.js';
import type { StoredPoint } from '#silt/store/store.js';
import { FaultyStore } from '../../support/faulty-store.js';
import { withFolder } from '../../support/files.js';
import { runs } from '../../support/properties.js';
import { integer, randomOf } from '../../support/random.js';
import { until } from '../../support/steps.js';
import { openLmdb, openWith } from '../../support/stores.js';
import { CONFIG, expectAsNew, pointOf, textOf } from './twin.js';

/** A store that counts how many points are read. */
class WatchedStore extends FaultyStore {
  points = 0;

  override point(collection: number, row: number): StoredPoint | undefined {
    this.points++;
    return super.point(collection, row);
  }
}

type Points = Parameters<typeof expectAsNew>[1];

/** Every slot was looked at. */
const taken = (points: Points): Promise<void> =>
  until(() =>
    Object.values(points.status().fields).every(({ kind, pending }) => pending === 0 || kind === 'dense'),
  );

/** A closed database of some points, at a path. */
async function withFiles(use: (path: string, snapshots: string) => Promise<void>): Promise<void> {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    const db = await open(path);
    const random = randomOf(1);
    const points: Points = await db.createCollection('points', CONFIG);
    await points.createPayloadIndex('n', 'integer');
    for (let id = 0; id < 120; id++) await points.upsert(pointOf(random, id));
    await points.setPayload([3, 50, 51], { body: textOf(random) });
    await points.delete([7, 60]);
    await taken(points);
    await db.close();
    await use(path, join(path, 'snapshots'));
  });
}

/** Opens, compares, closes; returns which files were set aside. */
async function reopened(path: string): Promise<string[]> {
  const told: string[] = [];
  const note = (message: unknown): void => {
    told.push((message as { path: string }).path.replace(/^.*\//, ''));
  };
  subscribe('silt:snapshot:rejected', note);
  try {
    const db = await open(path);
    await expectAsNew(path, db.collection('points'), randomOf(2));
    await db.close();
    return told;
  } finally {
    unsubscribe('silt:snapshot:rejected', note);
    const snapshots = join(path, 'snapshots');
    for (const name of await readdir(snapshots))
      if (name.endsWith('.damaged')) await rm(join(snapshots, name));
  }
}

const INVERTED = ['1.3.inverted', '1.4.inverted', '1.5.inverted'];
const FILES = ['1.slots', ...INVERTED];

const random = randomOf(Number(process.env['SILT_SEED'] ?? 1));

/** Ways to damage a file. */
const DAMAGES: Readonly<Record<string, (whole: Buffer) => Buffer>> = {
  empty: () => Buffer.alloc(0),
  'cut short': (whole) => whole.subarray(0, integer(random, 1, whole.length)),
  longer: (whole) => Buffer.concat([whole, Buffer.alloc(1)]),
  'of a version to come': (whole) => {
    whole.writeUInt32LE(INVERTED_VERSION + 1, 8);
    return whole;
  },
  'a bit altered': (whole) => {
    const bit = integer(random, 0, 8 * whole.length);
    whole[bit >> 3]! ^= 1 << (bit & 7);
    return whole;
  },
};

test.each(Object.keys(DAMAGES))('%s: set aside, and written again at the next close', (what) =>
  withFiles(async (path, snapshots) => {
    const rounds = what === 'a bit altered' ? runs(20) : 1;
    for (let round = 0; round < rounds; round++)
      for (const names of [INVERTED, ['1.slots']]) {
        for (const name of names)
          await writeFile(join(snapshots, name), DAMAGES[what]!(await readFile(join(snapshots, name))));
        expect((await reopened(path)).sort()).toEqual(names);
      }
    expect(await reopened(path)).toEqual([]);
  }),
);

test('of another field, collection or way to cut texts into words: passed over, and rebuilt', () =>
  withFiles(async (path, snapshots) => {
    const [text, slots] = [join(snapshots, '1.4.inverted'), join(snapshots, '1.slots')];
    const whole = await readFile(text);
    await writeFile(text, await readFile(join(snapshots, '1.5.inverted')));
    expect(await reopened(path)).toEqual(['1.4.inverted']);
    for (const [from, to] of [
      ['[\\"text\\",', '[\\"tex7\\",'],
      ['"field":4', '"field":3'],
    ] as const) {
      const bytes = Buffer.from(whole);
      bytes.write(to, bytes.indexOf(from), 'latin1');
      bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
      await writeFile(text, bytes);
      expect(await reopened(path)).toEqual(to === '"field":3' ? ['1.4.inverted'] : []);
    }
    const other = Buffer.from(await readFile(slots));
    other.write('"collection":2', other.indexOf('"collection":1'), 'latin1');
    other.writeUInt32LE(crc32(other.subarray(0, -4)), other.length - 4);
    await writeFile(slots, other);
    expect(await reopened(path)).toEqual(['1.slots']);
  }));

test('reopening reads no payload, and closing writes no file in which nothing came', () =>
  withFiles(async (path, snapshots) => {
    const times = async (): Promise<Record<string, number>> =>
      Object.fromEntries(
        await Promise.all(
          (await readdir(snapshots)).map(async (name) => [name, (await stat(join(snapshots, name))).mtimeMs]),
        ),
      );
    const before = await times();
    expect(Object.keys(before).sort()).toEqual(
      ['1.1.snapshot', '1.2.snapshot', '1.payloads', ...FILES].sort(),
    );
    const openWatched = async () => {
      const store = new WatchedStore(await openLmdb(path), Infinity);
      const db = await openWith(store);
      const points: Points = db.collection('points');
      await taken(points);
      await until(() => points.info().payloadIndexes.every(({ state }) => state === 'ready'));
      return { db, points, store };
    };
    const first = await openWatched();
    expect(first.store.points).toBe(0);
    const { b } = first.points.status().fields;
    await first.db.close();
    expect(await times()).toEqual(before);

    const second = await openWatched();
    await second.points.upsert({ id: 500, vector: { a: [1, 2, 3, 4] } });
    await taken(second.points);
    await second.db.close();
    const after = await times();
    const written = Object.keys(after).filter((name) => after[name] !== before[name]);
    expect(written.sort()).toEqual(['1.1.snapshot', '1.payloads', '1.slots']);

    const third = await openWatched();
    expect(third.store.points).toBe(0);
    expect(third.points.status().fields['b']!.points).toBe(b!.points);
    await third.points.setPayload(500, { body: 'w1 w2' });
    await taken(third.points);
    await third.db.close();
    const last = await times();
    expect(
      Object.keys(last)
        .filter((name) => last[name] !== after[name])
        .sort(),
    ).toEqual(['1.4.inverted', '1.5.inverted', '1.payloads', '1.slots'].sort());
    expect(await reopened(path)).toEqual([]);
  }));

test('what was set aside goes with its field, and with its collection', () =>
  withFiles(async (path, snapshots) => {
    for (const name of [...FILES, '1.1.snapshot']) await writeFile(join(snapshots, `${name}.damaged`), 'x');
    const aside = async (): Promise<string[]> =>
      (await readdir(snapshots)).filter((name) => name.endsWith('.damaged')).sort();
    let db = await open(path);
    await db.collection('points').dropField('body');
    await db.close();
    db = await open(path);
    expect(await aside()).toEqual(
      ['1.1.snapshot', '1.3.inverted', '1.5.inverted', '1.slots'].map((name) => `${name}.damaged`),
    );
    await db.dropCollection('points');
    await db.close(); // which waits for what drops have left to do
    expect(await readdir(snapshots)).toEqual([]);
  }));
