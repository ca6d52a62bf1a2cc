/* T10: a quota is used up while the disk itself has room. The error says so, however LMDB tells of it. */
import { execFileSync, spawnSync } from 'node:child_process';
import { constants } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withFolder } from '../../support/files.js';

const support = fileURLToPath(new URL('../../support/', import.meta.url));
const { EDQUOT, EIO } = constants.errno;

const TOLD = [
  ['as the error of a write', EDQUOT],
  ['as an I/O error, for a write that was cut short', EIO],
] as const;

for (const [how, number] of TOLD)
  test(`writes say that the quota is used up, told ${how}; they work again when there is room`, (context) =>
    withFolder(async (folder) => {
      const library = join(folder, 'disk-quota.so');
      const source = join(support, 'disk-quota.c');
      if (process.platform !== 'linux') context.skip('libraries are loaded before others on Linux alone');
      try {
        execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], { stdio: 'pipe' });
      } catch (error) {
        context.skip(`no C compiler here: ${(error as Error).message}`);
      }
      const env = {
        ...process.env,
        LD_PRELOAD: library,
        SILT_QUOTA: join(folder, 'armed'),
        SILT_QUOTA_ERROR: String(number),
      };
      const { status, signal, stdout, stderr } = spawnSync(
        process.execPath,
        [join(support, 'disk-quota-child.mjs'), folder],
        { env, encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
      );
      expect({ status, signal, stderr }).toMatchObject({ status: 0, signal: null });
      const { refused, opened, after, found, left } = JSON.parse(stdout);
      expect(refused).toHaveLength(3);
      for (const text of refused)
        expect(text).toBe(
          'DISK_FULL: no room within the quota on the disk of PATH/db: the write was not kept',
        );
      expect(opened).toMatch(/^DISK_FULL: no room .*PATH\/other/);
      expect(after).toBe('written');
      expect(found).toBe(600);
      expect(left.sort()).toEqual(['data.mdb', 'lock.mdb']);
    }));
