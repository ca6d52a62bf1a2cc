/* Backups: copies of a database that is in use, whole, as of one moment, and databases like any other. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { armStep, releaseSteps, stepHits } from '#silt/hnsw/build/fault-points.js';
import { type Database, open, restore } from '#silt/index.js';
import {
  controlOfCollection,
  errorOf,
  failureOf,
  liveOf,
  PAUSED,
  pointsOf,
  SMALL,
} from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { withSmallDisk } from '../support/small-disk.js';
import { ROOT } from '../support/sources.js';
import { until } from '../support/steps.js';
import { openLmdb } from '../support/stores.js';

/** A database with two collections, one of which is indexed and has a payload index, in `folder/data`. */
async function filled(folder: string): Promise<Database> {
  const db = await open(join(folder, 'data'));
  const a = await db.createCollection('a', SMALL);
  await a.upsert(pointsOf(1, 1_500));
  await a.createPayloadIndex('n', 'integer');
  await a.buildNow();
  await db.createCollection('b', { ...SMALL, dimension: 2 });
  return db;
}

/** All of a database, as a reader sees it. */
async function contentsOf(db: Database): Promise<unknown> {
  const contents: unknown[] = [];
  for (const { name, config, createdAt, payloadIndexes } of db.collections()) {
    const points: unknown[] = [];
    for await (const point of db.collection(name).scroll({ withVector: true })) points.push(point);
    contents.push({ name, config, createdAt, paths: payloadIndexes.map(({ path }) => path), points });
  }
  return contents;
}

test('a backup holds everything that was there, and is a database of its own', () =>
  withFolder(async (folder) => {
    const db = await filled(folder);
    const before = await contentsOf(db);
    const to = join(folder, 'backups', 'monday');
    await db.backup(to);
    await db.collection('a').delete({ filter: {} });
    expect(readdirSync(join(folder, 'backups'))).toEqual(['monday']);
    const copy = await open(to);
    expect(await contentsOf(copy)).toEqual(before);
    expect((await copy.collection('a').verify()).ok).toBe(true);
    await copy.collection('b').upsert({ id: 1, vector: [1, 2] });
    await copy.close();
    expect(await db.collection('b').count()).toBe(0);
    await db.close();
  }));

test('it brings the index along: nothing is indexed again', () =>
  withFolder(async (folder) => {
    const db = await filled(folder);
    await db.collection('a').createField('x', { vector: { dimension: 2, metric: 'dot' } });
    await db.collection('a').createField('t', { text: { path: 't' } });
    await db.close();
    const again = await open(join(folder, 'data'));
    await again.backup(join(folder, 'copy'));
    const files = (of: string): string[] => readdirSync(join(folder, of, 'snapshots')).sort();
    expect(files('copy')).toEqual(files('data'));
    expect(files('copy')).toContain('1.1.snapshot');
    await again.close();
    const copy = await open(join(folder, 'copy'));
    expect(copy.collection('a').status()).toMatchObject({ points: 1_500, indexed: 1_500, pending: 0 });
    await copy.close();
  }));

test('while others write, it is as of one moment: of each write all or nothing, in order', () =>
  withFolder(async (folder) => {
    const db = await filled(folder);
    const b = db.collection('b');
    let written = 0;
    let going = true;
    const writing = (async () => {
      while (going) {
        await b.upsert([0, 1, 2].map((i) => ({ id: 3 * written + i, vector: [i, 1] })));
        written++;
      }
    })();
    for (let i = 0; i < 5; i++) {
      const least = written;
      await db.backup(join(folder, `copy ${i}`));
      const most = written;
      const copy = await open(join(folder, `copy ${i}`));
      const count = await copy.collection('b').count();
      expect(count % 3).toBe(0);
      expect(count / 3).toBeGreaterThanOrEqual(least);
      expect(count / 3).toBeLessThanOrEqual(most + 1);
      expect(await copy.collection('b').has(count - 1)).toBe(count > 0);
      expect((await copy.collection('a').verify()).ok).toBe(true);
      await copy.close();
    }
    going = false;
    await writing;
    await db.close();
  }));

