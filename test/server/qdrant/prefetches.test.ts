/* What Qdrant does with what prefetches give: groups that they leave short, and formulas that read their scores. */
import { expect, test } from 'vitest';
import { withClient, withPoints } from '../../support/qdrant.js';

const POINTS = [3, 1, 9, undefined, undefined].map((count, i) => ({
  id: i + 1,
  vector: [i + 1, 0, 0, 0],
  payload: count === undefined ? {} : { count },
}));

test('groups are found and filled beyond what prefetches give at first', async () => {
  await withClient(async (client) => {
    await client.createCollection('chunks', { vectors: { size: 1, distance: 'Dot' } });
    const points = Array.from({ length: 12 }, (_, id) => ({
      id,
      vector: [id + 1],
      payload: { of: id < 6 ? 'last' : 7 },
    }));
    await client.upsert('chunks', { points });
    const found = async (limit: number, group_size: number): Promise<unknown> => {
      const prefetch = { query: [1], limit };
      const request = { prefetch, query: [2], group_by: 'of', group_size, limit: 2 };
      const { groups } = await client.queryGroups('chunks', request);
      return groups.map(({ id, hits }) => [id, hits.map((hit) => hit.id)]);
    };
    expect(await found(3, 2)).toEqual([
      [7, [11, 10]],
      ['last', [5, 4]],
    ]);
    expect(await found(2, 4)).toEqual([
      [7, [11, 10, 9, 8]],
      ['last', [5, 4, 3, 2]],
    ]);
  });
});

test.each([
  ['Dot', 1, -1],
  ['Euclid', 100, 0],
] as const)(
  'groups are in the order of their best points, in whichever round these were found: %s',
  async (distance, far, near) => {
    await withClient(async (client) => {
      await client.createCollection('chunks', { vectors: { size: 1, distance } });
      const points = Array.from({ length: 12 }, (_, id) => ({
        id,
        vector: [id + 1],
        payload: { of: id < 6 ? 'best' : 7 },
      }));
      await client.upsert('chunks', { points });
      const request = { prefetch: { query: [far], limit: 3 }, query: [near], group_by: 'of', group_size: 2 };
      const { groups } = await client.queryGroups('chunks', { ...request, limit: 2 });
      expect(groups.map(({ id, hits }) => [id, hits.map((hit) => hit.id)])).toEqual([
        ['best', [0, 1]],
        [7, [6, 7]],
      ]);
    });
  },
);

test('defaults of a formula are any values, of which those that points need are numbers', async () => {
  await withPoints(POINTS, async (client) => {
    const scores = async (defaults: object | null): Promise<number[]> => {
      const query = { formula: { sum: [{ mult: ['$score', 0] }, 'count'] }, defaults } as never;
      const { points } = await client.query('test', { prefetch: { query: [1, 0, 0, 0] }, query });
      return points.map(({ score }) => score);
    };
    const unused = { city: null, other: { a: [1] }, $score: null };
    expect(await scores({ ...unused, count: 2 })).toEqual([9, 3, 2, 2, 1]);
    expect(await scores({ ...unused, count: [4] })).toEqual([9, 4, 4, 3, 1]);
    await expect(scores({ ...unused, count: [4, 5] })).rejects.toMatchObject({ status: 400 });
    await expect(scores(null)).rejects.toMatchObject({ status: 400 });
  });
});

test('points that are ordered by nothing, by a value or at random have the score 1 in a formula', async () => {
  await withPoints(POINTS, async (client) => {
    await client.createPayloadIndex('test', { field_name: 'count', field_schema: 'integer' });
    const prefetch = [
      { filter: { must: { has_id: [1, 2] } } },
      { query: { order_by: 'count' } },
      { query: { sample: 'random' as const }, filter: { must: { has_id: [3] } } },
    ];
    const formula = { sum: ['$score[0]', { mult: [10, '$score[1]'] }, { mult: [100, '$score[2]'] }] };
    const { points } = await client.query('test', { prefetch, query: { formula } });
    expect(points.map(({ id, score }) => [id, score]).sort()).toEqual([
      [1, 11],
      [2, 11],
      [3, 110],
    ]);
  });
});
