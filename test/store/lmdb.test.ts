/* The store on disk: each transaction is answered, and by its own answer. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { expect, test } from 'vitest';
import { withFolder } from '../support/files.js';
import { openLmdb } from '../support/stores.js';

const child = fileURLToPath(new URL('../support/refused-child.mjs', import.meta.url));

test.each(['throw', 'warn', 'none'])(
  'transactions that cannot be made are refused, and the others are kept, with unhandled rejections: %s',
  async (mode) => {
    await withFolder(async (folder) => {
      const { status, stdout } = spawnSync(process.execPath, [child, folder], {
        env: { ...process.env, NODE_OPTIONS: `--unhandled-rejections=${mode}` },
        encoding: 'utf8',
        timeout: 60_000,
        killSignal: 'SIGKILL',
      });
      expect(status).toBe(0);
      expect(JSON.parse(stdout)).toEqual([1, 'refused', 2, 'refused', 3, 'refused', 4]);
    });
  },
);

test('what is closed gives no rows, vectors, ids or records', async () => {
  await withFolder(async (folder) => {
    const store = await openLmdb(folder);
    await store.close();
    const closed = expect.objectContaining({ code: 'CLOSED' });
    expect(() => store.records('')).toThrow(closed);
    expect(() => [...store.rows(1, 0)]).toThrow(closed);
    expect(() => [...store.vectors(1, 0)]).toThrow(closed);
    expect(() => [...store.ids(1)]).toThrow(closed);
    expect(() => store.counts(1)).toThrow(closed);
  });
});
