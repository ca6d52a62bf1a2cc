/* Files of the system: what it refuses is told, but for what it cannot do at all. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cannotSync, type Files, writeAtomically } from '#silt/platform/files.js';
import { nodePlatform } from '#silt/platform/node/node.js';
import { readSealed, type SealedKind, writeSealed } from '#silt/platform/sealed-file.js';
import { withFolder } from '../support/files.js';

const { files } = nodePlatform;
const failure = (code: string): Error => Object.assign(new Error(code), { code });

test('a folder is synced; one that is not there is an error', () =>
  withFolder(async (folder) => {
    await files.syncFolder(folder);
    await expect(files.syncFolder(join(folder, 'missing'))).rejects.toMatchObject({ code: 'ENOENT' });
  }));

test('a system that cannot sync folders is not an error; a disk that fails, or is full, is one', () => {
  for (const code of ['EPERM', 'EISDIR', 'EACCES', 'EINVAL', 'ENOTSUP'])
    expect(cannotSync(failure(code)), code).toBe(true);
  for (const code of ['EIO', 'ENOSPC', 'EDQUOT', 'ENOENT', 'EMFILE', 'EROFS'])
    expect(cannotSync(failure(code)), code).toBe(false);
});

test('a file whose name is not on the disk for certain is said to have failed', () =>
  withFolder(async (folder) => {
    const { faults } = nodePlatform;
    faults.file = (operation) => {
      if (operation === 'syncFolder') throw failure('EIO');
    };
    try {
      const writing = writeAtomically(nodePlatform, join(folder, 'file'), [new Uint8Array(3)]);
      await expect(writing).rejects.toMatchObject({ code: 'EIO' });
    } finally {
      faults.file = undefined;
    }
    expect(await files.list(folder)).toEqual(['file']);
  }));

const KIND: SealedKind = {
  magic: 'SILTTEST',
  name: 'file of a test',
  version: 1,
  oldest: 1,
  headerMax: 1_000,
};

test('small pieces are written and read together, and others have their turn while each is made', () =>
  withFolder(async (folder) => {
    const calls = { read: 0, append: 0 };
    const counting: Files = {
      ...files,
      open: async (path, mode) => {
        const file = await files.open(path, mode);
        return {
          size: () => file.size(),
          truncate: (bytes) => file.truncate(bytes),
          sync: () => file.sync(),
          close: () => file.close(),
          read: (into, at) => {
            calls.read++;
            return file.read(into, at);
          },
          append: (bytes) => {
            calls.append++;
            return file.append(bytes);
          },
        };
      },
    };
    const path = join(folder, 'sealed');
    const PIECES = 800;
    let turns = 0;
    let going = true;
    const look = (): void => {
      turns++;
      if (going) setImmediate(look);
    };
    setImmediate(look);
    function* pieces(): Generator<Uint8Array> {
      const bytes = new Uint8Array(1_000); // the same memory again and again
      for (let i = 0; i < PIECES; i++) yield bytes.fill(i);
      yield new Uint8Array(600_000).fill(7);
      yield Uint8Array.of(1, 2, 3);
    }
    await writeSealed({ ...nodePlatform, files: counting }, path, KIND, {}, pieces());
    going = false;
    expect(turns).toBeGreaterThan(PIECES / 20);
    expect(calls.append).toBeLessThan(10);
    const taken = async (count: number, size: number): Promise<number[]> =>
      readSealed(counting, path, KIND, async (file) => {
        const firsts: number[] = [];
        for (let i = 0; i < count; i++) {
          const bytes = await file.take(size);
          expect(bytes.buffer.byteLength).toBe(size);
          firsts.push(bytes[0]!);
        }
        expect((await file.take(600_000)).every((byte) => byte === 7)).toBe(true);
        expect([...(await file.take(3))]).toEqual([1, 2, 3]);
        return firsts;
      });
    expect(await taken(PIECES, 1_000)).toEqual(Array.from({ length: PIECES }, (_, i) => i % 256));
    expect(calls.read).toBeLessThan(12);
    await taken(2, 400_000);
  }));
