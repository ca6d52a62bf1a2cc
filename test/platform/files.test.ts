/* Files of the system: what it refuses is told, but for what it cannot do at all. */
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { cannotSync, writeAtomically } from '#silt/platform/files.js';
import { nodePlatform } from '#silt/platform/node/node.js';
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
