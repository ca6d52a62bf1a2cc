/* A query that is wrong is refused before any effect, whatever it is; the error names the place. */
import { expect, test } from 'vitest';
import { ValidationError } from '#silt/base/errors.js';
import { coreOf } from '#silt/collection/collection.js';
import { type Asked, parseQuery } from '#silt/collection/read/query/parse.js';
import type { Query } from '#silt/index.js';
import { errorOf, withCollection } from '../../support/databases.js';
import fc, { runs } from '../../support/properties.js';
import { QUERY_DIMENSION, randomQuery } from '../../support/queries.js';
import { randomOf } from '../../support/random.js';

const CONFIG = { dimension: 2, metric: 'cosine', indexing: { threads: 1, paused: true } } as const;
const V = [1, 0];

test.each<[string, unknown, string, string]>([
  ['a number', 7, 'INVALID_OPTION', 'a query must be an object, got 7'],
  [
    'an unknown option',
    { limit: 3 },
    'INVALID_OPTION',
    'query has no option "limit"; it has query, using, prefetch',
  ],
  ['a k of 0', { k: 0 }, 'INVALID_OPTION', 'k must be an integer from 1 to 100,000, got 0'],
  [
    'an option of the whole within',
    { query: { fusion: 'rrf' }, prefetch: [{ query: V, withPayload: true }] },
    'INVALID_OPTION',
    'prefetch[0] has no option "withPayload"',
  ],
  [
    'a wrong k within',
    { query: { fusion: 'rrf' }, prefetch: [{ query: V }, { query: V, k: 1.5 }] },
    'INVALID_OPTION',
    'prefetch[1].k must be an integer',
  ],
  [
    'text',
    { query: 'red shoes' },
    'INVALID_QUERY',
    'query must be a vector, or an object with one of nearest',
  ],
  [
    'a misspelt leaf',
    { query: { recomend: {} } },
    'INVALID_QUERY',
    'it has "recomend". Did you mean recommend?',
  ],
  [
    'two leaves',
    { query: { nearest: V, sample: 'random' } },
    'INVALID_QUERY',
    'query must have exactly one of nearest, id, indices, text, recommend, discover, context, relevanceFeedback, orderBy, sample, fusion, formula; it has nearest and sample',
  ],
  [
    'a member of another leaf',
    { query: { nearest: V, seed: 1 } },
    'INVALID_QUERY',
    'query has an unknown member "seed": it takes nearest, mmr',
  ],
  ['a vector of another dimension', { query: [1] }, 'INVALID_VECTOR', 'query has 1 component, expected 2'],
  [
    'an example that is not one',
    { prefetch: [{}, { query: { recommend: { positive: [V, null] } } }], query: { fusion: 'rrf' } },
    'INVALID_QUERY',
    'prefetch[1].query.recommend.positive[1] must be a vector, an id or { id }, got null',
  ],
  [
    'zeros by cosine',
    { query: { discover: { target: [0, 0], context: [] } } },
    'INVALID_VECTOR',
    'query.discover.target has only zeros',
  ],
  [
    'an id that is none',
    { query: { context: { positive: { id: -1 }, negative: 2 } } },
    'INVALID_QUERY',
    'query.context.positive.id is not an id',
  ],
  [
    'no positive for a mean',
    { query: { recommend: { negative: [V] } } },
    'INVALID_QUERY',
    'query.recommend.positive needs at least one example with the strategy average_vector',
  ],
  [
    'feedback on nothing',
    { query: { relevanceFeedback: { target: V, feedback: [], strategy: { naive: { a: 1, b: 1, c: 1 } } } } },
    'INVALID_QUERY',
    'query.relevanceFeedback.feedback must have an example',
  ],
  [
    'a power below 0',
    {
      query: {
        relevanceFeedback: {
          target: V,
          feedback: [{ example: 1, score: 1 }],
          strategy: { naive: { a: 1, b: -1, c: 1 } },
        },
      },
    },
    'INVALID_QUERY',
    'query.relevanceFeedback.strategy.naive.b must be a number from 0, got -1',
  ],
  [
    'a diversity beyond 1',
    { query: { nearest: V, mmr: { diversity: 1.1 } } },
    'INVALID_QUERY',
    'query.mmr.diversity must be a number from 0 to 1, got 1.1',
  ],
  ['a fusion of nothing', { query: { fusion: 'rrf' } }, 'INVALID_QUERY', 'query.fusion needs a prefetch'],
  [
    'another fusion',
    { query: { fusion: 'dbfs' }, prefetch: {} },
    'INVALID_QUERY',
    'query.fusion must be one of rrf, dbsf, weighted, got "dbfs". Did you mean dbsf?',
  ],
  [
    'too few weights',
    { query: { fusion: 'rrf', weights: [1] }, prefetch: [{}, {}] },
    'INVALID_QUERY',
    'query.weights must have one weight for each prefetch: 2, got 1',
  ],
  ['a prefetch that nothing ranks', { prefetch: { query: V } }, 'INVALID_QUERY', 'query is missing'],
  [
    'a filter within',
    { query: V, prefetch: { query: V, filter: { must: [{ key: 'a', mach: 1 }] } } },
    'INVALID_FILTER',
    'prefetch.filter.must[0] has an unknown member "mach"',
  ],
  [
    'an unknown expression',
    { query: { formula: { sum: [1, { sqr: 2 }] } }, prefetch: {} },
    'INVALID_QUERY',
    'query.formula.sum[1] must have exactly one of',
  ],
  [
    'a score of a list that there is not',
    { query: { formula: '$score[1]' }, prefetch: {} },
    'INVALID_QUERY',
    'query.formula is "$score[1]", and there are 1 prefetches: the first is $score[0]',
  ],
  [
    'a condition in a formula that is wrong',
    { query: { formula: { mult: [2, { key: 'a', match: {} }] } }, prefetch: {} },
    'INVALID_FILTER',
    'query.formula.mult[1].match must have exactly one of',
  ],
  [
    'a decay without width',
    { query: { formula: { exp_decay: { x: 1, scale: 0 } } }, prefetch: {} },
    'INVALID_QUERY',
    'query.formula.exp_decay.scale must be a number above 0, got 0',
  ],
  [
    'an order by nothing',
    { query: { orderBy: { direction: 'asc' } } },
    'INVALID_QUERY',
    'query.orderBy.key must be a path',
  ],
  [
    'a time that is none',
    { query: { orderBy: { key: 'a', startFrom: 'tomorrow' } } },
    'INVALID_QUERY',
    'query.orderBy.startFrom must be a finite number, or a time',
  ],
  [
    'a diverse choice of too many',
    { query: { nearest: V, mmr: { candidates: 10_000 } }, k: 5_000 },
    'LIMIT_EXCEEDED',
    'candidates times points of query.mmr: 50000000',
  ],
])('%s', async (_, request, code, message) => {
  await withCollection('memory', CONFIG, async (points) => {
    const error = await errorOf(() => points.query(request as Query));
    expect(error).toBeInstanceOf(ValidationError);
    expect(error.message).toContain(message);
    expect(error.code).toBe(code);
  });
});

