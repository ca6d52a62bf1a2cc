/* A change of one member of payloads leaves alone what is known of the others: filters, orders, facets, indexes, texts. */
import { expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import type { Collection, Filter } from '#silt/index.js';
import { EITHER, liveOf, withCollection } from '../../support/databases.js';
import { until } from '../../support/steps.js';

const COUNT = 1_500;
const CONFIG = {
  vectors: { v: { dimension: 2, metric: 'dot' } },
  text: { words: { path: 'said', language: 'none' } },
  indexing: { threads: 1, paused: true },
} as const;
const HALF: Filter = { must: { key: 'n', range: { lt: COUNT / 2 } } };

async function fill(points: Collection): Promise<void> {
  const all = Array.from({ length: COUNT }, (_, id) => ({
    id,
    vector: { v: [id, 1] },
    payload: { n: id, tag: `t${id % 3}`, said: `word w${id % 10}`, deep: { x: id % 2 } },
  }));
  await points.upsert(all);
  const live = liveOf(points);
  await until(() => live.inverted.every((field) => field.pending(live.slots) === 0));
}

/** Payloads that some reads read. */
async function readBy(points: Collection, reads: () => Promise<unknown>): Promise<number> {
  const { stored } = liveOf(points);
  const { point } = stored;
  let read = 0;
  stored.point = (row) => {
    read++;
    return point.call(stored, row);
  };
  try {
    await reads();
  } finally {
    stored.point = point;
  }
  return read;
}

test.each(EITHER)('%s: nothing of other members is read or made again', (backend) =>
  withCollection(backend, CONFIG, async (created) => {
    const points = created as unknown as Collection;
    await fill(points);
    await points.createPayloadIndex('tag', 'keyword');
    const reads = async (): Promise<void> => {
      expect(await points.count({ filter: HALF })).toBe(COUNT / 2);
      expect(await points.count({ filter: { must: { key: 'deep.x', match: { value: 1 } } } })).toBe(
        COUNT / 2,
      );
      expect(await points.facet('n', { limit: 1 })).toHaveLength(1);
      expect(await points.query({ query: { orderBy: 'n' }, k: 1, withPayload: false })).toHaveLength(1);
      const hits = await points.search({ text: 'w3' }, { using: 'words', k: COUNT, withPayload: false });
      expect(hits).toHaveLength(COUNT / 10);
    };
    await reads();
    const live = liveOf(points);
    const { changes } = live.text[0]!;
    for (let i = 0; i < 3; i++) await points.setPayload({ filter: {} }, { seen: i, other: null });
    await points.setPayload({ filter: {} }, { y: 1 }, { path: 'more' });
    await points.deletePayload({ filter: {} }, ['seen', 'more.y']);
    expect(live.text[0]!.pending(live.slots)).toBe(0);
    expect(live.text[0]!.changes).toBe(changes);
    expect(live.payloadIndexes.get('tag')).toMatchObject({ next: undefined });
    expect(live.payloadIndexes.get('tag')!.stale.size).toBe(0);
    expect(await readBy(points, reads)).toBe(0);
    expect(coreOf(points).live.payloadChanges.count).toBe(5 * COUNT);
  }),
);

test('a change of what they look at is seen, whichever way it is made', () =>
  withCollection('memory', CONFIG, async (created) => {
    const points = created as unknown as Collection;
    await fill(points);
    await points.createPayloadIndex('tag', 'keyword');
    const match = (key: string, value: string | number): Filter => ({ must: { key, match: { value } } });
    const counts = async (): Promise<unknown[]> => [
      await points.count({ filter: match('tag', 'new') }),
      await points.count({ filter: match('deep.x', 7) }),
      await points.count({ filter: { must: { is_empty: { key: 'n' } } } }),
      (await points.search({ text: 'new' }, { using: 'words', k: 9 })).length,
      (await points.facet('deep.x')).length,
    ];
    expect(await counts()).toEqual([0, 0, 0, 0, 2]);
    await points.setPayload([1, 2], { tag: 'new', more: 1 });
    await points.setPayload(3, { x: 7 }, { path: 'deep' });
    expect(await counts()).toEqual([2, 1, 0, 0, 3]);
    await points.batch([
      { setPayload: 1, payload: { said: 'new' } },
      { deletePayload: [2], paths: ['tag'] },
    ]);
    expect(await counts()).toEqual([1, 1, 0, 1, 3]);
    await points.deletePayload([1, 3], ['n']);
    await points.overwritePayload(4, { said: 'new', tag: 'new', deep: { x: 7 } });
    expect(await counts()).toEqual([2, 2, 3, 2, 3]);
    await points.clearPayload([1, 4]);
    await points.setPayload(3, { y: 1 }, { path: 'deep.x' });
    expect(await counts()).toEqual([0, 0, 3, 0, 2]);
    await points.setPayload({ filter: {} }, { large: 'x'.repeat(70_000), said: 'new' });
    expect((await counts())[3]).toBe(9);
    await points.deleteVectors([5, 6], ['v']);
    expect(await points.count({ filter: { must: { has_vector: 'v' } } })).toBe(COUNT - 2);
  }));
