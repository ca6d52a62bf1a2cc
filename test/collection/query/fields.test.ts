/* Steps of a query name the field by which they compare; errors name the place. */
import { expect, test } from 'vitest';
import type { Collection, Query } from '#silt/index.js';
import { errorOf, withCollection } from '../../support/databases.js';

const CONFIG = {
  vectors: { title: { dimension: 2, metric: 'dot' }, body: { dimension: 3, metric: 'cosine' } },
  sparse: { words: {}, tags: {} },
  text: { story: { path: 'story', language: 'english', positions: false } },
  indexing: { threads: 1, paused: true },
} as const;

async function withPoints(use: (points: Collection) => Promise<void>): Promise<void> {
  await withCollection('memory', CONFIG, async (points) => {
    await points.upsert([
      {
        id: 1,
        vector: { title: [1, 0], body: [1, 0, 0], words: { indices: [1, 2], values: [1, 1] } },
        payload: { n: 1, story: 'The whale sank the ship' },
      },
      {
        id: 2,
        vector: { title: [2, 0], words: { indices: [2, 3], values: [2, 1] } },
        payload: { n: 2, story: 'Ships sail' },
      },
      { id: 3, vector: { body: [1, 1, 0] }, payload: { n: 3 } },
      { id: 4, payload: { n: 4 } },
    ]);
    await use(points);
  });
}

const found = async (points: Collection, query: Query): Promise<unknown[]> =>
  (await points.query(query)).map(({ id, score }) => [id, score]);

test('dense and sparse vectors are fused in one request, each by its own field', async () => {
  await withPoints(async (points) => {
    const prefetch: Query['prefetch'] = [
      { query: [1, 0], using: 'title' },
      { query: { indices: [1, 2], values: [1, 1] }, using: 'words' },
      { query: [1, 0, 0], using: 'body' },
    ];
    expect(await found(points, { query: { fusion: 'rrf' }, prefetch })).toEqual([
      [1, 1 / 3 + 1 / 2 + 1 / 2],
      [2, 1 / 2 + 1 / 3],
      [3, 1 / 3],
    ]);
    const rescored: Query = {
      query: { nearest: { indices: [3], values: [0.5] } },
      using: 'words',
      prefetch: [prefetch[0]!],
    };
    expect(await found(points, rescored)).toEqual([[2, 0.5]]);
    const { plan } = await points.explain({ query: { fusion: 'rrf' }, prefetch });
    expect(plan.replaceAll(/, [\d.]+ ms/g, '')).toContain(
      'sparse vector of 2 values in the field "words": exact by the inverted index, among 4 points: 1 (1 document, weight 1.00), 2 (2 documents, weight 1.00); 3 postings of 1 window added, 2 candidates; 2 results',
    );
    expect(plan).toContain('nearest in the field "title"');
  });
});

test('texts are ranked by words, alone, among what others found, and fused with vectors', async () => {
  await withPoints(async (points) => {
    const text = { text: 'ship whale' };
    const hits = await points.search(text, { using: 'story' });
    expect(hits.map(({ id }) => id)).toEqual([1, 2]);
    expect(await points.query({ query: text })).toEqual(hits);
    expect(await points.query({ query: text, using: 'story', offset: 1 })).toEqual(hits.slice(1));
    expect(await points.query({ query: text, scoreThreshold: hits[0]!.score })).toEqual(hits.slice(0, 1));
    const filter = { must: { key: 'n', range: { gt: 1 } } };
    expect(await points.query({ query: text, filter })).toEqual(hits.slice(1));
    expect(await found(points, { query: { ...text, match: 'all' } })).toHaveLength(1);
    expect(await found(points, { query: { text: 'wha', prefix: true } })).toHaveLength(1);
    const best: Query = { query: [1, 0], using: 'title', k: 1 };
    expect(await points.query({ query: text, prefetch: best })).toEqual(hits.slice(1));
    const prefetch = [best, { query: text }];
    expect(await found(points, { query: { fusion: 'rrf' }, prefetch })).toEqual([
      [2, 1 / 2 + 1 / 3],
      [1, 1 / 2],
    ]);
    const { plan } = await points.explain({ query: { fusion: 'rrf' }, prefetch });
    expect(plan).toContain('text, any of its words in the field "story": exact by the inverted index');
    await points.setPayload(2, { story: 'nothing' });
    expect(await found(points, { query: text })).toHaveLength(1);
  });
});

