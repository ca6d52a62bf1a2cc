/* Distance matrices by vectors without a graph: each point of the sample with its nearest among the others. */
import { expect, test } from 'vitest';
import { withClient } from '../../support/qdrant.js';

const IDS = Array.from({ length: 9 }, (_, id) => id);
/** Of the two indices of each, one is that of the next point: there is no other overlap. */
const sparseOf = (id: number) => ({ indices: [id, id + 1], values: [1, id + 1] });
const multiOf = (id: number) => [
  [id, 1],
  [-id, 2],
];

const dot = (a: readonly number[], b: readonly number[]): number =>
  a.reduce((sum, x, i) => sum + x * b[i]!, 0);
const maxSim = (a: number, b: number): number =>
  multiOf(a).reduce((sum, one) => sum + Math.max(...multiOf(b).map((other) => dot(one, other))), 0);
const overlap = (a: number, b: number): number => (Math.abs(a - b) === 1 ? Math.min(a, b) + 1 : 0);

test('matrices of sparse vectors and of several vectors have the pairs that comparing all gives', async () => {
  await withClient(async (client) => {
    const multivector_config = { comparator: 'max_sim' } as const;
    await client.createCollection('c', {
      vectors: { m: { size: 2, distance: 'Dot', multivector_config } },
      sparse_vectors: { s: {} },
    });
    const points = IDS.map((id) => ({ id, vector: { s: sparseOf(id), m: multiOf(id) }, payload: { id } }));
    await client.upsert('c', { points });
    await client.upsert('c', { points: [{ id: 99, vector: {}, payload: { id: 99 } }] });
    const filter = { must_not: { key: 'id', match: { value: 4 } } };
    for (const [using, score] of [
      ['s', overlap],
      ['m', maxSim],
    ] as const) {
      const request = { using, sample: 100, limit: 2, filter };
      const ids = IDS.filter((id) => id !== 4);
      const expected = ids.flatMap((a) =>
        ids
          .filter((b) => b !== a && score(a, b) !== 0)
          .map((b) => ({ a, b, score: score(a, b) }))
          .sort((x, y) => y.score - x.score)
          .slice(0, 2),
      );
      const { pairs } = await client.searchMatrixPairs('c', request);
      expect(pairs).toEqual(expected);
      const matrix = await client.searchMatrixOffsets('c', request);
      expect(matrix).toEqual({
        ids,
        offsets_row: expected.map(({ a }) => ids.indexOf(a)),
        offsets_col: expected.map(({ b }) => ids.indexOf(b)),
        scores: expected.map(({ score }) => score),
      });
    }
    const one = { using: 's', filter: { must: { has_id: [1, 99] } } };
    expect(await client.searchMatrixPairs('c', one)).toEqual({ pairs: [] });
    expect(await client.searchMatrixOffsets('c', one)).toMatchObject({ ids: [], scores: [] });
  });
});
