/* A misspelt option, or one of the wrong type, is an error and never passed over. */
import { readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { LocalCollection } from '#silt/collection/collection.js';
import { LocalDatabase } from '#silt/database/database.js';
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
  batch: (points, o) => points.batch([{ upsert: POINT }], o),
  ingest: (points, o) => points.ingest([POINT], o),
  delete: (points, o) => points.delete({ filter: {}, ...o }),
  setPayload: (points, o) => points.setPayload(1, {}, o),
  overwritePayload: (points, o) => points.overwritePayload(1, {}, o),
  deletePayload: (points, o) => points.deletePayload(1, [], o),
  clearPayload: (points, o) => points.clearPayload(1, o),
  updateVectors: (points, o) => points.updateVectors([], o),
  scroll: (points, o) => points.scroll(o),
  scrollPage: (points, o) => points.scrollPage(o),
  count: (points, o) => points.count(o),
  search: (points, o) => points.search(QUERY, o),
  searchBatch: (points, o) => points.searchBatch([QUERY], o),
  query: (points, o) => points.query({ query: QUERY, ...o }),
  queryGroups: (points, o) => points.queryGroups({ query: QUERY, groupBy: 'a', ...o }),
  facet: (points, o) => points.facet('a', o),
  distanceMatrix: (points, o) => points.distanceMatrix(o),
  queryBatch: (points, o) => points.queryBatch([{ query: QUERY, ...o }]),
  explain: (points, o) => points.explain(QUERY, o),
  waitFor: (points, o) => points.waitFor(0, 'durable', o),
  buildNow: (points, o) => points.buildNow(o),
  watch: (points, o) => points.watch(o),
  measureRecall: (points, o) => points.measureRecall(o),
  verify: (points, o) => points.verify(o),
};

const TAKE_SIGNALS = [
  'upsert',
  'setPayload',
  'clearPayload',
  'updateVectors',
  'batch',
  'ingest',
  'scrollPage',
  'search',
  'searchBatch',
  'query',
  'queryGroups',
  'count',
  'facet',
  'explain',
  'waitFor',
  'buildNow',
  'watch',
  'measureRecall',
  'verify',
];

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

