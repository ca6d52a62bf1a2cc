/* The store on disk: each transaction is answered, and by its own answer. */
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
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

/** What `opener-at.mjs` says. */
const REJECTED = 3;

test('where no socket can be made, a thread that opens while readers of another are renewed is kept out', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    mkdirSync(join(path, 'store'), { recursive: true });
    writeFileSync(join(path, 'lock'), ''); // in the place of the folder of the socket
    const store = await openLmdb(path);
    const state = new Int32Array(new SharedArrayBuffer(4));
    const worker = new Worker(fileURLToPath(new URL('../support/opener-at.mjs', import.meta.url)), {
      workerData: { path, state },
      execArgv: [],
    });
    await once(worker, 'message');
    const { reading } = store as unknown as { readonly reading: { done(): void } };
    const { done } = reading;
    reading.done = () => {
      done.call(reading);
      reading.done = done;
      Atomics.store(state, 0, 1);
      Atomics.notify(state, 0);
      Atomics.wait(state, 0, 1);
    };
    store.refresh();
    expect(Atomics.load(state, 0)).toBe(REJECTED);
    await once(worker, 'exit');
    await store.close();
  }));
