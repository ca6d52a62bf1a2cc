/* Options that have two spellings: both are taken, one at a time. */
import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, open } from '#silt/index.js';
import { errorOf } from '../support/databases.js';
import { withFolder } from '../support/files.js';

const INDEX = { dimension: 2, metric: 'cosine', threads: 1 } as const;

describe('an option of two spellings', () => {
  const CONFIG = { dimension: 2, metric: 'dot' } as const;

  test.each<[string, Record<string, unknown>, Record<string, unknown>]>([
    ['threads', { threads: 3 }, { threads: 3, segmentCount: 3 }],
    ['segmentCount', { segmentCount: 3 }, { threads: 3, segmentCount: 3 }],
    ['segment_count', { segment_count: 3 }, { threads: 3, segmentCount: 3 }],
    ['mergeThreshold', { mergeThreshold: 7 }, { mergeThreshold: 7 }],
    ['merge_threshold', { merge_threshold: 7 }, { mergeThreshold: 7 }],
    ['both, with one value', { threads: 2, segmentCount: 2 }, { threads: 2 }],
  ])('%s, of a collection', async (_, indexing, expected) => {
    await using db = await open();
    const points = await db.createCollection('points', { ...CONFIG, indexing });
    expect(points.config.indexing).toMatchObject(expected);
  });

  test.each(['storage', 'vectors'])('%s, of a collection, also after it is opened again', async (name) => {
    await withFolder(async (folder) => {
      const config = { ...CONFIG, [name]: 'disk', indexing: { segmentCount: 2 } };
      await (
        await open(folder).then(async (db) => db.createCollection('points', config).then(() => db))
      ).close();
      await using db = await open(folder);
      expect(db.collection('points').config).toMatchObject({
        storage: 'disk',
        vectors: 'disk',
        indexing: { threads: 2 },
      });
    });
  });

  test.each(['threads', 'segmentCount', 'segment_count'])('%s, of an index', (name) => {
    expect(new HnswIndex({ ...CONFIG, [name]: 5 }).options.threads).toBe(5);
  });

  test.each<[string, Record<string, unknown>]>([
    ['snake case', { merge_threshold: 3, segment_count: 1 }],
    ['camel case', { mergeThreshold: 3, segmentCount: 1 }],
    ['camel case, threads', { mergeThreshold: 3, threads: 1 }],
  ])('of a builder, in %s', (_, config) => {
    const expected = { merge_threshold: 3, segment_count: 1 };
    expect(new AsyncIndexBuilder(new HnswIndex(INDEX), config).toJSON()).toEqual(expected);
    expect(AsyncIndexBuilder.parseConfig(config)).toEqual(expected);
  });

  test('with two values is an error', async () => {
    await using db = await open();
    const config = { ...CONFIG, indexing: { threads: 1, segmentCount: 2 } };
    const error = await errorOf(() => db.createCollection('points', config));
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(error.message).toBe(
      'indexing: threads and its alias segmentCount were both given (1 and 2): use threads',
    );
    expect(db.collections()).toEqual([]);
  });
});
