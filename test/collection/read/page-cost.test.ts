/* What a page of a scroll costs: what is read for it, counted at the store. */
import { describe, expect, test, vi } from 'vitest';
import type { Collection, ScrollPageOptions } from '#silt/index.js';
import { liveOf, withCollection } from '../../support/databases.js';

const LINE = { dimension: 2, metric: 'euclidean', indexing: { paused: true } } as const;
const COUNT = 3_000;
const LIMIT = 20;

/** Points 0, 1, 2 …; `tenth` is true of every tenth, `odd` of every second. */
async function filled(points: Collection): Promise<void> {
  const all = Array.from({ length: COUNT }, (_, id) => ({
    id,
    vector: [id, 0],
    payload: { id, tenth: id % 10 === 0, odd: id % 2 === 1 },
  }));
  await points.upsert(all);
}

/** Ids of all pages, and how many payloads and ids were read for each. */
async function paged(
  points: Collection,
  o: ScrollPageOptions,
  between: (page: number) => unknown = () => {},
): Promise<{ ids: unknown[]; reads: number[] }> {
  const { store } = liveOf(points);
  const ids: unknown[] = [];
  const reads: number[] = [];
  const read = vi.spyOn(store, 'point');
  const named = vi.spyOn(store, 'ids');
  let looked = 0;
  named.mockImplementation(function* (...args) {
    for (const one of Object.getPrototypeOf(store).ids.apply(store, args)) {
      looked++;
      yield one;
    }
  });
  try {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      read.mockClear();
      looked = 0;
      const page = await points.scrollPage({ ...o, limit: LIMIT, cursor });
      ids.push(...page.points.map(({ id }) => id));
      reads.push(read.mock.calls.length + looked);
      cursor = page.next;
      await between(reads.length);
    }
  } finally {
    read.mockRestore();
    named.mockRestore();
  }
  return { ids, reads };
}

const every = (step: number, from = 0): number[] =>
  Array.from({ length: COUNT }, (_, id) => id).filter((id) => id % step === from);

describe.each(['memory', 'disk'] as const)('a page of a scroll (%s)', (backend) => {
  test('without a payload index: payloads are read from where the page before ended, until it is full', () =>
    withCollection(backend, LINE, async (points) => {
      await filled(points);
      const o = { filter: { must: { key: 'tenth', match: { value: true } } } };
      const { ids, reads } = await paged(points, o);
      expect(ids).toEqual(every(10));
      // Each of them is looked at, and the one point more that says whether there is another page.
      for (const each of reads) expect(each).toBeLessThanOrEqual(3 * 10 * (LIMIT + 1) + 2 * 256);
    }));

  test('with a payload index: once all that match are known, no more than what is on the page', () =>
    withCollection(backend, LINE, async (points) => {
      await filled(points);
      await points.createPayloadIndex('tenth', 'bool');
      const o = { filter: { must: { key: 'tenth', match: { value: true } } } };
      const { ids, reads } = await paged(points, o);
      expect(ids).toEqual(every(10));
      const [, ...later] = reads;
      for (const each of later) expect(each).toBeLessThanOrEqual(2 * (LIMIT + 1));
    }));

  test('so it is where many match, by an index', () =>
    withCollection(backend, LINE, async (points) => {
      await filled(points);
      await points.createPayloadIndex('odd', 'bool');
      const o = { filter: { must: { key: 'odd', match: { value: true } } } };
      const { ids, reads } = await paged(points, o);
      expect(ids).toEqual(every(2, 1));
      for (const each of reads) expect(each).toBeLessThanOrEqual(4 * 256);
    }));

  test('writes between two pages add what they add, and no more', () =>
    withCollection(backend, LINE, async (points) => {
      await filled(points);
      await points.createPayloadIndex('tenth', 'bool');
      const o = { filter: { must: { key: 'tenth', match: { value: true } } } };
      const { ids, reads } = await paged(points, o, async (page) => {
        const id = COUNT - 10 * page + 5;
        await points.upsert({ id, vector: [id, 0], payload: { id, tenth: true } });
        await points.delete(id - 5);
      });
      const added = ids.filter((id) => (id as number) % 10 === 5);
      expect(added.length).toBeGreaterThan(5);
      expect(ids).toEqual([...ids].sort((a, b) => (a as number) - (b as number)));
      expect(new Set(ids).size).toBe(ids.length);
      // The one that was added is read once more, and the one that was deleted is passed over.
      for (const each of reads.slice(1)) expect(each).toBeLessThanOrEqual(2 * (LIMIT + 1) + 10);
    }));

  test('without a filter, a page of twenty reads twenty points and one', () =>
    withCollection(backend, LINE, async (points) => {
      await filled(points);
      const { ids, reads } = await paged(points, {});
      expect(ids).toEqual(every(1));
      for (const each of reads) expect(each).toBeLessThanOrEqual(2 * (LIMIT + 1));
    }));
});
