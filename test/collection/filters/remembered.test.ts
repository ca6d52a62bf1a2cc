/* What is remembered of filters is bounded by what it really takes, and a filter under way loses nothing by that. */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, test } from 'vitest';
import { withCollection } from '../../support/databases.js';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

function heapMiB(): number {
  collectGarbage();
  return process.memoryUsage().heapUsed / 2 ** 20;
}

const TWO = { dimension: 2, metric: 'euclidean' } as const;

test('lists of values count: many long lists take no more than the bound', async () => {
  await withCollection('memory', TWO, async (points) => {
    await points.upsert(
      Array.from({ length: 500 }, (_, i) => ({ id: i, vector: [i, 1], payload: { t: `${i}` } })),
    );
    const before = heapMiB();
    for (let n = 0; n < 100; n++) {
      const any = Array.from({ length: 10_000 }, (_, i) => `${n}-${i}`);
      const hits = await points.search([n, 1], {
        k: 1,
        filter: { must: { key: 't', match: { any: [...any, '7'] } } },
      });
      expect(hits.map(({ id }) => id)).toEqual([7]);
    }
    // A hundred such lists are some 120 MiB; the bound of 64 counts what they hold, about.
    expect(heapMiB() - before).toBeLessThan(90);
  });
});

test('filters are forgotten in an empty collection, too', async () => {
  await withCollection('memory', TWO, async (points) => {
    const before = heapMiB();
    for (let n = 0; n < 60; n++) {
      const any = Array.from({ length: 20_000 }, (_, i) => `${n}-${i}`);
      expect(await points.count({ filter: { must: { key: 't', match: { any } } } })).toBe(0);
    }
    expect(heapMiB() - before).toBeLessThan(90);
  });
});

test('calls whose filters together are larger than the limit complete beside each other', async () => {
  await withCollection('memory', TWO, async (points) => {
    const rows = Array.from({ length: 2_000 }, (_, i) => ({
      id: i,
      vector: [i, 1],
      payload: { t: `v${i}` },
    }));
    await points.upsert(rows);
    // Together they take more than may be remembered, and each reads payloads in several turns.
    const huge = (n: number): string[] => Array.from({ length: 250_000 }, (_, i) => `${n}-${i}`);
    const counts = await Promise.all(
      [1, 2, 3].map((n) =>
        points.count({ filter: { must: { key: 't', match: { any: [...huge(n), `v${n}`] } } } }),
      ),
    );
    expect(counts).toEqual([1, 1, 1]);
  });
});