const nested = (depth: number): Query =>
  depth === 0 ? { query: V } : { query: V, prefetch: nested(depth - 1) };

test('prefetches are nested 8 deep, and no deeper; a query that contains itself is refused as well', async () => {
  await withCollection('memory', CONFIG, async (points) => {
    expect(await points.query(nested(8))).toEqual([]);
    expect(await errorOf(() => points.query(nested(9)))).toMatchObject({ code: 'INVALID_QUERY' });
    const endless: { query: number[]; prefetch?: unknown } = { query: V };
    endless.prefetch = endless;
    expect((await errorOf(() => points.query(endless as Query))).message).toContain('is more than 8 deep');
    const wide: { formula: unknown } = { formula: 1 };
    const sum: unknown[] = [];
    sum.push({ sum });
    wide.formula = { sum };
    expect((await errorOf(() => points.query({ query: wide, prefetch: {} } as Query))).code).toBe(
      'INVALID_QUERY',
    );
  });
});

test('groups of a diverse choice are made of few candidates: all of them may have to be put in order', async () => {
  await withCollection('memory', CONFIG, async (points) => {
    const query = { nearest: V, mmr: { candidates: 1_001 } };
    const error = await errorOf(() => points.queryGroups({ query, groupBy: 'a' }));
    expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED' });
    expect(error.message).toContain('candidates of query.mmr of groups');
    expect(await points.query({ query })).toEqual([]);
  });
});

