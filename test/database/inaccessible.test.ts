/* What the system refuses at an opening is an error of the database: the path, the reason, what to do, the cause. */
import { execFile, execFileSync } from 'node:child_process';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import {
  chmodSync,
  chownSync,
  mkdirSync,
  readdirSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { expect, type TestContext, test } from 'vitest';
import { type OpenOptions, open, SiltError } from '#silt/index.js';
import { withFolder } from '../support/files.js';
import { ROOT } from '../support/sources.js';

async function expectRefused(
  path: string,
  code: string,
  cause: string | RegExp,
  says: string,
): Promise<void> {
  const error: unknown = await open(path).catch((reason: unknown) => reason);
  expect(error).toBeInstanceOf(SiltError);
  expect(error).toMatchObject({
    code,
    message: expect.stringContaining(says),
    cause: { code: expect.stringMatching(cause) },
  });
}

test('a file in the way of the directory', () =>
  withFolder(async (folder) => {
    const file = join(folder, 'a-file');
    writeFileSync(file, 'mine');
    await expectRefused(file, 'DATABASE_INVALID', 'EEXIST', file);
    await expectRefused(join(file, 'db'), 'DATABASE_INVALID', 'ENOTDIR', join(file, 'db'));
    mkdirSync(join(folder, 'db'));
    writeFileSync(join(folder, 'db/store'), 'mine');
    await expectRefused(join(folder, 'db'), 'DATABASE_INVALID', 'EEXIST', 'a folder was expected');
    expect(statSync(file).size).toBe(4);
  }));

test('a path that no system takes: too long, a circle of links', () =>
  withFolder(async (folder) => {
    await expectRefused(join(folder, 'x'.repeat(300)), 'DATABASE_INACCESSIBLE', 'ENAMETOOLONG', 'shorter');
    symlinkSync(join(folder, 'b'), join(folder, 'a'));
    symlinkSync(join(folder, 'a'), join(folder, 'b'));
    await expectRefused(join(folder, 'a', 'db'), 'DATABASE_INACCESSIBLE', 'ELOOP', 'circle');
  }));

test('a link to nowhere', () =>
  withFolder(async (folder) => {
    symlinkSync(join(folder, 'nowhere'), join(folder, 'link'));
    await expectRefused(join(folder, 'link'), 'DATABASE_INVALID', 'EEXIST', 'link to nowhere');
  }));

test('a place where the system makes no directories', async (context) => {
  if (process.platform !== 'linux') context.skip('only Linux has /proc');
  await expectRefused('/proc/silt/db', 'DATABASE_INACCESSIBLE', 'ENOENT', 'on a disk');
});

const NOBODY = 65_534;

/** Opens in a process of another user; returns what came of it. */
async function openAsNobody(path: string, options: OpenOptions = {}): Promise<string> {
  const script = `const { open } = await import(${JSON.stringify(pathToFileURL(join(ROOT, 'dist/index.js')).href)});
    await open(${JSON.stringify(path)}, ${JSON.stringify(options)}).then(
      async (db) => { await db.close(); console.log('open'); },
      (error) => console.log(error.code, error.cause?.code, error.message));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    uid: NOBODY,
    gid: NOBODY,
  });
  return stdout.trim();
}

function needRoot(context: TestContext): void {
  if (process.getuid?.() !== 0) context.skip('only root can act as another user');
}

test('a directory that may not be read or written, or not made', async (context) => {
  needRoot(context);
  await withFolder(async (folder) => {
    chmodSync(folder, 0o755);
    const path = join(folder, 'db');
    expect(await openAsNobody(path)).toMatch(/^DATABASE_INACCESSIBLE EACCES .*permission/);
    await (await open(path)).close();
    const before = statSync(join(path, 'store/data.mdb')).mtimeMs;
    expect(await openAsNobody(path)).toMatch(/^DATABASE_INACCESSIBLE EACCES .*permission/);
    chmodSync(join(path, 'store'), 0o700);
    expect(await openAsNobody(path)).toMatch(/^DATABASE_INACCESSIBLE EACCES .*permission/);
    chmodSync(path, 0o700);
    expect(await openAsNobody(path)).toMatch(/^DATABASE_INACCESSIBLE EACCES .*permission/);
    expect(statSync(join(path, 'store/data.mdb')).mtimeMs).toBe(before);
    await (await open(path)).close(); // its lock is free
  });
});

test('with readOnly, a table of readers that may not be written: the writer would not know of the reader', async (context) => {
  needRoot(context);
  await withFolder(async (folder) => {
    chmodSync(folder, 0o755);
    const path = join(folder, 'db');
    const database = await open(path);
    const asNobody = () => openAsNobody(path, { readOnly: true });
    chmodSync(join(path, 'store/lock.mdb'), 0o644);
    expect(await asNobody()).toMatch(/^DATABASE_INACCESSIBLE EACCES .*lock\.mdb cannot be written/);
    for (const name of ['', 'store']) chmodSync(join(path, name), 0o555);
    chmodSync(join(path, 'store/lock.mdb'), 0o666);
    expect(await asNobody()).toBe('open');
    chmodSync(path, 0o700);
    expect(await asNobody()).toMatch(/^DATABASE_INACCESSIBLE EACCES .*permission/);
    chmodSync(path, 0o755);
    chmodSync(join(path, 'store'), 0o755);
    await database.close();
  });
});

test('one file of the store that may not be written', async (context) => {
  needRoot(context);
  await withFolder(async (folder) => {
    chmodSync(folder, 0o755);
    const path = join(folder, 'db');
    await (await open(path)).close();
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, path]);
    expect(await openAsNobody(path)).toBe('open');
    for (const name of ['data.mdb', 'lock.mdb']) {
      chownSync(join(path, 'store', name), 0, 0);
      chmodSync(join(path, 'store', name), 0o644);
      expect(await openAsNobody(path), name).toMatch(/^DATABASE_INACCESSIBLE EACCES/);
      chownSync(join(path, 'store', name), NOBODY, NOBODY);
    }
    expect(await openAsNobody(path)).toBe('open');
  });
});

test('a file system that is mounted read-only', async (context) => {
  await withFolder(async (folder) => {
    try {
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=8m', 'silt-test', folder], { stdio: 'pipe' });
    } catch (error) {
      context.skip(`no file system can be mounted here: ${String((error as Error).message).trim()}`);
    }
    try {
      const path = join(folder, 'db');
      await (await open(path)).close();
      execFileSync('mount', ['-o', 'remount,ro', folder]);
      await expectRefused(path, 'DATABASE_INACCESSIBLE', 'EROFS', 'read-only');
      await expectRefused(join(folder, 'new'), 'DATABASE_INACCESSIBLE', 'EROFS', 'read-only');
      execFileSync('mount', ['-o', 'remount,rw', folder]);
      await (await open(path)).close();
    } finally {
      execFileSync('umount', ['-l', folder]);
    }
  });
});

test('a folder of snapshots that cannot be used costs time, and nothing else', async (context) => {
  await withFolder(async (folder) => {
    const path = join(folder, 'db');
    let database = await open(path);
    const c = await database.createCollection('c', { dimension: 2, metric: 'euclidean' });
    await c.upsert([1, 2, 3].map((id) => ({ id, vector: [id, 0] })));
    await c.buildNow();
    await database.close();
    rmSync(join(path, 'snapshots'), { recursive: true });
    writeFileSync(join(path, 'snapshots'), 'a file in its place');

    const told: unknown[] = [];
    const listen = (message: unknown): void => void told.push(message);
    subscribe('silt:snapshot:error', listen);
    try {
      database = await open(path);
      expect(told).toMatchObject([{ collection: '', error: { code: 'EEXIST' } }]);
      const again = database.collection('c');
      expect((await again.search([3, 0], { k: 1 }))[0]?.id).toBe(3);
      await again.upsert({ id: 4, vector: [4, 0] });
      await again.buildNow();
      await again.compact();
      expect(again.status()).toMatchObject({ state: 'degraded', points: 4 });
      await database.close();
    } finally {
      unsubscribe('silt:snapshot:error', listen);
    }
    rmSync(join(path, 'snapshots'));
    database = await open(path);
    expect(await database.collection('c').count()).toBe(4);
    await database.close();
    expect(readdirSync(join(path, 'snapshots'))).toEqual(['1.snapshot']);

    if (process.getuid?.() !== 0) return context.skip('only root can act as another user');
    chmodSync(folder, 0o755);
    execFileSync('chown', ['-R', `${NOBODY}:${NOBODY}`, path]);
    chownSync(join(path, 'snapshots'), 0, 0);
    chmodSync(join(path, 'snapshots'), 0o700);
    expect(await openAsNobody(path)).toBe('open');
  });
});
