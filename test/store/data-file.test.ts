/*
 * A store file is mended only by who holds the lock of its directory. Where no lock can be had, another process may be
 * writing the file: it is read, never changed, and what makes no sense for a moment is not taken for damage.
 */
import { appendFileSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { open as openLmdb } from 'lmdb';
import { beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { checkDataFile } from '#silt/store/lmdb/data-file.js';
import { failureOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';

const PAGE = 4_096;
const LAST_PAGE = 144;
const TRANSACTION = 152;

let whole: Buffer;
let fresh: Buffer;

beforeAll(async () => {
  await withFolder(async (folder) => {
    const database = await open(folder);
    await database.createCollection('c', { dimension: 4, metric: 'euclidean' });
    await database.close();
    whole = readFileSync(join(folder, 'store/data.mdb'));
  });
  await withFolder(async (folder) => {
    await openLmdb({ path: folder, noSubdir: false }).close();
    fresh = readFileSync(join(folder, 'data.mdb'));
  });
  // As LMDB writes it first: of no transaction, without tables.
  fresh = Buffer.from(fresh.subarray(0, PAGE));
  fresh.writeBigUInt64LE(0n, TRANSACTION);
  fresh.writeBigUInt64LE(1n, LAST_PAGE);
  for (const tree of [48, 96]) {
    fresh.writeUInt16LE(0, tree + 6);
    fresh.fill(0, tree + 8, tree + 40);
    fresh.fill(0xff, tree + 40, tree + 48);
  }
});

/** The file that an owner of the directory makes longer when it has the lock: its last pages were never written. */
function shorter(): Buffer {
  const file = Buffer.from(whole);
  for (const meta of [0, PAGE]) file.writeBigUInt64LE(BigInt(file.length / PAGE + 2), meta + LAST_PAGE);
  return file;
}

test('with the lock, a file whose making was cut short is emptied, and a short one gets its length', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'data.mdb');
    writeFileSync(path, fresh);
    await checkDataFile(path, true);
    expect(readFileSync(path)).toHaveLength(0);
    writeFileSync(path, shorter());
    await checkDataFile(path, true);
    expect(readFileSync(path)).toHaveLength(whole.length + 3 * PAGE);
  }));

test('without a lock, neither is changed', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'data.mdb');
    writeFileSync(path, fresh);
    expect(await failureOf(() => checkDataFile(path, false))).toBe('DATABASE_INVALID');
    expect(readFileSync(path)).toEqual(fresh);
    writeFileSync(path, shorter());
    await checkDataFile(path, false);
    expect(readFileSync(path)).toEqual(shorter());
  }));

test('without a lock, a file that another process is just making opens as soon as it is made', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'data.mdb');
    writeFileSync(path, fresh);
    const checked = checkDataFile(path, false);
    appendFileSync(path, whole.subarray(PAGE));
    writeFileSync(path, whole);
    await checked;
    expect(readFileSync(path)).toEqual(whole);
  }));

test('without a lock, a file that makes no sense while it is written is open elsewhere, and not damaged', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'data.mdb');
    const torn = Buffer.from(whole);
    torn.writeBigUInt64LE(9_999n, LAST_PAGE - 8);
    writeFileSync(path, torn);
    truncateSync(path, 2 * PAGE);
    let ended = false;
    const checked = failureOf(() => checkDataFile(path, false)).finally(() => {
      ended = true;
    });
    for (let length = 0; !ended; length = (length + 1) % 3) {
      writeFileSync(path, torn.subarray(0, PAGE + length));
      await pause(1);
    }
    expect(await checked).toBe('DATABASE_LOCKED');
  }));