test('of a batch, the error names the request', async () => {
  await withCollection('memory', CONFIG, async (points) => {
    const batch = [{ query: V }, { query: { nearest: [1] } }];
    expect((await errorOf(() => points.queryBatch(batch))).message).toContain(
      'requests[1].query.nearest has 1 component',
    );
    expect((await errorOf(() => points.queryBatch([{}, { k: -1 }]))).message).toContain(
      'requests[1].k must be',
    );
    expect(await errorOf(() => points.queryBatch(7 as never))).toMatchObject({ code: 'INVALID_OPTION' });
  });
});

/** Replaces some value of a request by another one. */
function damaged(value: unknown, at: number, other: unknown): { value: unknown; left: number } {
  if (at === 0) return { value: other, left: -1 };
  let left = at - 1;
  if (typeof value !== 'object' || value === null || ArrayBuffer.isView(value)) return { value, left };
  const copy: Record<string, unknown> | unknown[] = Array.isArray(value) ? [...value] : { ...value };
  for (const key of Object.keys(copy)) {
    if (left < 0) break;
    const inner = damaged((copy as Record<string, unknown>)[key], left, other);
    (copy as Record<string, unknown>)[key] = inner.value;
    left = inner.left;
  }
  return { value: copy, left };
}

const FIELDS = { dimension: QUERY_DIMENSION, metric: 'dot' } as const;

async function withReader(use: (asked: Asked) => void): Promise<void> {
  await withCollection('memory', { ...CONFIG, ...FIELDS }, async (points) => {
    use(coreOf(points));
  });
}

test('whatever is given is a query or a ValidationError', async () => {
  await withReader(({ live, reader }) => {
    let refused = 0;
    const odd = fc.oneof(
      fc.anything({ withBigInt: true, withDate: true, withTypedArray: true }),
      fc.string(),
    );
    fc.assert(
      fc.property(fc.nat(2 ** 30), fc.nat(60), odd, (seed, at, other) => {
        const request = randomQuery({ random: randomOf(seed), metric: 'dot', ids: [1, 'a'] }, 3);
        try {
          parseQuery(damaged(request, at, other).value, { live, reader });
        } catch (error) {
          expect(error).toBeInstanceOf(ValidationError);
          refused++;
        }
      }),
      { numRuns: runs(5_000) },
    );
    expect(refused).toBeGreaterThan(runs(5_000) / 10);
  });
});

test('what is changed after the call is not what is asked', async () => {
  await withCollection('memory', CONFIG, async (points) => {
    await points.upsert([
      { id: 1, vector: [1, 0], payload: { a: 1 } },
      { id: 2, vector: [0, 1], payload: { a: 2 } },
    ]);
    const vector = new Float32Array([1, 0]);
    const prefetch = [{ query: { orderBy: { key: 'a' } }, k: 1 }];
    const filter = { must: { key: 'a', match: { value: 1 } } };
    const asked = points.query({ query: { nearest: vector }, prefetch, filter, k: 5 });
    vector.set([0, 1]);
    prefetch[0]!.k = 7;
    filter.must.match.value = 2;
    expect((await asked).map(({ id, score }) => [id, score])).toEqual([[1, 1]]);
  });
});

test('an order of all points in which none has a number or a time is refused, where they have something else', () =>
  withCollection('memory', { dimension: 1, metric: 'euclidean' }, async (points) => {
    const city = (id: number, payload: object): object => ({ id, vector: [id], payload });
    await points.upsert([city(1, {}), city(2, { name: 'Rome', price: null })] as never);
    const message = 'orderBy reads numbers and times, and no point has either at name: point 2 has "Rome"';
    const orders = (key: string): Promise<unknown>[] => [
      points.query({ query: { orderBy: { key, direction: 'desc' } }, k: 5 }),
      points.scrollPage({ orderBy: key }).then(({ points }) => points),
    ];
    for (const asked of orders('name'))
      await expect(asked).rejects.toMatchObject({ code: 'INVALID_QUERY', message });
    // What is not there, or null, or not among those that match, is nothing.
    for (const key of ['price', 'missing']) for (const asked of orders(key)) expect(await asked).toEqual([]);
    const filter = { must: { key: 'name', match: { value: 'Rome' } } };
    expect(await points.query({ query: { orderBy: 'name' }, filter, k: 5 })).toEqual([]);
    await points.upsert(city(3, { name: 7 }) as never);
    for (const asked of orders('name')) expect(await asked).toMatchObject([{ id: 3, orderValue: 7 }]);
  }));
