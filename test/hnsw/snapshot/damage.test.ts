/* T8: a damaged file is refused with a clear error, whatever the damage; it never opens with wrong neighbours. */
import { mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { crc32 } from 'node:zlib';
import { beforeAll, describe, expect, test } from 'vitest';
import { SNAPSHOT_VERSION } from '#silt/hnsw/snapshot.js';
import { HnswIndex, SnapshotError } from '#silt/index.js';
import * as L from '#silt/kernel/layout.js';
import { withFolder } from '../../support/files.js';
import { engineOf, indexOf, numbered } from '../../support/index.js';
import { gaussianVectors, integer, randomOf } from '../../support/random.js';

const small = () =>
  indexOf({ dimension: 3, metric: 'euclidean', threads: 1, m: 4 }, numbered(gaussianVectors(1, 40, 3)));

let whole: Buffer;
/** Where the header ends. */
let headerEnd: number;

beforeAll(async () => {
  whole = await withFolder(async (folder) => {
    await small().save(join(folder, 'x'));
    return readFile(join(folder, 'x'));
  });
  headerEnd = 16 + whole.readUInt32LE(12);
});

/** What loading these bytes says; undefined if they open. */
async function refusal(folder: string, bytes: Uint8Array): Promise<unknown> {
  const path = join(folder, 'x');
  await writeFile(path, bytes);
  return HnswIndex.load(path, { threads: 1 }).then(
    () => undefined,
    (error: unknown) => error,
  );
}

function expectRefused(error: unknown, what: string): void {
  if (error instanceof SnapshotError && error.code === 'SNAPSHOT_INVALID' && /x: \w/.test(error.message))
    return;
  expect.fail(`${what}: ${error === undefined ? 'it opened' : String((error as Error).stack)}`);
}

test('the whole file opens', async () => {
  await withFolder(async (folder) => expect(await refusal(folder, whole)).toBeUndefined());
});

test('cut short at any byte of the head, of the tail, and between', async () => {
  const { length } = whole;
  const cuts = new Set([
    ...Array.from({ length: 300 }, (_, i) => i),
    ...Array.from({ length: 64 }, (_, i) => Math.floor((i * length) / 64)),
    ...Array.from({ length: 64 }, (_, i) => length - 1 - i),
  ]);
  await withFolder(async (folder) => {
    for (const cut of cuts) expectRefused(await refusal(folder, whole.subarray(0, cut)), `cut at ${cut}`);
  });
});

test('longer than it says', async () => {
  await withFolder(async (folder) => {
    for (const more of [1, 4, 100_000])
      expectRefused(await refusal(folder, Buffer.concat([whole, Buffer.alloc(more)])), `${more} bytes more`);
  });
});

test('one bit of the header altered', async () => {
  await withFolder(async (folder) => {
    for (let at = 0; at < headerEnd; at++) {
      for (let bit = 0; bit < 8; bit++) {
        const bytes = Buffer.from(whole);
        bytes[at]! ^= 1 << bit;
        expectRefused(
          await refusal(folder, bytes),
          `bit ${bit} of byte ${at}: ${bytes.subarray(16, headerEnd)}`,
        );
      }
    }
  });
});

test('bits altered anywhere', async () => {
  const random = randomOf(1);
  await withFolder(async (folder) => {
    for (let round = 0; round < 200; round++) {
      const bytes = Buffer.from(whole);
      const flips = Array.from({ length: 1 + (round % 3) }, () => integer(random, 0, 8 * whole.length));
      for (const bit of new Set(flips)) bytes[bit >> 3]! ^= 1 << (bit & 7);
      expectRefused(await refusal(folder, bytes), `bits ${flips}`);
    }
    for (let at = whole.length - 64; at < whole.length; at++) {
      const bytes = Buffer.from(whole);
      bytes[at]! ^= 0x10;
      expectRefused(await refusal(folder, bytes), `byte ${at}`);
    }
  });
});

test('a block of zeros, and two blocks exchanged', async () => {
  await withFolder(async (folder) => {
    const zeros = Buffer.from(whole).fill(0, headerEnd + 40, headerEnd + 4096);
    expectRefused(await refusal(folder, zeros), 'zeros');
    const exchanged = Buffer.from(whole);
    exchanged.copyWithin(headerEnd + 40, headerEnd + 4136, headerEnd + 8232);
    expectRefused(await refusal(folder, exchanged), 'exchanged');
  });
});

/** The file with another header, its checksum right. */
function withHeader(change: (header: Record<string, unknown>) => unknown): Buffer {
  const header = JSON.parse(whole.subarray(16, headerEnd).toString()) as Record<string, unknown>;
  const json = Buffer.from(JSON.stringify(change(header) ?? header));
  const head = Buffer.from(whole.subarray(0, 16));
  head.writeUInt32LE(json.length, 12);
  return sealed(Buffer.concat([head, json, whole.subarray(headerEnd)]));
}

type Section = { options: object; arenas: Record<string, unknown>[] };
const sectionOf = (header: Record<string, unknown>): Section => (header['sections'] as Section[])[0]!;

/** The header as version 2 and 3 had it. */
function before(header: Record<string, unknown>): {
  options: object;
  arenas: Record<string, unknown>[];
  bodyBytes: number;
} {
  const { options, arenas } = sectionOf(header);
  const bodyBytes = whole.length - headerEnd - 4;
  const [{ origin, ...own }] = arenas as [Record<string, unknown>];
  const originBytes = origin ? 12 : 0;
  const blocksBytes = bodyBytes - originBytes - (own['rows'] as number);
  const arena = { ...own, originBytes, blocksBytes };
  return { options: { ...options, threads: 1, searchers: 0 }, arenas: [arena], bodyBytes };
}

function sealed(bytes: Buffer): Buffer {
  bytes.writeUInt32LE(crc32(bytes.subarray(0, -4)), bytes.length - 4);
  return bytes;
}

describe('other files', () => {
  test('an empty file, text, another format', async () => {
    await withFolder(async (folder) => {
      for (const bytes of [
        Buffer.alloc(0),
        Buffer.from('hello'),
        Buffer.from('{"vectors": []}'.repeat(100)),
        Buffer.from('SILTHNSW'),
        Buffer.alloc(100_000),
        Buffer.alloc(100_000, 0xff),
      ])
        expectRefused(await refusal(folder, bytes), `${bytes.length} bytes`);
    });
  });

  test('an unknown version is named', async () => {
    await withFolder(async (folder) => {
      for (const version of [0, SNAPSHOT_VERSION + 1, 77, 0xffffffff]) {
        const bytes = Buffer.from(whole);
        bytes.writeUInt32LE(version, 8);
        const error = await refusal(folder, sealed(bytes));
        expectRefused(error, `version ${version}`);
        expect((error as Error).message).toContain(String(version));
      }
    });
  });

  test('a header that says other things, with a right checksum', async () => {
    await withFolder(async (folder) => {
      const arena = (o: Record<string, unknown>) => (header: Record<string, unknown>) => {
        Object.assign(sectionOf(header).arenas[0]!, o);
      };
      const section = (o: Record<string, unknown>) => (header: Record<string, unknown>) => {
        Object.assign(sectionOf(header), o);
      };
      const options = (o: Record<string, unknown>) => (header: Record<string, unknown>) => {
        Object.assign(sectionOf(header).options, o);
      };
      const changes: [string, (header: Record<string, unknown>) => unknown][] = [
        ['null', () => 'null'],
        ['a list', () => []],
        ['no sections', (h) => ({ ...h, sections: undefined })],
        ['sections are no list', (h) => ({ ...h, sections: 3 })],
        ['an empty list of sections', (h) => ({ ...h, sections: [] })],
        ['a section is null', (h) => ({ ...h, sections: [null] })],
        ['two sections', (h) => ({ ...h, sections: [sectionOf(h), sectionOf(h)] })],
        ['another field', section({ field: 1 })],
        ['a kind of field to come', section({ kind: 'sparse' })],
        ['links that are kept otherwise', section({ links: 'blocks' })],
        ['no arenas', section({ arenas: undefined })],
        ['arenas are no list', section({ arenas: 3 })],
        ['an arena is null', section({ arenas: [null] })],
        ['no options', section({ options: undefined })],
        ['another dimension', options({ dimension: 50 })],
        ['another m', options({ m: 8 })],
        ['arenas too small', options({ arenaBytes: 65_536 })],
        ['an origin that is not there', arena({ origin: true })],
        ['an origin that is neither', arena({ origin: 12 })],
        ['an arena twice', (h) => section({ arenas: [...sectionOf(h).arenas, ...sectionOf(h).arenas] })(h)],
        ['more rows', arena({ rows: 41 })],
        ['fewer rows', arena({ rows: 39 })],
        ['negative rows', arena({ rows: -1 })],
        ['rows of text', arena({ rows: '40' })],
        ['more rows than there can be', arena({ rows: 2 ** 40 })],
        ['an entry point that is no row', arena({ entryRow: 1000 })],
        ['an entry point without a number', arena({ entryRow: null })],
        ['a fraction of a row as entry point', arena({ entryRow: 1.5 })],
      ];
      for (const [what, change] of changes) expectRefused(await refusal(folder, withHeader(change)), what);
    });
  });

  test('of version 2, the level of the entry point is that of its row, whatever the header says', async () => {
    await withFolder(async (folder) => {
      const bytes = withHeader((header) => {
        const old = before(header);
        return { ...old, arenas: [{ ...old.arenas[0], entryLevel: 15 }] };
      });
      bytes.writeUInt32LE(2, 8);
      expect(await refusal(folder, sealed(bytes))).toBeUndefined();
      const [arena] = engineOf(await HnswIndex.load(join(folder, 'x'), { threads: 1 })).arenas;
      const { buffer } = arena!.memory;
      const [row, level] = new Int32Array(buffer, L.DESC + L.D_ENTRY, 2);
      expect(row).toBe(arena!.entryRow);
      expect(level).toBe(new Uint8Array(buffer)[arena!.kernel.levelOf(row!) >>> 0]);
    });
  });
});

test('one that version 3 wrote opens as it was, and not where its header is that of another version', async () => {
  await withFolder(async (folder) => {
    for (const version of [3, SNAPSHOT_VERSION]) {
      const bytes = withHeader(before);
      bytes.writeUInt32LE(version, 8);
      const error = await refusal(folder, sealed(bytes));
      if (version === 3) expect(error).toBeUndefined();
      else expectRefused(error, 'a header of version 3');
    }
    await writeFile(join(folder, 'y'), whole);
    const found = async (name: string) =>
      (await HnswIndex.load(join(folder, name), { threads: 1 })).search([0, 0, 0], 40);
    const bytes = withHeader(before);
    bytes.writeUInt32LE(3, 8);
    await writeFile(join(folder, 'x'), sealed(bytes));
    expect(await found('x')).toEqual(await found('y'));
  });
});

test('a missing file and a folder are errors that name the path', async () => {
  await withFolder(async (folder) => {
    await expect(HnswIndex.load(join(folder, 'none'))).rejects.toThrow('none');
    await expect(HnswIndex.load(folder)).rejects.toThrow();
  });
});

test('a save that fails leaves the old file, and nothing else', async () => {
  await withFolder(async (folder) => {
    const index = small();
    await mkdir(join(folder, 'taken'));
    await writeFile(join(folder, 'taken', 'inside'), 'x');
    await expect(index.save(join(folder, 'taken'))).rejects.toThrow();
    await expect(index.save(join(folder, 'missing', 'x'))).rejects.toThrow('missing');
    expect(await readdir(folder)).toEqual(['taken']);
    expect(await readdir(join(folder, 'taken'))).toEqual(['inside']);
    await index.save(join(folder, 'x')); // the next one is not blocked
    expect((await readdir(folder)).sort()).toEqual(['taken', 'x']);
    expect((await HnswIndex.load(join(folder, 'x'))).size).toBe(40);
  });
});

test('a save over an old file replaces it whole', async () => {
  await withFolder(async (folder) => {
    const path = join(folder, 'x');
    await writeFile(path, 'an old file that is much longer than nothing'.repeat(100_000));
    await small().save(path);
    expect((await readFile(path)).equals(whole)).toBe(true);
    expect(await readdir(folder)).toEqual(['x']);
  });
});
