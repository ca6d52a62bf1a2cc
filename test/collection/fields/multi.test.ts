/* Fields of several vectors for each point (MaxSim): all points that match are compared, and scores are sums of the best. */
import { expect, test } from 'vitest';
import { metric, open, type PointId, type QueryLike } from '#silt/index.js';
import { errorOf } from '../../support/databases.js';
import { integer, randomOf } from '../../support/random.js';

test.each(['cosine', 'euclidean', 'dot'] as const)(
  'by %s: exact, with filters, after deletions and a compaction',
  async (name) => {
    const random = randomOf(5);
    const vectors = (): Float32Array[] =>
      Array.from({ length: integer(random, 1, 5) }, () =>
        Float32Array.from({ length: 4 }, () => random() - 0.4),
      );
    const db = await open();
    const points = await db.createCollection('points', {
      vectors: { tokens: { dimension: 4, metric: name, multi: true } },
    });
    const all = new Map<PointId, { tokens?: Float32Array[]; n: number }>();
    for (let id = 0; id < 300; id++)
      all.set(id, { n: id % 10, ...(random() < 0.8 && { tokens: vectors() }) });
    await points.upsert([...all].map(([id, { tokens, n }]) => ({ id, payload: { n }, vector: { tokens } })));
    const by = metric(name);
    const look = async (): Promise<void> => {
      for (const most of [10, 3]) {
        const query = vectors();
        const scored = [...all].flatMap(([id, { tokens, n }]): [PointId, number][] => {
          if (!tokens || n >= most) return [];
          const best = query.map((own) => tokens.map((one) => by.calculate(own, one)));
          const all = best.map((some) => (by.higherIsBetter ? Math.max(...some) : Math.min(...some)));
          return [[id, name === 'euclidean' ? Math.hypot(...all) : all.reduce((sum, one) => sum + one, 0)]];
        });
        const expected = by.sortResults(scored).slice(0, 6);
        const filter = { must: [{ key: 'n', range: { lt: most } }] };
        const hits = await points.search(query, { using: 'tokens', k: 6, filter });
        expect(hits.map(({ id }) => id)).toEqual(expected.map(([id]) => id));
        for (const [i, { score }] of hits.entries()) expect(score).toBeCloseTo(expected[i]![1], 4);
      }
    };
    await look();
    await points.delete([0, 1, 2, 50]);
    for (const id of [0, 1, 2, 50]) all.delete(id);
    await look();
    await points.compact();
    await look();
    const asked = [...all].find(([, { tokens }]) => tokens)![0];
    const [nearest] = await points.search({ id: asked }, { using: 'tokens', k: 1 });
    expect(nearest!.id).not.toBe(asked);
    const wrong: [QueryLike, RegExp][] = [
      [[[1, 2, 3]], /the query has 3 components, expected 4/],
      [[], /the query has 0 components, expected 4/],
      [{ id: 'none' }, /no point with the id "none"/],
    ];
    for (const [query, message] of wrong)
      expect((await errorOf(() => points.search(query, { using: 'tokens' }))).message).toMatch(message);
    await db.close();
  },
);

test('a point of thousands of vectors is compared over many turns, and changed or deleted meanwhile', async () => {
  const random = randomOf(9);
  const vectors = (count: number): Float32Array[] =>
    Array.from({ length: count }, () => Float32Array.from({ length: 16 }, () => random() - 0.5));
  const db = await open();
  const points = await db.createCollection('points', {
    vectors: { tokens: { dimension: 16, metric: 'dot', multi: true } },
  });
  const query = vectors(700);
  const [large, other] = [vectors(4_096), vectors(4_096)];
  await points.upsert([large, vectors(3), other].map((tokens, id) => ({ id, vector: { tokens } })));
  const search = (): Promise<[PointId, number][]> =>
    points.search(query, { using: 'tokens', k: 3 }).then((hits) => hits.map(({ id, score }) => [id, score]));
  const scores = new Map(await search());
  expect(scores.size).toBe(3);
  // Each begins while the one before is not over.
  const [first, , second, , third] = await Promise.all([
    search(),
    points.updateVectors({ id: 0, vector: { tokens: other } }),
    search(),
    points.delete([2]),
    search(),
  ]);
  expect([scores.get(0), scores.get(2)]).toContain(new Map(first).get(0));
  expect([scores.get(0), scores.get(2)]).toContain(new Map(second).get(0));
  for (const found of [third, await search()]) {
    expect(new Map(found).get(1)).toBe(scores.get(1));
    expect(found.map(([id]) => id)).not.toContain(3);
  }
  expect(new Map(await search())).toEqual(
    new Map([
      [0, scores.get(2)],
      [1, scores.get(1)],
    ]),
  );
  await db.close();
});
