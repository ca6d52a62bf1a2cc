/*
 * Where the system gives fewer threads than were asked for, down to none, builds end, rows are found and the process
 * lives; the status says why it was slow. With a real limit in processes of their own, and by a hook.
 */
import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chown } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { nodePlatform } from '#silt/platform/node/node.js';
import { someOf } from '../support/amount.js';
import { liveOf, pointsOf, SMALL, withCollection, withDatabase } from '../support/databases.js';
import { withFolder } from '../support/files.js';

const run = promisify(execFile);
const child = fileURLToPath(new URL('../support/few-threads-child.mjs', import.meta.url));

/** The limit does not bind root, and counts what its user has running: a child is run as a user that nobody else is. */
const limited =
  process.getuid?.() === 0 && ['setpriv', 'prlimit'].every((name) => existsSync(`/usr/bin/${name}`));

interface Said {
  readonly [step: string]: unknown;
  readonly fewStatus: { readonly state: string; readonly lastError: string | null; readonly pending: number };
}

let users = 0;

async function withThreads(threads: number, folder: string, more = 'more'): Promise<Said> {
  const user = String(100_000 + 16 * process.pid + ++users);
  if (folder) await chown(folder, Number(user), Number(user));
  const as = [`--reuid=${user}`, `--regid=${user}`, '--clear-groups'];
  const { stdout } = await run('setpriv', [...as, process.execPath, child, String(threads), folder, more]);
  return JSON.parse(stdout) as Said;
}

const WORKS = { Written: true, Built: 1500, Found: true };
const all = (name: string): object =>
  Object.fromEntries(Object.entries(WORKS).map(([step, value]) => [`${name}${step}`, value]));

describe('a limit of threads', () => {
  beforeEach((context) => {
    if (!limited) context.skip('needs root, setpriv and prlimit');
  });

  test.concurrent.each(someOf([0, 1, 2, 3, 4, 5, 6, 7, 8], 4))(
    '%d for 8 linkers: built, found, and told',
    async (threads) => {
      const more = threads === 2 ? 'more' : '';
      const said = await withThreads(threads, '', more);
      expect(said).toMatchObject({ created: true, ...all('few'), ...(more && all(more)) });
      const { state, lastError, pending } = said.fewStatus;
      expect(pending).toBe(0);
      if (threads === 8) return expect([state, lastError]).toEqual(['paused', null]);
      expect(state).toBe('degraded');
      const some = threads === 0 ? 'no worker thread' : `only ${threads} of 8 worker threads`;
      expect(lastError).toBe(`${some} could be started: EAGAIN`);
    },
  );

  test('none for the thread that writes: a write says so, and works when there is one', async () => {
    await withFolder(async (folder) => {
      const said = await withThreads(0, folder);
      expect(said['created']).toMatch(/^STORE_FAILED: no thread could be started .*EAGAIN/);
      expect(said).toMatchObject({ createdLater: true, ...all('more') });
    });
  });

  test('one for the thread that writes, none for linkers', async () => {
    await withFolder(async (folder) => {
      expect(await withThreads(1, folder)).toMatchObject({ created: true, ...all('few'), ...all('more') });
    });
  });
});

describe('a thread that is refused', () => {
  afterEach(() => {
    nodePlatform.faults.thread = undefined;
  });

  test('at each start from the n-th on: every build ends', async () => {
    for (let allowed = 0; allowed <= 2; allowed++) {
      let left = allowed;
      nodePlatform.faults.thread = () => {
        if (left-- <= 0) throw new Error('no more threads here');
      };
      await withCollection('memory', SMALL, async (points) => {
        await points.upsert(pointsOf(1, 700));
        expect((await points.buildNow()).linked).toBe(700);
        expect(points.status()).toMatchObject({ pending: 0, indexed: 700 });
      });
    }
  });

  test('is asked for again, and not more than once a second', async () => {
    let tries = 0;
    nodePlatform.faults.thread = () => {
      tries++;
      throw new Error('no more threads here');
    };
    const module = new URL('data:text/javascript,export function run(x) { return x; }');
    const began = performance.now();
    // In a lane of its own: that of the linkers has workers by now.
    const outcomes = await Promise.all(
      Array.from({ length: 100 }, (_, i) =>
        nodePlatform.pool.run(module, i, 'search').result.catch((error) => error),
      ),
    );
    const most = 1 + Math.floor((performance.now() - began) / 1_000);
    expect(tries).toBeLessThanOrEqual(most);
    for (const error of outcomes)
      expect(error).toMatchObject({
        code: 'WORKER_LOST',
        message: expect.stringContaining('no more threads here'),
      });
  });

  test('for an exact search: the calling thread answers', async () => {
    nodePlatform.faults.thread = () => {
      throw new Error('no more threads here');
    };
    await withDatabase('memory', async (db) => {
      const points = await db.createCollection('points', {
        ...SMALL,
        indexing: { threads: 2, paused: true },
      });
      await points.upsert(pointsOf(1, 3_000));
      for (const arena of liveOf(points).graphs[0]!.engine.arenas) arena.scanMsPerRow = 1; // as if this took seconds
      const query = pointsOf(1, 1)[0]!.vector;
      expect((await points.search(query, { k: 1, exact: true }))[0]!.id).toBe(0);
    });
  });
});
