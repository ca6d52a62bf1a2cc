/* A misspelt option, or one of the wrong type, is an error and never passed over. */
import { describe, expect, test } from 'vitest';
import {
  AsyncIndexBuilder,
  type Collection,
  type CollectionConfig,
  HnswIndex,
  type HnswOptions,
  open,
} from '#silt/index.js';
import { errorOf, PAUSED, pointsOf, withCollection } from '../support/databases.js';
import { withFolder } from '../support/files.js';

type Options = Record<string, unknown>;
const [POINT] = pointsOf(1, 1) as [{ id: number; vector: Float32Array }];
const QUERY = POINT.vector;

/** Every call that takes options, and how it is given them. */
const CALLS: Record<string, (points: Collection, o: Options) => unknown> = {
  upsert: (points, o) => points.upsert(POINT, o),
  ingest: (points, o) => points.ingest([POINT], o),
  delete: (points, o) => points.delete({ filter: {}, ...o }),
  scroll: (points, o) => points.scroll(o),
  count: (points, o) => points.count(o),
  search: (points, o) => points.search(QUERY, o),
  searchBatch: (points, o) => points.searchBatch([QUERY], o),
  explain: (points, o) => points.explain(QUERY, o),
  waitFor: (points, o) => points.waitFor(0, 'durable', o),
  buildNow: (points, o) => points.buildNow(o),
  watch: (points, o) => points.watch(o),
  measureRecall: (points, o) => points.measureRecall(o),
  verify: (points, o) => points.verify(o),
};

const TAKE_SIGNALS = ['upsert', 'ingest', 'search', 'searchBatch', 'explain', 'waitFor', 'buildNow', 'watch'];

describe.each(Object.entries(CALLS))('%s', (_, call) => {
  test('rejects an option that it does not have, and names those that it has', async () => {
    await withCollection('memory', PAUSED, async (points) => {
      await points.upsert(pointsOf(2, 3, 10));
      const error = await errorOf(async () => call(points, { durabilty: 'committed' }));
      expect(error).toMatchObject({ code: 'INVALID_OPTION' });
      expect(error.message).toContain('has no option "durabilty"; it has ');
      expect(points.status()).toMatchObject({ points: 3, pending: 3, seq: 3 });
    });
  });

  test('takes an unknown option that is undefined for one that is not there', async () => {
    await withCollection('memory', PAUSED, async (points) => {
      await call(points, { other: undefined });
    });
  });
});

test.each(TAKE_SIGNALS)('%s rejects what is not a signal before any effect', async (name) => {
  const call = CALLS[name]!;
  await withCollection('memory', PAUSED, async (points) => {
    for (const signal of [3, {}, null, 'soon', new AbortController()]) {
      const error = await errorOf(async () => call(points, { signal }));
      expect(error).toMatchObject({ code: 'INVALID_OPTION' });
      expect(error.message).toContain('signal must be an AbortSignal, got ');
    }
    expect(points.status().seq).toBe(0);
  });
});

test.each<[string, (points: Collection) => unknown, RegExp]>([
  ['getMany(1)', (points) => points.getMany(1 as unknown as number[]), /ids must be an array of ids, got 1/],
  [
    'upsert(…, 7)',
    (points) => points.upsert(POINT, 7 as unknown as object),
    /upsert options must be an object, got 7/,
  ],
  [
    'watch(null)',
    (points) => points.watch(null as unknown as object),
    /watch options must be an object, got null/,
  ],
  [
    'scroll with a number for a flag',
    (points) => points.scroll({ withVector: 1 as unknown as boolean }),
    /withVector must be true or false, got 1/,
  ],
  [
    'verify with a string for a flag',
    (points) => points.verify({ repair: 'yes' as unknown as boolean }),
    /repair must be true or false, got "yes"/,
  ],
  [
    'ingest with a listener that is no function',
    (points) => points.ingest([], { onProgress: {} as () => void }),
    /onProgress must be a function, got a Object/,
  ],
  [
    'ingest with an unknown way to treat bad points',
    (points) => points.ingest([], { onInvalid: 'ignore' as 'skip' }),
    /onInvalid must be one of throw, skip, got "ignore"/,
  ],
])('%s is an error that says what is wrong', async (_, call, message) => {
  await withCollection('memory', PAUSED, async (points) => {
    const error = await errorOf(async () => call(points));
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(error.message).toMatch(message);
  });
});

