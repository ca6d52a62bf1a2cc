/* What ends an ingest first is what it tells. */
import { expect, test } from 'vitest';
import type { IngestError } from '#silt/index.js';
import { errorOf, PAUSED, pointsOf, withCollection } from '../support/databases.js';

const points = pointsOf(1, 250);

test('an abort behind a failure does not hide it', async () => {
  await withCollection('memory', PAUSED, async (collection) => {
    const controller = new AbortController();
    const cause = new Error('from onProgress');
    function* source() {
      try {
        yield* points;
      } finally {
        controller.abort();
      }
    }
    const onProgress = (): void => {
      throw cause;
    };
    const { signal } = controller;
    const error = await errorOf<IngestError>(() =>
      collection.ingest(source(), { batchSize: 20, signal, onProgress }),
    );
    expect(signal.aborted).toBe(true);
    expect(error).toMatchObject({ code: 'INGEST_FAILED', cause });
    expect(error.summary.aborted).toBe(false);
  });
});