test('nothing is overwritten: what is in its place is an error that names it', () =>
  withFolder(async (folder) => {
    const db = await filled(folder);
    mkdirSync(join(folder, 'there'));
    writeFileSync(join(folder, 'there', 'precious'), 'x');
    await expect(db.backup(join(folder, 'there'))).rejects.toThrow(/not empty: it holds "precious"/);
    expect(await failureOf(() => db.backup(join(folder, 'there', 'precious')))).toBe('INVALID_OPTION');
    expect(await failureOf(() => db.backup(join(folder, 'data')))).toBe('INVALID_OPTION');
    mkdirSync(join(folder, 'empty'));
    await db.backup(pathToFileURL(join(folder, 'empty')));
    expect(existsSync(join(folder, 'empty', 'store', 'data.mdb'))).toBe(true);
    for (const path of ['', ':memory:', 7])
      expect(await failureOf(() => db.backup(path as string))).toBe('INVALID_OPTION');
    expect(readdirSync(folder).sort()).toEqual(['data', 'empty', 'there']);
    await db.close();
    expect(await failureOf(() => db.backup(join(folder, 'late')))).toBe('CLOSED');
    const memory = await open();
    await expect(memory.backup(join(folder, 'memory'))).rejects.toThrow(/in memory has no files/);
    await memory.close();
  }));

test('close waits for a backup that is under way, and it is whole', () =>
  withFolder(async (folder) => {
    const db = await filled(folder);
    const backup = db.backup(join(folder, 'copy'));
    await db.close();
    await backup;
    const copy = await open(join(folder, 'copy'));
    expect(await copy.collection('a').count()).toBe(1_500);
    await copy.close();
  }));

test('a reader can make one; restore puts one into place, also from a database that another process writes', () =>
  withFolder(async (folder) => {
    const db = await filled(folder);
    const expected = await contentsOf(db);
    expect(await failureOf(() => restore(join(folder, 'data'), join(folder, 'x')))).toBe('DATABASE_LOCKED');
    const script = `
      import { open, restore } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)};
      const [data, a, b] = process.argv.slice(1);
      const reader = await open(data, { readOnly: true });
      await reader.backup(a);
      await reader.close();
      await restore(data, b);`;
    const paths = ['data', 'a', 'b'].map((name) => join(folder, name));
    const child = spawn(process.execPath, ['--input-type=module', '-e', script, ...paths], {
      stdio: 'inherit',
    });
    expect(await once(child, 'exit')).toEqual([0, null]);
    await db.close();
    await restore(join(folder, 'b'), join(folder, 'c'));
    for (const name of ['a', 'b', 'c']) {
      const copy = await open(join(folder, name));
      expect(await contentsOf(copy)).toEqual(expected);
      await copy.close();
    }
    expect(await failureOf(() => restore(join(folder, 'nowhere'), join(folder, 'd')))).toBe(
      'DATABASE_INVALID',
    );
    expect(await failureOf(() => restore(join(folder, 'b'), join(folder, 'c')))).toBe('INVALID_OPTION');
    expect(existsSync(join(folder, 'd'))).toBe(false);
  }));

test('a process that is killed while it copies leaves no half a backup under the name', () =>
  withFolder(async (folder) => {
    const db = await filled(folder);
    await db.close();
    const script = `
      import { open } from ${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)};
      const db = await open(process.argv[1]);
      for (let i = 0; ; i++) { await db.backup(process.argv[2] + i); console.log(i); }`;
    for (let round = 0; round < 3; round++) {
      const to = join(folder, `copy ${round} `);
      const args = ['--input-type=module', '-e', script, join(folder, 'data'), to];
      const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'inherit'] });
      await once(child.stdout, 'data');
      await new Promise((resolve) => setTimeout(resolve, 7 * round));
      child.kill('SIGKILL');
      await once(child, 'exit');
    }
    for (const name of readdirSync(folder).filter((each) => each.startsWith('copy'))) {
      const copy = await open(join(folder, name));
      expect(await copy.collection('a').count(), name).toBe(1_500);
      await copy.close();
    }
  }));

test('a place that cannot be made, or is a file or a link, is an error or the folder that it leads to', () =>
  withFolder(async (folder) => {
    const db = await filled(folder);
    expect(await failureOf(() => db.backup('/proc/nowhere/copy'))).toBe('DATABASE_INACCESSIBLE');
    mkdirSync(join(folder, 'real'));
    symlinkSync(join(folder, 'real'), join(folder, 'link'));
    await db.backup(join(folder, 'link'));
    expect(readdirSync(join(folder, 'real')).sort()).toEqual(['snapshots', 'store']);
    await db.close();
  }));

