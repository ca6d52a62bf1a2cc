/* A search says how it was answered, in counts that are true; recall is measured against exact answers. */

import { describe, expect, test } from 'vitest';
import type { Filter } from '#silt/index.js';
import { EITHER, PAUSED, pointsOf, vectors, withCollection } from '../support/databases.js';

describe.each(EITHER)('%s', (backend) => {
  test('explain counts what was looked at', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const [query] = vectors(50, 1) as [Float32Array];
      const explain = (o: object) => points.explain(query, { k: 10, ef: 40, ...o });
      expect((await explain({})).plan).toBe('nothing to search');
      await points.upsert(pointsOf(1, 1400));
      const waiting = await explain({});
      expect(waiting.plan).toMatch(/exact scan of 1400 rows: nothing is linked/);
      expect(waiting.counters).toMatchObject({ rowsScanned: 1400, nodesVisited: 0, rowsMasked: 0 });
      await points.buildNow();
      const linked = await explain({});
      expect(linked.plan).toBe('graph walk with ef 40');
      expect(linked.counters).toMatchObject({ rowsScanned: 0, rowsMasked: 0, hitsFromWindow: 0 });
      expect(linked.counters.nodesVisited).toBeGreaterThan(40);
      expect(linked.counters.nodesVisited).toBeLessThanOrEqual(1400);
      expect(linked.hits).toEqual(await points.search(query, { k: 10, ef: 40 }));
      // Rows of the window that stand out are found there; masked ones are met, and not returned.
      const near = Array.from({ length: 3 }, (_, i) => ({
        id: 5000 + i,
        vector: query.map((x, at) => (at === i ? x * 1.01 : x)),
      }));
      await points.upsert([...near, ...pointsOf(2, 17, 2000)]);
      await points.delete(2000);
      const both = await explain({});
      const hitsFromWindow = both.hits.filter(({ id }) => Number(id) >= 2000).length;
      expect(both.plan).toBe('graph walk with ef 40, after an exact scan of the rows not indexed yet');
      expect(both.counters).toMatchObject({ rowsScanned: 20, hitsFromWindow });
      expect(both.counters.rowsMasked).toBeGreaterThanOrEqual(1);
      expect(both.hits.slice(0, 3).map(({ id }) => Number(id) >= 2000)).toEqual([true, true, true]);
      const { hits } = linked;
      await points.delete(hits.map(({ id }) => id));
      const masked = await explain({});
      expect(masked.counters.rowsMasked).toBeGreaterThanOrEqual(10);
      expect(masked.hits).toHaveLength(10);
      const scan = await explain({ exact: true });
      expect(scan.plan).toMatch(/exact scan of 1420 rows: an exact answer was asked for/);
      expect(scan.counters).toMatchObject({ rowsScanned: 1420, rowsMasked: 11, nodesVisited: 0 });
      expect((await explain({ ef: 5000 })).plan).toMatch(/exact scan/);
      for (const ms of Object.values(scan.ms)) expect(ms).toBeGreaterThanOrEqual(0);
      expect(scan.ms.total).toBeGreaterThanOrEqual(scan.ms.hydrate);
    });
  });

  test('measureRecall compares graph and exact; the status keeps the last one', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      await points.ingest(pointsOf(1, 1500));
      await points.buildNow();
      await points.search(vectors(2, 1)[0]!);
      const report = await points.measureRecall({ sample: 40, k: 5, ef: 60 });
      expect(report).toMatchObject({ k: 5, target: null, ef: 60, sample: 40 });
      expect(report.value).toBeGreaterThan(0.9);
      expect(report.value).toBeLessThanOrEqual(1);
      const { k, target, ef, value, at } = report;
      expect(points.status().recall).toEqual({ k, target, ef, value, at });
    });
  });

  test('a field of a filter that no point has is named by explain, with the one that was probably meant', async () => {
    await withCollection(backend, PAUSED, async (points) => {
      const payload = { category: 'a', author: { name: 'x' }, items: [{ price: 1 }] };
      const planOf = async (filter: object) =>
        (await points.explain(vectors(50, 1)[0]!, { filter: filter as Filter })).plan;
      const has = (key: string) => ({ must: { key, match: { value: 'a' } } });
      expect(await planOf(has('categry'))).not.toMatch(/has a value/);
      await points.upsert(pointsOf(1, 20).map((point) => ({ ...point, payload })));
      expect(await planOf(has('categry'))).toMatch(
        /; no point has a value at categry\. Did you mean category\?$/,
      );
      expect(await planOf(has('category'))).not.toMatch(/has a value/);
      expect(await planOf(has('auhtor.name'))).toMatch(/at auhtor\.name\. Did you mean author\.name\?$/);
      expect(await planOf(has('items.price'))).toMatch(/at items\.price\. Did you mean items\[\]\.price\?$/);
      for (const key of ['category', 'author.name'])
        expect(await planOf(has(`payload.${key}`))).toMatch(
          `no point has a value at payload.${key}: paths begin in the payload, write ${key}`,
        );
      expect(await planOf(has('payload.colour'))).toMatch(/no point has a value at payload\.colour$/);
      expect(await planOf(has('colour'))).toMatch(/no point has a value at colour$/);
      for (const inherited of ['constructor', 'toString'])
        expect(await planOf(has(inherited))).toMatch(new RegExp(`no point has a value at ${inherited}$`));
      const inside = { nested: { key: 'items', filter: { must_not: has('prize') } } };
      expect(await planOf({ must: inside })).toMatch(
        /at items\[\]\.prize\. Did you mean items\[\]\.price\?$/,
      );
      await points.createPayloadIndex('category', 'keyword');
      await points.upsert(pointsOf(2, 300, 100));
      // Few payloads are read: what is said is how many they were, and what an index has is not looked for.
      expect(await planOf(has('categry'))).toMatch(/; none of 128 points looked at has a value at categry/);
      expect(await planOf(has('category'))).not.toMatch(/has a value/);
    });
  });
});
