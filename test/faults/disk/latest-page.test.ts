/*
 * T10: the disk refuses the one page that makes a commit the latest. LMDB gives up its environment then, and its
 * package would wait for ever for the third commit.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withFolder } from '../../support/files.js';

const support = fileURLToPath(new URL('../../support/', import.meta.url));

test('writes are refused, reads go on, the database closes, and opens again as it was before', async (context) => {
  await withFolder(async (folder) => {
    const library = join(folder, 'failing-disk.so');
    if (process.platform !== 'linux') context.skip('libraries are loaded before others on Linux alone');
    try {
      const source = join(support, 'failing-disk.c');
      execFileSync('gcc', ['-shared', '-fPIC', '-o', library, source, '-ldl'], { stdio: 'pipe' });
    } catch (error) {
      context.skip(`no C compiler here: ${(error as Error).message}`);
    }
    const env = { ...process.env, LD_PRELOAD: library, SILT_FAIL_META: join(folder, 'armed') };
    const child = join(support, 'failing-disk-child.mjs');
    for (const flags of [[], ['--unhandled-rejections=warn']]) {
      const { status, signal, stdout, stderr } = spawnSync(
        process.execPath,
        [...flags, child, join(folder, `${flags.length}`)],
        { env, encoding: 'utf8', timeout: 60_000, killSignal: 'SIGKILL' },
      );
      expect({ status, signal, stderr }).toMatchObject({ status: 0, signal: null });
      const { refused, read, found } = JSON.parse(stdout);
      expect(refused).toHaveLength(4);
      for (const text of refused)
        expect(text).toMatch(
          /^STORE_FAILED: .* PATH: .*the write was not kept.*close the database and open it again$/,
        );
      expect(read).toEqual([1, null, 1]);
      expect(found).toBe(1);
    }
  });
});