test('a mount point, which no copy can take the place of, is an error before anything is copied', (context) =>
  withFolder(async (folder) =>
    withSmallDisk(context, 1 << 16, async (mounted) => {
      // The disk has no room for a copy: whoever tried would say so.
      const db = await filled(folder);
      await expect(db.backup(mounted)).rejects.toThrow(
        /is a mount point, .* Give the path of a folder within/,
      );
      expect(await failureOf(() => db.backup(mounted))).toBe('DATABASE_INACCESSIBLE');
      expect(readdirSync(mounted)).toEqual([]);
      expect(readdirSync(dirname(mounted)).filter((name) => name.endsWith('.tmp'))).toEqual([]);
      await db.close();
    }),
  ));

test('on a disk that is full, the error says so, nothing is left there, and the database goes on', (context) =>
  withFolder(async (folder) =>
    withSmallDisk(context, 1 << 18, async (mounted) => {
      const db = await filled(folder);
      const error = await errorOf(() => db.backup(join(mounted, 'copy')));
      expect(error).toMatchObject({ code: 'DISK_FULL' });
      expect(error.message).toMatch(/no space on the disk of .*copy: no backup was made/);
      expect(readdirSync(mounted)).toEqual([]);
      await db.collection('b').upsert({ id: 1, vector: [1, 2] });
      await db.backup(join(folder, 'copy'));
      await db.close();
    }),
  ));

test('one that is taken while points are indexed is not taken for a database whose indexing ended its process', () =>
  withFolder(async (folder) => {
    const db = await open(join(folder, 'data'), { closeBudgetMs: 0 });
    const points = await db.createCollection('points', PAUSED);
    await points.upsert(pointsOf(1, 1_000));
    const control = controlOfCollection(points);
    armStep(control, 'linking', 'pause', { row: 100 });
    const built = points.buildNow();
    await until(() => stepHits(control) > 0);
    await db.backup(join(folder, 'copy'));
    expect(liveOf(points).store.records('linking/')).toHaveLength(1); // it is under way
    releaseSteps(control);
    await built;
    await db.close();
    await restore(join(folder, 'copy'), join(folder, 'second'));
    for (const name of ['copy', 'second']) {
      const store = await openLmdb(join(folder, name));
      expect(store.records('linking/')).toEqual([]);
      await store.close();
      expect(readdirSync(join(folder, name, 'store'))).toContain('data.mdb');
    }
  }));

test('a backup taken while vectors change has those of one moment, in store and graph alike', () =>
  withFolder(async (folder) => {
    const db = await open(join(folder, 'data'));
    const vector = { dimension: 2, metric: 'euclidean' } as const;
    const c = await db.createCollection('c', {
      vectors: { a: vector, b: vector },
      sparse: { s: {} },
      indexing: { threads: 1, mergeThreshold: 50 },
    });
    const ids = Array.from({ length: 100 }, (_, id) => id);
    await c.upsert(ids.map((id) => ({ id, vector: { a: [id, 0], b: [id, 0] } })));
    let changing = true;
    const changes = (async () => {
      for (let version = 1; changing; version++) {
        const value = { indices: [version], values: [1] };
        await c.updateVectors(ids.map((id) => ({ id, vector: { a: [id, version], s: value } })));
        if (version % 3 === 0) await c.deleteVectors(ids.slice(0, 50), ['b']);
      }
    })();
    for (const name of ['first', 'second']) {
      await until(() => c.status().seq > (name === 'first' ? 300 : 900));
      await db.backup(join(folder, name));
    }
    changing = false;
    await changes;
    await db.close();
    for (const name of ['first', 'second']) {
      const copy = await open(join(folder, name));
      const points = copy.collection('c');
      const found = await points.getMany(ids);
      const versions = found.map((point) => (point!.vector as unknown as { a: Float32Array }).a[1]!);
      const version = versions[0]!;
      expect(new Set(versions)).toEqual(new Set([version]));
      expect(await points.search([70, version], { using: 'a', k: 1 })).toMatchObject([{ id: 70, score: 0 }]);
      const words = await points.search({ indices: [version], values: [1] }, { using: 's', k: 1_000 });
      expect(words).toHaveLength(version === 0 ? 0 : ids.length);
      expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
      await copy.close();
    }
  }));
