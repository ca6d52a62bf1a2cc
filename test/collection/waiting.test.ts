/* Who waits for a row to be indexed lives to see it, also where nothing else is left to do. */
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { BACKENDS } from '../support/databases.js';
import { withFolder } from '../support/files.js';

const CHILD = fileURLToPath(new URL('../support/wait-child.mjs', import.meta.url));

test.each(BACKENDS)('%s: a process that only waits does not end before', async (backend) => {
  await withFolder(async (folder) => {
    const path = backend === 'disk' ? [join(folder, 'db')] : [];
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, ...path], { timeout: 30_000 });
    expect(stdout).toBe('indexed 1\n');
  });
});