test('a point with a member that no point has is rejected: its data would be lost', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const point = { ...POINT, metadata: { a: 1 } };
    const error = await errorOf(() => points.upsert([pointsOf(3, 1, 5)[0]!, point]));
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(error.message).toContain(
      'point 1 has an unknown member "metadata"; a point has id, vector and payload',
    );
    expect(points.status().points).toBe(0);
    const receipt = await points.upsert([point, pointsOf(3, 1, 5)[0]!], { onInvalid: 'skip' });
    expect(receipt).toMatchObject({ inserted: 1, rejected: [{ index: 0, id: 0, code: 'INVALID_OPTION' }] });
    await points.upsert({ ...POINT, metadata: undefined } as typeof POINT);
    expect(points.status().points).toBe(2);
  });
});

test.each<[string, () => unknown, RegExp]>([
  [
    'open',
    () => open(undefined, { closeBudget: 5 } as object),
    /^open has no option "closeBudget"; it has closeBudgetMs$/,
  ],
  [
    'open with a number',
    () => open(undefined, 5 as unknown as object),
    /^open options must be an object, got 5$/,
  ],
  [
    'new HnswIndex',
    () => new HnswIndex({ dimension: 2, metric: 'cosine', efconstruction: 5 } as unknown as HnswOptions),
    /^index has no option "efconstruction"; it has dimension, metric/,
  ],
  [
    'triggerBuildAsync',
    () =>
      new AsyncIndexBuilder(new HnswIndex({ dimension: 2, metric: 'cosine' })).triggerBuildAsync({
        onprogress: 1,
      } as object),
    /^triggerBuildAsync has no option "onprogress"; it has signal/,
  ],
])('%s rejects an option that it does not have', async (_, call, message) => {
  const error = await errorOf(async () => call());
  expect(error).toMatchObject({ code: 'INVALID_OPTION' });
  expect(error.message).toMatch(message);
});

describe('a configuration is kept as it was read', () => {
  class Inherited {
    get dimension(): number {
      return 2;
    }
    get hnsw(): { m: number } {
      return { m: 8 };
    }
    metric = 'dot' as const;
  }
  let reads = 0;
  const KINDS: Record<string, () => CollectionConfig> = {
    'from a class with getters': () => new Inherited(),
    'from a prototype': () =>
      Object.create({ dimension: 2, metric: 'dot', hnsw: { m: 8 } }) as CollectionConfig,
    'from a getter that changes its answer': () => ({
      get dimension() {
        return 2 + reads++;
      },
      metric: 'dot',
      hnsw: { m: 8 },
    }),
    'from a proxy': () => new Proxy({ dimension: 2, metric: 'dot', hnsw: { m: 8 } } as const, {}),
    'with members that are undefined': () =>
      ({
        dimension: 2,
        metric: 'dot',
        hnsw: { m: 8 },
        indexing: undefined,
        other: undefined,
      }) as CollectionConfig,
  };

  test.each(Object.keys(KINDS))('%s', async (kind) => {
    await withFolder(async (folder) => {
      reads = 0;
      let db = await open(folder);
      const points = await db.createCollection('points', KINDS[kind]!());
      await points.upsert({ id: 1, vector: [1, 2] });
      await db.close();
      db = await open(folder);
      expect(db.collection('points').config).toMatchObject({ dimension: 2, metric: 'dot', hnsw: { m: 8 } });
      expect((await db.collection('points').get(1))?.vector).toEqual(Float32Array.of(1, 2));
      await db.close();
    });
  });
});

test.each<[string, (points: Collection) => unknown, string]>([
  ['a hole among ids to delete', (points) => points.delete(Array(2) as number[]), 'INVALID_ID'],
  ['null as a source', (points) => points.ingest(null as unknown as []), 'INVALID_OPTION'],
  [
    'a signal without its methods',
    (points) =>
      points.search(QUERY, { signal: { aborted: false, addEventListener() {} } as unknown as AbortSignal }),
    'INVALID_OPTION',
  ],
])('%s is rejected by its code', async (_, call, code) => {
  await withCollection('memory', PAUSED, async (points) => {
    expect(await errorOf(async () => call(points))).toMatchObject({ code });
  });
});