test('what was found is ranked by several vectors for each point, exactly', async () => {
  const config = {
    vectors: {
      one: { dimension: 2, metric: 'dot' },
      tokens: { dimension: 2, metric: 'dot', multi: true },
    },
  } as const;
  await withCollection('memory', config, async (points) => {
    await points.upsert(
      Array.from({ length: 3_000 }, (_, id) => ({
        id,
        vector: {
          one: [id, 1],
          ...(id % 3 > 0 && {
            tokens: [
              [id % 7, 0],
              [0, id % 5],
            ],
          }),
        },
      })),
    );
    const query = [
      [1, 0],
      [0, 2],
    ];
    const all = await points.search(query, { using: 'tokens', k: 3_000, withPayload: false });
    expect(all).toHaveLength(2_000);
    expect(await points.query({ query, using: 'tokens', k: 3_000, withPayload: false })).toEqual(all);
    const prefetch: Query = { query: [1, 0], using: 'one', k: 10 };
    const hits = await points.query({ query: { nearest: query }, using: 'tokens', prefetch });
    expect(hits.map(({ id }) => id)).toEqual(all.flatMap(({ id }) => (Number(id) >= 2_990 ? [id] : [])));
    const beside = await points.query({ query: { id: 1 }, using: 'tokens', k: 5 });
    expect(beside).toEqual(await points.search({ id: 1 }, { using: 'tokens', k: 5 }));
    const error = await errorOf(() => points.query({ query: [[1]], using: 'tokens' }));
    expect(error.message).toContain('query has 1 component, expected 2');
    const missing = await errorOf(() => points.query({ query: { nearest: { id: 0 } }, using: 'tokens' }));
    expect(missing.message).toContain('query.nearest.id: the point 0 has no vector in the field "tokens"');
  });
});

test('by a stored point: its vector in the field, dense or sparse, and not itself', async () => {
  await withPoints(async (points) => {
    expect(await found(points, { query: { id: 1 }, using: 'words' })).toEqual([[2, 2]]);
    expect(await found(points, { query: { nearest: { id: 1 } }, using: 'title' })).toEqual([[2, 2]]);
    expect(await found(points, { query: { recommend: { positive: [2] } }, using: 'title' })).toEqual([
      [1, 2],
    ]);
  });
});

test('examples of a sparse field count by how rare their indices are, where it says so', async () => {
  const config = { sparse: { words: { modifier: 'idf' } } } as const;
  await withCollection('memory', config, async (points) => {
    await points.upsert(
      Array.from({ length: 40 }, (_, id) => ({
        id,
        vector: { words: { indices: id < 4 ? [1, 2] : [1], values: id < 4 ? [1, 1] : [1] } },
      })),
    );
    const weight = (count: number): number => Math.log((40 - count + 0.5) / (count + 0.5) + 1);
    const like = { indices: [1, 2], values: [1, 1] };
    const strategy = 'sum_scores';
    const [first, ...others] = await points.query({
      query: { recommend: { positive: [like], negative: [{ id: 39 }], strategy } },
      k: 40,
    });
    expect(others).toHaveLength(38);
    expect(first).toMatchObject({ id: 0, score: expect.closeTo(weight(4), 5) });
    expect(others.at(-1)).toMatchObject({ id: 38, score: expect.closeTo(0, 5) });
    await points.delete([2, 3]);
    const again = await points.query({ query: { recommend: { positive: [like], strategy } }, k: 1 });
    const all = Math.log((38 - 38 + 0.5) / (38 + 0.5) + 1);
    const rare = Math.log((38 - 2 + 0.5) / (2 + 0.5) + 1);
    expect(again[0]!.score).toBeCloseTo(all + rare, 5);
  });
});

test('several vectors are examples as far as there are not too many', async () => {
  const config = { vectors: { tokens: { dimension: 2, metric: 'dot', multi: true } } } as const;
  await withCollection('memory', config, async (points) => {
    const many = Array.from({ length: 3_000 }, (_, i) => [i % 5, 1]);
    await points.upsert(
      Array.from({ length: 4 }, (_, id) => ({ id, vector: { tokens: id < 3 ? many : [[id, 1]] } })),
    );
    const error = await errorOf(() =>
      points.query({ query: { recommend: { positive: [0], negative: [1] } }, using: 'tokens' }),
    );
    expect(error.message).toContain(
      'vectors of the examples of query: 6000, at most 4096 at once. Give fewer examples',
    );
    const chosen = { nearest: [[1, 0]], mmr: { diversity: 0.5 } };
    const wide = await errorOf(() => points.query({ query: chosen, using: 'tokens' }));
    expect(wide.message).toContain('vectors of the candidates of mmr: 9002, at most 8192');
    const some = await points.query({ query: chosen, using: 'tokens', k: 2 });
    expect(some.map(({ id, score }) => [id, score])).toEqual([
      [0, 4],
      [1, 4],
    ]);
  });
});

