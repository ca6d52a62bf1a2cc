/* Sparse vectors are searched exactly: dot products among the live points that have an index in common with the query. */
import { expect, test } from 'vitest';
import { type Collection, open, type PointId } from '#silt/index.js';
import { errorOf } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';
import { integer, type Random, randomOf } from '../../support/random.js';

interface Sparse {
  readonly indices: number[];
  readonly values: number[];
}
interface Written {
  readonly words?: Sparse;
  readonly n: number;
}

const { fround } = Math;

function randomSparse(random: Random): Sparse {
  const indices = [...new Set(Array.from({ length: integer(random, 1, 12) }, () => integer(random, 0, 60)))];
  return { indices, values: indices.map(() => fround(random() - 0.3)) };
}

/** The best by brute force; `idf` by the live points that have a vector. */
function bestOf(
  points: ReadonlyMap<PointId, Written>,
  query: Sparse,
  o: { k: number; most?: number; idf?: boolean },
): [PointId, number][] {
  const all = [...points.values()].flatMap(({ words }) => words ?? []);
  const weight = (index: number): number => {
    if (!o.idf) return 1;
    const found = all.filter(({ indices }) => indices.includes(index)).length;
    return Math.log(1 + (all.length - found + 0.5) / (found + 0.5));
  };
  const ranked = query.indices
    .map((index, i) => [index, fround(fround(query.values[i]!) * weight(index))] as const)
    .sort(([a], [b]) => a - b);
  const scored = [...points].flatMap(([id, { words, n }]): [PointId, number][] => {
    const common = ranked.filter(([index]) => words?.indices.includes(index));
    if (common.length === 0 || n >= (o.most ?? 10)) return [];
    const score = common.reduce(
      (sum, [index, w]) => fround(sum + fround(w * words!.values[words!.indices.indexOf(index)]!)),
      0,
    );
    return [[id, score]];
  });
  return scored.sort(([, a], [, b]) => b - a).slice(0, o.k);
}

test.each(['none', 'idf'] as const)(
  'with modifier %s: exact at every moment, with filters, deletions, compaction and opening again',
  (modifier) =>
    withFolder(async (folder) => {
      const random = randomOf(11);
      let db = await open(folder);
      let collection: Collection = await db.createCollection('points', { sparse: { words: { modifier } } });
      const points = new Map<PointId, Written>();
      const put = async (from: number, to: number): Promise<void> => {
        const some = Array.from({ length: to - from }, (_, i) => {
          const written: Written = {
            n: integer(random, 0, 10),
            ...(random() < 0.8 && { words: randomSparse(random) }),
          };
          points.delete(from + i); // behind the others from here on
          points.set(from + i, written);
          return { id: from + i, payload: { n: written.n }, vector: { words: written.words } };
        });
        await collection.upsert(some);
      };
      const look = async (): Promise<void> => {
        for (const most of [10, 4]) {
          const query = randomSparse(random);
          const filter = { must: [{ key: 'n', range: { lt: most } }] };
          const hits = await collection.search(query, { k: 7, using: 'words', filter });
          const expected = bestOf(points, query, { k: 7, most, idf: modifier === 'idf' });
          expect(hits.map(({ id, score }) => [id, score])).toEqual(expected);
          expect((await collection.search(query, { k: 3, offset: 2 })).map(({ id }) => id)).toEqual(
            bestOf(points, query, { k: 5, idf: modifier === 'idf' })
              .slice(2)
              .map(([id]) => id),
          );
        }
      };
      await look();
      await put(0, 400);
      await look();
      await put(200, 500);
      await collection.delete([1, 2, 3, 450]);
      for (const id of [1, 2, 3, 450]) points.delete(id);
      await look();
      await collection.compact();
      await look();
      await put(480, 520);
      await look();
      await db.close();
      db = await open(folder);
      collection = db.collection('points');
      await look();
      await db.close();
    }),
);

test('a stored point asks by its own sparse vector; a query of the wrong kind, or without a field, is an error', async () => {
  const db = await open();
  const points = await db.createCollection('points', {
    dimension: 2,
    metric: 'dot',
    sparse: { words: {}, tags: {} },
  });
  await points.upsert([
    { id: 1, vector: { '': [1, 0], words: { indices: [7, 8], values: [1, 2] } } },
    { id: 2, vector: { words: { indices: [8], values: [3] } } },
    { id: 3, vector: { words: { indices: [9], values: [3] }, tags: { indices: [1], values: [1] } } },
  ]);
  const found = async (...args: Parameters<typeof points.search>): Promise<unknown[]> =>
    (await points.search(...args)).map(({ id, score }) => [id, score]);
  expect(await found({ indices: [8], values: [2] }, { using: 'words' })).toEqual([
    [2, 6],
    [1, 4],
  ]);
  expect(await found({ indices: [8], values: [2] }, { using: 'words', scoreThreshold: 5 })).toEqual([[2, 6]]);
  expect(await found({ id: 1 }, { using: 'words' })).toEqual([[2, 6]]);
  expect(await found({ indices: [], values: [] }, { using: 'tags' })).toEqual([]);
  expect(await found([1, 0])).toEqual([[1, 1]]);
  const wrong: [Promise<unknown>, RegExp][] = [
    [points.search({ indices: [1], values: [1] }), /using must name the sparse field.*words.*tags/],
    [
      // @ts-expect-error
      points.search({ indices: [1], values: [1] }, { using: 'word' }),
      /no sparse field "word".*did you mean/i,
    ],
    [points.search([1, 0], { using: 'words' }), /the query must be a sparse vector/],
    [
      points.search({ indices: [1, 1], values: [1, 2] }, { using: 'words' }),
      /the query has the index 1 twice/,
    ],
    [points.search({ id: 2 }, { using: 'tags' }), /2 has no vector in the field "tags"/],
    [points.search({ id: 9 }, { using: 'tags' }), /no point with the id 9/],
  ];
  for (const [call, message] of wrong) expect((await errorOf(() => call)).message).toMatch(message);
  await db.close();
});
