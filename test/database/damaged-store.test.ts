/*
 * T17: a store file that is not one, or is damaged where it can be seen without reading all of it, is DATABASE_INVALID
 * that says what was found and what to do; never a signal. A real one opens, however it came to be as it is.
 */
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cpSync, mkdirSync, readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface, type Interface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { open as openLmdb } from 'lmdb';
import { beforeAll, expect, test } from 'vitest';
import { open } from '#silt/index.js';
import { amount } from '../support/amount.js';
import { failureOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';
import { integer, randomOf } from '../support/random.js';

const POINTS = 60;
const PAGE = 4_096;

interface Found {
  readonly code?: string;
  readonly message?: string;
  readonly opened?: number;
  readonly wrote?: number;
}

/** Opens directories in another process, one after another. */
class Openings {
  readonly #child: ChildProcess;
  readonly #lines: AsyncIterator<string>;

  constructor() {
    const child = fileURLToPath(new URL('../support/files-child.mjs', import.meta.url));
    this.#child = spawn(process.execPath, [child], { stdio: ['pipe', 'pipe', 'inherit'] });
    const lines: Interface = createInterface({ input: this.#child.stdout! });
    this.#lines = lines[Symbol.asyncIterator]();
  }

  async open(path: string): Promise<Found> {
    this.#child.stdin!.write(`${path}\n`);
    const line = await this.#lines.next();
    if (!line.done) return JSON.parse(line.value) as Found;
    throw new Error(`the process ended: ${this.#child.exitCode ?? this.#child.signalCode}`);
  }

  async end(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    this.#child.stdin!.end();
    await once(this.#child, 'exit');
  }
}

let whole: Buffer;

beforeAll(() =>
  withFolder(async (folder) => {
    const database = await open(folder);
    const c = await database.createCollection('c', { dimension: 4, metric: 'euclidean' });
    for (let i = 0; i < POINTS; i += 20)
      await c.upsert(
        Array.from({ length: 20 }, (_, k) => ({
          id: i + k,
          vector: [i, k, 1, 1],
          payload: { text: 'x'.repeat(k === 7 ? 9_000 : 200) },
        })),
      );
    await database.close();
    whole = readFileSync(join(folder, 'store/data.mdb'));
    expect(whole.length % PAGE).toBe(0);
  }),
);

/** Opens a directory whose store file is `bytes`. */
async function outcomes(
  cases: Iterable<readonly [name: string, bytes: Uint8Array]>,
): Promise<[string, Found][]> {
  const openings = new Openings();
  const found: [string, Found][] = [];
  try {
    await withFolder(async (folder) => {
      let n = 0;
      for (const [name, bytes] of cases) {
        const path = join(folder, String(n++));
        mkdirSync(join(path, 'store'), { recursive: true });
        writeFileSync(join(path, 'store/data.mdb'), bytes);
        try {
          found.push([name, await openings.open(path)]);
        } catch (error) {
          throw new Error(`${name}: ${(error as Error).message}`);
        }
      }
    });
  } finally {
    await openings.end();
  }
  return found;
}

function expectInvalid(found: [string, Found][]): void {
  for (const [name, { code, message }] of found) {
    expect(code, name).toBe('DATABASE_INVALID');
    expect(message, name).toMatch(
      /data\.mdb is not a store file that can be opened: .*\. Restore it from a backup/,
    );
  }
}

test('a file of other things says so', async () => {
  const random = randomOf(5);
  const found = await outcomes([
    ['text', Buffer.from('This is not a database.\n'.repeat(500))],
    ['a little text', Buffer.from('hello')],
    ['sevens', Buffer.alloc(8_192, 7)],
    ['random bytes', Buffer.from(Array.from({ length: 20_000 }, () => integer(random, 0, 256)))],
    ['zeros', Buffer.alloc(65_536)],
    ['a page of zeros', Buffer.alloc(PAGE)],
    ['SQLite', Buffer.concat([Buffer.from('SQLite format 3\0'), Buffer.alloc(8_176)])],
  ]);
  expectInvalid(found);
  expect(found.find(([name]) => name === 'zeros')?.[1].message).toContain('zeros');
});

/** A copy of the real file with other bytes somewhere. */
function patched(change: (copy: Buffer) => void): Buffer {
  const copy = Buffer.from(whole);
  change(copy);
  return copy;
}

test('a file whose first pages are damaged, or of another version, says so', async () => {
  const found = await outcomes([
    ['first page zeroed', patched((copy) => copy.fill(0, 0, PAGE))],
    ['second page zeroed', patched((copy) => copy.fill(0, PAGE, 2 * PAGE))],
    ['both zeroed', patched((copy) => copy.fill(0, 0, 2 * PAGE))],
    ['LMDB 0.9', patched((copy) => [0, PAGE].map((at) => copy.writeUInt32LE(1, at + 28)))],
    ['page size', patched((copy) => [0, PAGE].map((at) => copy.writeUInt32LE(16_384, at + 48)))],
    ['page size 0', patched((copy) => [0, PAGE].map((at) => copy.writeUInt32LE(0, at + 48)))],
    ['too many pages', patched((copy) => [0, PAGE].map((at) => copy.writeBigUInt64LE(1n << 33n, at + 144)))],
    ['page size 3', patched((copy) => copy.writeUInt32LE(3, 48))],
    ['a root outside', patched((copy) => [0, PAGE].map((at) => copy.writeBigUInt64LE(99_999n, at + 136)))],
    [
      'the page of a root zeroed',
      patched((copy) => copy.fill(0, rootOf(copy) * PAGE, (rootOf(copy) + 1) * PAGE)),
    ],
  ]);
  expectInvalid(found);
  expect(found.find(([name]) => name === 'LMDB 0.9')?.[1].message).toContain('version 1');
});

function rootOf(file: Buffer): number {
  const newer = file.readBigUInt64LE(PAGE + 152) > file.readBigUInt64LE(152) ? PAGE : 0;
  return Number(file.readBigUInt64LE(newer + 136));
}

test('a file that is cut short at any page, or anywhere, opens with all points or says so', async () => {
  const random = randomOf(11);
  const pages = whole.length / PAGE;
  const lengths = Array.from({ length: pages - 1 }, (_, page) => (page + 1) * PAGE);
  for (let i = 0; i < 20; i++) lengths.push(integer(random, 1, whole.length));
  const found = await outcomes(lengths.map((bytes) => [`${bytes} bytes`, whole.subarray(0, bytes)] as const));
  for (const [name, { code, opened, message }] of found)
    if (code === undefined)
      expect(opened, name).toBe(POINTS); // what is missing was not needed
    else
      expect({ code, message }, name).toMatchObject({
        code: 'DATABASE_INVALID',
        message: expect.stringMatching(/cut short|is not one of/),
      });
  expect(found.filter(([, { code }]) => code === undefined).length).toBeLessThan(pages / 2);
  expect(found[Math.floor(pages / 2) - 1]?.[1].code).toBe('DATABASE_INVALID');
});

test('bits that flip in the first two pages: all points, those of a commit before, or an error', async () => {
  const seed = Number(process.env['SILT_SEED'] ?? 3);
  const random = randomOf(seed);
  const flips = amount('SILT_FLIPS', 10, 40);
  const cases = Array.from({ length: flips }, () => {
    const at = integer(random, 0, 2) * PAGE + integer(random, 0, 176);
    const bit = integer(random, 0, 8);
    const bytes = patched((copy) => {
      copy[at]! ^= 1 << bit;
    });
    return [`byte ${at}, bit ${bit}, SILT_SEED=${seed}`, bytes] as const;
  });
  for (const [name, { code, opened, wrote, message }] of await outcomes(cases)) {
    if (code !== undefined) expect(code, `${name}: ${message}`).toBe('DATABASE_INVALID');
    else {
      // LMDB has no checksum of the number that says which state is the latest.
      expect([POINTS, POINTS - 20], name).toContain(opened);
      expect(wrote, name).toBe(1);
    }
  }
});

test('an empty file, and one whose making was cut short by a kill or a loss of power, are new databases', async () => {
  const made = await new Promise<Buffer>((resolve, reject) => {
    void withFolder(async (folder) => {
      const env = openLmdb({ path: folder, noSubdir: false });
      await env.close();
      resolve(readFileSync(join(folder, 'data.mdb')));
    }).catch(reject);
  });
  const fresh = Buffer.from(made.subarray(0, PAGE));
  fresh.writeBigUInt64LE(0n, 152);
  fresh.writeBigUInt64LE(1n, 144);
  for (const tree of [48, 96]) {
    fresh.writeUInt16LE(0, tree + 6);
    fresh.fill(0, tree + 8, tree + 40);
    fresh.fill(0xff, tree + 40, tree + 48);
  }
  const second = Buffer.from(fresh);
  second.writeBigUInt64LE(1n, 0);
  const lost = Buffer.alloc(PAGE);
  const third = Buffer.from(lost);
  third.writeBigUInt64LE(2n, 0);
  third.writeBigUInt64LE(1n, 8);
  const found = await outcomes([
    ['empty', Buffer.alloc(0)],
    ['one page', fresh],
    ['two pages', Buffer.concat([fresh, second])],
    ['two pages, lost', Buffer.concat([lost, lost])],
    ['two pages, the first lost', Buffer.concat([lost, second])],
    ['two pages, the second lost', Buffer.concat([fresh, lost])],
    ['three pages, two lost', Buffer.concat([lost, lost, third])],
    ['three pages, the first and the last lost', Buffer.concat([lost, second, lost])],
  ]);
  for (const [name, { code, opened, message }] of found)
    expect([code, opened], `${name}: ${message}`).toEqual([undefined, 0]);

  const committed = Buffer.from(second);
  committed.writeBigUInt64LE(1n, 152);
  const later = Buffer.from(third);
  later.writeBigUInt64LE(7n, 8);
  const damaged = await outcomes([
    ['the first page lost, with a commit in the second', Buffer.concat([lost, committed])],
    ['two pages lost, with a later commit behind them', Buffer.concat([lost, lost, later])],
    ['the first page lost, the second of other things', Buffer.concat([lost, Buffer.alloc(PAGE, 7)])],
  ]);
  for (const [name, { code, message }] of damaged)
    expect(code, `${name}: ${message}`).toBe('DATABASE_INVALID');
});

test('a file of another size of pages opens', () =>
  withFolder(async (folder) => {
    for (const pageSize of [8_192, 16_384]) {
      const path = join(folder, String(pageSize));
      mkdirSync(join(path, 'store'), { recursive: true });
      const env = openLmdb({ path: join(path, 'store'), noSubdir: false, maxDbs: 4, pageSize });
      await env.close();
      const database = await open(path);
      const c = await database.createCollection('c', { dimension: 4, metric: 'euclidean' });
      await c.upsert({ id: 1, vector: [1, 2, 3, 4] });
      await database.close();
      const again = await open(path);
      expect(await again.collection('c').count()).toBe(1);
      await again.close();
    }
  }));

test('a table of readers that is garbage, of another version or cut short is created again', async () => {
  const openings = new Openings();
  try {
    await withFolder(async (folder) => {
      const real = join(folder, 'real');
      await (await open(real)).close();
      const lock = readFileSync(join(real, 'store/lock.mdb'));
      const version = Buffer.from(lock);
      version.writeUInt32LE(0x1234, 4);
      const cases = {
        empty: Buffer.alloc(0),
        garbage: Buffer.alloc(8_272, 7),
        long: Buffer.alloc(100_000, 0xff),
        text: Buffer.from('hello'),
        short: lock.subarray(0, 100),
        version,
      };
      for (const [name, bytes] of Object.entries(cases)) {
        const path = join(folder, name);
        cpSync(real, path, { recursive: true });
        writeFileSync(join(path, 'store/data.mdb'), whole);
        writeFileSync(join(path, 'store/lock.mdb'), bytes);
        expect(await openings.open(path), name).toEqual({ opened: POINTS, wrote: 1 });
      }
    });
  } finally {
    await openings.end();
  }
});

test('a store file that is a folder is refused, and every failed opening gives the lock back', () =>
  withFolder(async (folder) => {
    mkdirSync(join(folder, 'db/store/data.mdb'), { recursive: true });
    expect(await failureOf(() => open(join(folder, 'db')))).toBe('DATABASE_INVALID');
    const path = join(folder, 'cut');
    mkdirSync(join(path, 'store'), { recursive: true });
    writeFileSync(join(path, 'store/data.mdb'), whole);
    truncateSync(join(path, 'store/data.mdb'), whole.length / 2);
    for (let tries = 0; tries < 3; tries++)
      expect(await failureOf(() => open(path))).toBe('DATABASE_INVALID');
    writeFileSync(join(path, 'store/data.mdb'), whole);
    const database = await open(path);
    expect(await database.collection('c').count()).toBe(POINTS);
    await database.close();
  }));

test('a file that is shorter than it says, since its last pages were free before they were written, opens', async () => {
  const found = await outcomes([
    [
      'three pages short',
      patched((copy) => {
        for (const at of [144, PAGE + 144]) copy.writeBigUInt64LE(BigInt(whole.length / PAGE + 2), at);
      }),
    ],
  ]);
  expect(found).toEqual([['three pages short', { opened: POINTS, wrote: 1 }]]);
});