test('hits have the sequence number of their write where that is asked for', async () => {
  await withPoints(async (points) => {
    const { seq } = await points.upsert({ id: 9, vector: { title: [9, 9] } });
    const asked = { using: 'title', k: 1, withSeq: true } as const;
    expect(await points.search([1, 1], asked)).toMatchObject([{ id: 9, seq }]);
    expect(await points.query({ query: [1, 1], ...asked })).toMatchObject([{ id: 9, seq }]);
    const words: Query = { query: { text: 'whale' }, withSeq: true };
    expect(await points.query(words)).toMatchObject([{ id: 1, seq: seq - 4 }]);
    expect(await points.search([1, 1], { using: 'title', k: 1 })).toEqual([{ id: 9, score: 18 }]);
  });
});

test('batches, groups and distances take fields by name', async () => {
  await withPoints(async (points) => {
    const query: Query = { query: { indices: [2], values: [1] }, using: 'words' };
    const hits = await points.query(query);
    expect(await points.queryBatch([query, query])).toEqual([hits, hits]);
    const groups = await points.queryGroups({ ...query, groupBy: 'n' });
    expect(groups.map(({ key }) => key)).toEqual([2, 1]);
    expect(await points.distanceMatrix({ using: 'title', sample: 4, limit: 4 })).toHaveLength(2);
    const error = await errorOf(() => points.distanceMatrix());
    expect(error.message).toContain('using must name the field');
  });
});

test.each<[string, Query, string, string]>([
  ['no name', { query: [1, 0] }, 'INVALID_OPTION', 'using must name the dense field to be searched'],
  [
    'a wrong name within',
    { query: { fusion: 'rrf' }, prefetch: [{}, { query: [1, 0], using: 'titel' }] },
    'INVALID_OPTION',
    'prefetch[1].using is "titel", which is not the name of a dense field: there are "title", "body". Did you mean title?',
  ],
  [
    'a field of another kind',
    { query: [1, 0], using: 'words' },
    'INVALID_OPTION',
    'using is "words", which is not the name of a dense field',
  ],
  [
    'a sparse vector for a dense field',
    { query: { indices: [1], values: [1] }, using: 'title' },
    'INVALID_OPTION',
    'using is "title", which is not the name of a sparse field: there are "words", "tags"',
  ],
  [
    'a point without a vector there',
    {
      query: { fusion: 'rrf' },
      prefetch: { query: { discover: { target: 3, context: [] } }, using: 'title' },
    },
    'POINT_NOT_FOUND',
    'prefetch.query.discover.target: the point 3 has no vector in the field "title"',
  ],
  [
    'a point without a sparse vector',
    { query: { nearest: { id: 4 } }, using: 'words' },
    'POINT_NOT_FOUND',
    'query.nearest.id: the point 4 has no vector in the field "words"',
  ],
  [
    'indices twice',
    { query: { nearest: { indices: [1, 1], values: [1, 2] } }, using: 'words' },
    'INVALID_VECTOR',
    'query.nearest has the index 1 twice',
  ],
  [
    'a phrase without positions',
    { query: { fusion: 'rrf' }, prefetch: [{ query: { text: 'a ship', match: 'phrase' } }] },
    'INVALID_OPTION',
    'prefetch[0].query.match: the field "story" was made with positions: false',
  ],
  [
    'a wrong option of a text',
    { query: { text: 'ship', fuzzy: 3 as 2 } },
    'INVALID_OPTION',
    'query.fuzzy must be 0, 1 or 2, got 3',
  ],
  [
    'a dense vector among sparse ones',
    { query: { recommend: { positive: [{ indices: [1], values: [1] }, [1, 0]] } }, using: 'words' },
    'INVALID_QUERY',
    'query.recommend.positive[1] must be { indices, values }, an id or { id }, got an array of 2',
  ],
  [
    'a name where no field is compared by',
    { query: { orderBy: 'n' }, using: 'title' },
    'INVALID_QUERY',
    'using only applies to queries by vectors',
  ],
])('%s: the error names the place', async (_, query, code, message) => {
  await withPoints(async (points) => {
    const error = await errorOf(() => points.query(query));
    expect(error.message).toContain(message);
    expect(error.code).toBe(code);
  });
});

test('a collection without vectors answers by values, ids and samples', async () => {
  await withCollection('memory', { indexing: { paused: true } }, async (points) => {
    await points.upsert([1, 2, 3].map((id) => ({ id, payload: { n: 4 - id } })));
    await points.delete(2);
    expect(await found(points, { query: { orderBy: 'n' } })).toEqual([
      [3, 1],
      [1, 3],
    ]);
    expect((await found(points, {})).length).toBe(2);
    expect((await found(points, { query: { sample: 'random' } })).length).toBe(2);
    expect((await points.facet('n')).length).toBe(2);
    const error = await errorOf(() => points.query({ query: [1] }));
    expect(error.message).toContain('query compares by a dense field, and the collection has no such field');
  });
});
