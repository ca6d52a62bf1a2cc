/*
 * T8 for payload indexes: a file that is cut short, altered, foreign or out of date costs time, never a row, and never
 * gives a wrong answer.
 */
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { cp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import type { Filter } from '#silt/api/filter.js';
import { PAYLOADS_VERSION } from '#silt/collection/upkeep/payload-file.js';
import { type Collection, type IndexKind, open } from '#silt/index.js';
import { amount } from '../../support/amount.js';
import { PAUSED } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { FilterTwin, INDEXED, randomRows } from '../../support/filtered.js';
import { randomFilter } from '../../support/filters.js';
import { integer, randomOf, vectorsFor } from '../../support/random.js';
import { until } from '../../support/steps.js';

const CONFIG = { ...PAUSED, dimension: 4 };
const VECTOR = vectorsFor('cosine', 1, 1, 4)[0]!;

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
      const step = Math.max(1, Math.floor(whole.length / amount('SILT_CUTS', 5, 50)));
      const near = amount('SILT_CUTS', 5, 20);
      for (let length = 0; length < whole.length; length += length > whole.length - near ? 1 : step)
        await expectUnder(whole.subarray(0, length), `${length} of ${whole.length} bytes`, true);
      await expectUnder(whole, 'whole', false);
    });
  });

  test('bits altered', async () => {
    await withFile(async ({ whole, expectUnder }) => {
      const random = randomOf(2);
      for (let round = 0; round < amount('SILT_FLIPS', 6, 40); round++) {
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
      for (let round = 0; round < amount('SILT_FLIPS', 4, 16); round++) {
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
