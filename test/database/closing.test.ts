/* A database is closed while all of its rows are gone through: each call ends, and what is left of it says CLOSED. */
import { describe, expect, test } from 'vitest';
import { type Collection, open } from '#silt/index.js';
import { someOf } from '../support/amount.js';
import { BACKENDS, failureOf, PAUSED, pointsOf, withCollection } from '../support/databases.js';

const ROWS = 4_000;

describe.each(someOf(BACKENDS, 2))('%s', (backend) => {
  const using = (use: (points: Collection, close: () => Promise<void>, path?: string) => Promise<void>) =>
    withCollection(backend, PAUSED, async (points, db, path) => {
      await points.upsert(pointsOf(1, ROWS));
      await use(points, () => db.close(), path);
    });

  test('a scroll that is half-read ends with CLOSED, however it goes on', () =>
    using(async (points, close) => {
      const scrolls = Array.from({ length: 3 }, () => points.scroll()[Symbol.asyncIterator]());
      for (const scroll of scrolls) expect((await scroll.next()).done).toBe(false);
      const whole = scrolls[0]!;
      await close();
      expect(
        await failureOf(async () => {
          for (let given = 1; given < ROWS; given++) await whole.next();
        }),
      ).toBe('CLOSED');
      expect(await scrolls[1]!.return?.()).toMatchObject({ done: true });
    }));

  const CALLS: Record<string, (points: Collection) => Promise<unknown>> = {
    verify: (points) => points.verify(),
    'verify with repair': (points) => points.verify({ repair: true }),
    compact: (points) => points.compact(),
    createPayloadIndex: (points) => points.createPayloadIndex('n', 'integer'),
    'count by filter': (points) => points.count({ filter: { must: [{ key: 'n', match: { value: 1 } }] } }),
    getMany: (points) => points.getMany(Array.from({ length: 3_000 }, (_, i) => i)),
  };
  test.each(Object.entries(CALLS))('%s ends, and so does close, at whatever moment that comes', (_, call) =>
    using(async (points, close, path) => {
      const calls = Array.from({ length: 4 }, () => failureOf(() => call(points)));
      await new Promise((resolve) => setImmediate(resolve));
      await close();
      for (const failure of await Promise.all(calls)) expect([undefined, 'CLOSED']).toContain(failure);
      if (path === undefined) return;
      const again = await open(path);
      expect(await again.collection('points').count()).toBe(ROWS);
      await again.close();
    }),
  );
});