test.each([
  ['search', 'k'],
  ['search', 'ef'],
  ['search', 'minSeq'],
  ['search', 'exact'],
  ['searchBatch', 'k'],
  ['upsert', 'onInvalid'],
  ['upsert', 'durability'],
  ['setPayload', 'path'],
  ['clearPayload', 'durability'],
  ['upsert', 'backpressure'],
  ['upsert', 'mode'],
  ['ingest', 'batchSize'],
  ['watch', 'intervalMs'],
  ['measureRecall', 'sample'],
])('%s rejects null for %s, which is no default', async (name, option) => {
  await withCollection('memory', PAUSED, async (points) => {
    const error = await errorOf(async () => CALLS[name]!(points, { [option]: null }));
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(error.message).toMatch(new RegExp(`^${option} must be .*, got null`));
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
    /withVector must be true or false, or an array of names of fields, got 1/,
  ],
  [
    'verify with a string for a flag',
    (points) => points.verify({ repair: 'yes' as unknown as boolean }),
    /repair must be true or false, got "yes"/,
  ],
  [
    'ingest with a listener that is no function',
    (points) => points.ingest([], { onProgress: {} as () => void }),
    /onProgress must be a function, got an object/,
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

const INDEX = { dimension: 2, metric: 'cosine', threads: 1 } as const;
const builder = (): AsyncIndexBuilder => new AsyncIndexBuilder(new HnswIndex(INDEX));

/** The same of everything else that is public. */
const OTHER_CALLS: Record<string, readonly [call: (o: Options) => unknown, says: string]> = {
  open: [(o) => open(undefined, o), 'open has no option "durabilty"; it has closeBudgetMs'],
  createCollection: [
    async (o) => (await open()).createCollection('points', { ...PAUSED, ...o }),
    'createCollection has no option "durabilty"; it has dimension, metric',
  ],
  'new HnswIndex': [
    (o) => new HnswIndex({ ...INDEX, ...o } as HnswOptions),
    'index has no option "durabilty"; it has dimension, metric',
  ],
  'search of an index': [
    (o) => new HnswIndex(INDEX).search([1, 0], 1, o),
    'search has no option "durabilty"; it has ef, filter',
  ],
  'verify of an index': [
    (o) => new HnswIndex(INDEX).verify(o),
    'verify has no option "durabilty"; it has repair',
  ],
  'load of an index': [
    (o) => HnswIndex.load('/nowhere', o),
    'load has no option "durabilty"; it has threads',
  ],
  'search of a builder': [
    (o) => builder().search([1, 0], 1, o),
    'search has no option "durabilty"; it has ef, filter',
  ],
  triggerBuildAsync: [
    (o) => builder().triggerBuildAsync(o),
    'triggerBuildAsync has no option "durabilty"; it has signal, onProgress, intervalMs',
  ],
};

test.each(Object.keys(OTHER_CALLS))('%s rejects an option that it does not have', async (name) => {
  const [call, says] = OTHER_CALLS[name]!;
  const error = await errorOf(async () => call({ durabilty: 'committed' }));
  expect(error).toMatchObject({ code: 'INVALID_OPTION' });
  expect(error.message).toContain(says);
});

test.each(Object.keys(OTHER_CALLS).filter((name) => !/^new|^create/.test(name)))(
  '%s rejects options that are no object',
  async (name) => {
    const [call] = OTHER_CALLS[name]!;
    for (const o of [5, null, 'threads', []]) {
      const error = await errorOf(async () => call(o as unknown as Options));
      expect(error).toMatchObject({ code: 'INVALID_OPTION' });
      expect(error.message).toMatch(/ options must be an object, got /);
    }
  },
);

test.each<[string, () => unknown, RegExp]>([
  [
    'load with too many threads',
    () => HnswIndex.load('/nowhere', { threads: 65 }),
    /^threads must be an integer from 1 to 64, got 65$/,
  ],
  [
    'verify of an index with a string for a flag',
    () => new HnswIndex(INDEX).verify({ repair: 'yes' as unknown as boolean }),
    /^repair must be true or false, got "yes"$/,
  ],
  [
    'triggerBuildAsync with a listener that is no function',
    () => builder().triggerBuildAsync({ onProgress: 1 as never }),
    /^onProgress must be a function, got 1$/,
  ],
  [
    'triggerBuildAsync with a bad interval',
    () => builder().triggerBuildAsync({ intervalMs: -1 }),
    /^intervalMs must be an integer from 0 to 86,400,000, got -1$/,
  ],
])('%s is an error that says what is wrong', async (_, call, message) => {
  const error = await errorOf(async () => call());
  expect(error).toMatchObject({ code: 'INVALID_OPTION' });
  expect(error.message).toMatch(message);
});

test.each(['backupCollection', 'restoreCollection'] as const)(
  '%s rejects an option that it does not have',
  (name) =>
    withFolder(async (folder) => {
      await using db = await open();
      await db.createCollection('a', { dimension: 2, metric: 'dot' });
      const error = await errorOf(() => db[name]('a', join(folder, 'file'), { replce: true } as Options));
      expect(error).toMatchObject({ code: 'INVALID_OPTION' });
      expect(error.message).toContain(`${name} has no option "replce"; it has `);
      expect(readdirSync(folder)).toEqual([]);
    }),
);

describe('a call that these tests do not know', () => {
  const DATABASE =
    'collection collections createCollection getOrCreateCollection renameCollection dropCollection backup backupCollection restoreCollection close path readOnly';
  const COLLECTION = 'name config get getMany has pauseIndexing resumeIndexing status compact info';
  const INDEXES = 'createPayloadIndex dropPayloadIndex createField dropField deleteVectors';
  const HNSW =
    'options dimension metric kernel size memoryBytes has insert insertBatchParallel search remove save verify close';
  const BUILDER =
    'enqueue bufferLength mergeThreshold isBuilding progress searchBuffer search drainBuffer flushSync triggerBuildAsync toJSON';

  test.each<[string, new (...args: never[]) => object, string]>([
    ['Database', LocalDatabase, DATABASE],
    ['Collection', LocalCollection, `${Object.keys(CALLS).join(' ')} ${COLLECTION} ${INDEXES}`],
    ['HnswIndex', HnswIndex, HNSW],
    ['AsyncIndexBuilder', AsyncIndexBuilder, BUILDER],
  ])('%s has none: one that takes options belongs in the tables above', (_, type, known) => {
    const names = new Set<string>(); // its own, and those that it inherits
    for (let from = type.prototype; from !== Object.prototype; from = Object.getPrototypeOf(from))
      for (const name of Object.getOwnPropertyNames(from)) names.add(name);
    const open = [...names].filter((name) => name !== 'constructor' && !name.startsWith('_'));
    expect(open.sort()).toEqual(known.split(' ').sort());
  });
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
