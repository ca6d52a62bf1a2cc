/* T9 during flushSync: a worker dies beside the calling thread, which waits for nobody's event loop. */
import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { someOf } from '../support/amount.js';

const child = fileURLToPath(new URL('../support/flush-child.mjs', import.meta.url));

test.each(someOf(['claimed', 'linking', 'linked', 'published'], 2))('a worker dies at %s', async (step) => {
  for (let tried = 0; tried < 8; tried++) {
    // Claims begin at multiples of 32 behind the 200 rows that are linked.
    const row = 200 + 32 * (6 + tried);
    const ended = await promisify(execFile)(process.execPath, [child, step, String(row)], {
      timeout: 30_000,
    }).catch((error: { code?: number; stderr?: string }) => {
      if (error.code !== 1 || error.stderr) throw error;
      return undefined;
    });
    if (!ended) continue; // the calling thread was first each time
    expect(JSON.parse(ended.stdout)).toEqual({ hits: 1, ok: true, linked: 1700, pending: 0, lost: [] });
    return;
  }
  expect.fail('the calling thread reached the step each time');
});
