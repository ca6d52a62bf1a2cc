/* Sources and listeners of an ingest that are faulty: it ends with an error, and its summary is true. */
import { describe, expect, test } from 'vitest';
import type { IngestError, Point } from '#silt/index.js';
import { EITHER, errorOf, PAUSED, pointsOf, withCollection } from '../support/databases.js';

const points = pointsOf(1, 250);

describe.each(EITHER)('%s', (backend) => {
  test('an async iterator that gives no results, and an async listener that rejects, end it with an error', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      let given = 0;
      const next = (): Promise<unknown> =>
        Promise.resolve(given < 3 ? { done: false, value: points[given++]! } : undefined);
      const broken = { [Symbol.asyncIterator]: () => ({ next }) } as unknown as AsyncIterable<Point>;
      const error = await errorOf<IngestError>(() => collection.ingest(broken, { batchSize: 1 }));
      expect(error).toMatchObject({ code: 'INGEST_FAILED', cause: { code: 'INVALID_OPTION' } });
      expect(error.summary.written).toBe(await collection.count());
      const onProgress = (): Promise<never> => Promise.reject(new Error('from onProgress'));
      const rejected = await errorOf<IngestError>(() =>
        collection.ingest(points, { batchSize: 20, onProgress }),
      );
      expect(rejected.message).toContain('from onProgress');
    });
  });
});
