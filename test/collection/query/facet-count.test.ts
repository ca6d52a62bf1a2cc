/* The values of a facet are counted in several turns, and are those of one moment. */
import { expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { FacetCounting } from '#silt/collection/read/query/facet-count.js';
import { pathAt } from '#silt/collection/read/query/parse-ask.js';
import { newBits, setAll } from '#silt/filter/bits.js';
import type { Collection } from '#silt/index.js';
import { withCollection } from '../../support/databases.js';

const LINE = { dimension: 2, metric: 'euclidean', indexing: { paused: true } } as const;
const COUNT = 10_000;
const always = (): boolean => true;
const never = (): boolean => false;

/** Each has a value of its own, and one of seven. */
async function fill(points: Collection): Promise<void> {
  const ids = Array.from({ length: COUNT }, (_, id) => id);
  await points.upsert(ids.map((id) => ({ id, vector: [id, 1], payload: { own: `v${id}`, few: id % 7 } })));
}

test.each(['own', 'few'])('step by step, and at once: %s', (path) =>
  withCollection('memory', LINE, async (points) => {
    await fill(points);
    await points.delete([7, 14]);
    const expected = await points.facet(path, { limit: 5 }); // the memo knows all then
    const { live, reader } = coreOf(points);
    const bits = newBits(live.slots.count);
    setAll(bits, live.slots.count);
    const counting = (): FacetCounting =>
      new FacetCounting(live, reader.memos.facets(pathAt(path, 'key')), bits, 5);
    expect(counting().goOn(never)).toEqual(expected);
    const slow = counting();
    let turns = 1;
    let found = slow.goOn(always);
    for (; found === undefined; turns++) found = slow.goOn(always);
    expect(found).toEqual(expected);
    expect(turns).toBeGreaterThan(4);
    const other = counting();
    expect(other.goOn(always)).toBeUndefined();
    await points.setPayload(1, { few: 3 });
    expect([other.goOn(never), slow.goOn(never)]).toEqual([null, null]); // it speaks of what was
  }),
);

test('whatever is written meanwhile, all points are counted once', () =>
  withCollection('memory', LINE, async (points) => {
    await fill(points);
    let going = true;
    const writing = (async (): Promise<void> => {
      for (let id = 0; going; id = (id + 1) % COUNT) {
        await points.setPayload(id, { own: `v${(id * 31) % COUNT}`, few: (id * 3) % 7 });
        if (id % 50 === 0) await points.delete(COUNT - 1 - id);
        if (id % 50 === 1)
          await points.upsert({ id: COUNT - id, vector: [id, 1], payload: { own: `v${id}`, few: 1 } });
        if (id === 300) await points.compact();
      }
    })();
    const sizes: [number, number][] = [];
    for (let i = 0; i < 30; i++)
      for (const path of ['own', 'few']) {
        const before = points.status().points;
        const counts = await points.facet(path, { limit: COUNT });
        sizes.push([counts.reduce((sum, { count }) => sum + count, 0), before]);
      }
    going = false;
    await writing;
    for (const [counted, points] of sizes) expect(Math.abs(counted - points)).toBeLessThanOrEqual(1);
    expect(sizes.length).toBe(60);
  }));
