/* Who waits for a row to be indexed lives to see it, also where nothing else is left to do. */
import { execFile } from 'node:child_process';
import { getEventListeners } from 'node:events';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { someOf } from '../support/amount.js';
import {
  BACKENDS,
  failureOf,
  liveOf,
  PAUSED,
  pointsOf,
  SMALL,
  withCollection,
} from '../support/databases.js';
import { withFolder } from '../support/files.js';

const CHILD = fileURLToPath(new URL('../support/wait-child.mjs', import.meta.url));

test.each(someOf(BACKENDS, 2))('%s: a process that only waits does not end before', async (backend) => {
  await withFolder(async (folder) => {
    const path = backend === 'disk' ? [join(folder, 'db')] : [];
    const { stdout } = await promisify(execFile)(process.execPath, [CHILD, ...path], { timeout: 30_000 });
    expect(stdout).toBe('indexed 1\n');
  });
});

test('watch ends at once when its reader has enough, however long it would pause', {
  timeout: 20_000,
}, async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const { signal } = new AbortController();
    for (const end of ['return', 'ask and return'] as const) {
      const watching = points.watch({ intervalMs: 3_600_000, signal })[Symbol.asyncIterator]();
      expect((await watching.next()).value).toMatchObject({ points: 0 });
      const next = end === 'return' ? undefined : watching.next();
      expect(await watching.return!()).toEqual({ done: true, value: undefined });
      expect(await watching.next()).toEqual({ done: true, value: undefined });
      if (next) expect(await next).toMatchObject({ done: true });
    }
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

test('calls with a signal that lives long leave nothing on it', async () => {
  await withCollection('memory', SMALL, async (points) => {
    const { signal } = new AbortController();
    const { seq } = await points.upsert(pointsOf(1, 200), { signal });
    await points.waitFor(seq, 'searchable', { signal });
    await points.buildNow({ signal });
    await points.waitFor(seq, 'indexed', { signal });
    await points.search(pointsOf(1, 1)[0]!.vector, { signal });
    await points.ingest(pointsOf(2, 50), { signal });
    for await (const _ of points.watch({ signal })) break;
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

test.each([
  ['dropped', 'COLLECTION_NOT_FOUND'],
  ['closed', 'CLOSED'],
])('when a collection is %s, whoever waits is told the same', async (how, code) => {
  await withCollection('memory', PAUSED, async (points, db) => {
    await points.upsert(pointsOf(1, 4_000));
    const calls = [
      failureOf(() => points.buildNow()),
      failureOf(() => points.waitFor(9_999, 'searchable')),
      failureOf(() => points.waitFor(4_000, 'indexed')),
      failureOf(() => points.verify()),
      failureOf(() => points.compact()),
    ];
    await (how === 'dropped' ? db.dropCollection('points') : db.close());
    expect(new Set(await Promise.all(calls))).toEqual(new Set([code]));
    expect(await failureOf(() => points.buildNow())).toBe(code);
  });
});

test('waiting for a write that a poisoned collection cannot take is rejected', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(1, 10));
    const waiting = [
      failureOf(() => points.waitFor(11, 'searchable')),
      failureOf(() => points.waitFor(12, 'indexed')),
    ];
    const indexed = points.waitFor(10, 'indexed'); // its row is there, and can be linked
    await new Promise((resolve) => setImmediate(resolve));
    liveOf(points).poisonBy(new Error('for a test'));
    expect(await Promise.all(waiting)).toEqual(['COLLECTION_POISONED', 'COLLECTION_POISONED']);
    expect(await failureOf(() => points.waitFor(11, 'durable'))).toBe('COLLECTION_POISONED');
    await points.buildNow();
    await indexed;
  });
});
