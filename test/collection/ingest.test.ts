/* Ingest takes points from anything that yields them, in bounded memory, and its summary is true however it ends. */
import { ReadableStream } from 'node:stream/web';
import { describe, expect, test } from 'vitest';
import { IngestError, type IngestProgress, open, type Point, type PointSource } from '#silt/index.js';
import {
  EITHER,
  errorOf,
  failureOf,
  PAUSED,
  pointsOf,
  SMALL,
  Twin,
  vectors,
  withCollection,
} from '../support/databases.js';

const points = pointsOf(1, 250);

/** Every kind of source of the same points. */
const SOURCES: [string, () => PointSource][] = [
  ['an array', () => points],
  ['a set', () => new Set(points)],
  [
    'a generator',
    function* () {
      yield* points;
    },
  ],
  [
    'an async generator',
    async function* () {
      for (const point of points) {
        if (point.id % 50 === 0) await new Promise((resolve) => setImmediate(resolve));
        yield point;
      }
    },
  ],
  [
    'a stream',
    () =>
      new ReadableStream<Point>({
        start(controller) {
          for (const point of points) controller.enqueue(point);
          controller.close();
        },
      }) as unknown as PointSource,
  ],
  [
    'a stream that cannot be iterated',
    () => {
      const stream = new ReadableStream<Point>({
        start(controller) {
          for (const point of points) controller.enqueue(point);
          controller.close();
        },
      });
      return { getReader: () => stream.getReader() } as unknown as PointSource;
    },
  ],
];

/** An iterator of `count` points that notes how it was let go. */
function watched(count: number, at?: (i: number) => void) {
  const seen = { taken: 0, returned: 0 };
  const iterator: Iterator<Point> = {
    next: () => {
      at?.(seen.taken);
      if (seen.taken === count) return { done: true, value: undefined };
      return { done: false, value: points[seen.taken++]! };
    },
    return: () => {
      seen.returned++;
      return { done: true, value: undefined };
    },
  };
  return { seen, source: { [Symbol.iterator]: () => iterator } as Iterable<Point> };
}

describe.each(EITHER)('%s', (backend) => {
  test.each(SOURCES)('from %s: all points, in order, with progress', async (what, source) => {
    await withCollection(backend, SMALL, async (collection) => {
      const heard: IngestProgress[] = [];
      const summary = await collection.ingest(source(), {
        batchSize: 60,
        onProgress: (progress) => void heard.push(progress),
      });
      expect(summary).toMatchObject({ written: 250, inserted: 250, replaced: 0, rejected: [], seq: 250 });
      expect(summary).toMatchObject({ bytes: 250 * 30 * 4, aborted: false });
      expect(summary.seconds).toBeGreaterThan(0);
      expect(heard.map(({ written }) => written)).toEqual([60, 120, 180, 240, 250]);
      const total = what === 'an array' || what === 'a set' ? 250 : null;
      for (const progress of heard) {
        expect(progress.total).toBe(total);
        expect(progress.bytes).toBe(progress.written * 30 * 4);
        expect(progress.etaSeconds === null).toBe(total === null);
      }
      if (total) expect(heard.at(-1)!.etaSeconds).toBe(0);
      const twin = new Twin(collection);
      for (const { id, vector } of points) twin.rows.set(id, vector);
      await twin.expectWhole();
    });
  });

  test('an ingest of nothing is not an error', async () => {
    await withCollection(backend, SMALL, async (collection) => {
      expect(await collection.ingest([])).toMatchObject({ written: 0, seq: 0, aborted: false });
      await collection.upsert(pointsOf(1, 3));
      expect(await collection.ingest(new Set<Point>())).toMatchObject({ written: 0, seq: 3 });
    });
  });

  test('points whose ids exist count as replaced', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      await collection.upsert(pointsOf(9, 100, 200));
      const summary = await collection.ingest(points, { batchSize: 70 });
      expect(summary).toMatchObject({ written: 250, inserted: 200, replaced: 50, seq: 350 });
    });
  });

  test('an abort on the way: the summary says what was written, the source is let go', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const controller = new AbortController();
      const { seen, source } = watched(250, (i) => i === 130 && controller.abort());
      const summary = await collection.ingest(source, { batchSize: 20, signal: controller.signal });
      expect(summary.aborted).toBe(true);
      expect(summary.written).toBeLessThanOrEqual(130);
      expect(await collection.count()).toBe(summary.written);
      expect(collection.status().seq).toBe(summary.seq);
      expect(seen.returned).toBe(1);
      const ids = (await collection.getMany(points.map(({ id }) => id))).filter((point) => point);
      expect(ids).toHaveLength(summary.written);
    });
  });

  test('an abort before it begins: nothing is written, nothing is taken', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const { seen, source } = watched(250);
      const summary = await collection.ingest(source, { signal: AbortSignal.abort() });
      expect(summary).toMatchObject({ aborted: true, written: 0 });
      expect(seen.taken).toBe(0);
      expect(await collection.count()).toBe(0);
    });
  });

  test.each([
    ['an async generator', () => stalled()],
    ['a stream', () => stalledStream()],
  ])('an abort while %s has nothing to give: ended at once', async (_, source) => {
    await withCollection(backend, PAUSED, async (collection) => {
      const controller = new AbortController();
      const onProgress = ({ written }: IngestProgress): void => {
        if (written === 20) setTimeout(() => controller.abort(), 30);
      };
      const ingest = collection.ingest(source(), { batchSize: 10, onProgress, signal: controller.signal });
      const late = new Promise((resolve) => setTimeout(() => resolve('still waiting'), 5_000).unref());
      const summary = await Promise.race([ingest, late]);
      expect(summary).toMatchObject({ aborted: true, written: 20 });
      expect(await collection.count()).toBe(20);
    });
  });

  test('a source that fails: IngestError, with the cause and a true summary', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const cause = new Error('the line is cut');
      async function* failing() {
        yield* points.slice(0, 75);
        throw cause;
      }
      const error = await errorOf<IngestError>(() => collection.ingest(failing(), { batchSize: 20 }));
      expect(error).toBeInstanceOf(IngestError);
      expect(error).toMatchObject({ code: 'INGEST_FAILED', cause });
      expect(error.message).toContain('the line is cut');
      expect(error.summary).toMatchObject({ written: 60, inserted: 60, seq: 60, aborted: false });
      expect(await collection.count()).toBe(60);
    });
  });

  test('a bad point ends it, named by its place in the source; with skip it is left out', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const bad = points.map((point, i) => (i === 47 ? { ...point, vector: [1] } : point));
      const error = await errorOf<IngestError>(() => collection.ingest(bad, { batchSize: 20 }));
      expect(error).toMatchObject({ code: 'INGEST_FAILED', cause: { code: 'INVALID_VECTOR' } });
      expect(error.message).toContain('point 47 (id 47)');
      expect(error.summary.written).toBe(await collection.count());
      const summary = await collection.ingest(bad, { batchSize: 20, onInvalid: 'skip' });
      expect(summary.rejected).toMatchObject([{ index: 47, id: 47, code: 'INVALID_VECTOR' }]);
      expect(summary.rejected[0]!.message).toContain('point 47 (id 47)');
      expect(summary.written).toBe(249);
      expect(await collection.count()).toBe(249);
    });
  });

  test('an id that comes twice: the last wins, in one batch and across batches', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const [a, b, c] = vectors(5, 3) as [Float32Array, Float32Array, Float32Array];
      const twice = [
        { id: 1, vector: a },
        { id: 1n, vector: b },
        { id: 2, vector: a },
        { id: '1', vector: a },
        { id: 2, vector: c },
      ];
      const summary = await collection.ingest(twice, { batchSize: 2 });
      expect(summary).toMatchObject({ written: 4, inserted: 3, replaced: 1 });
      expect(summary.rejected).toMatchObject([{ index: 0, code: 'DUPLICATE_ID' }]);
      expect((await collection.get(1))?.vector).toEqual(b);
      expect((await collection.get(2))?.vector).toEqual(c);
    });
  });

  test('onProgress that throws ends the ingest, and the summary counts what was written', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const onProgress = (): void => {
        throw new Error('from onProgress');
      };
      const error = await errorOf<IngestError>(() =>
        collection.ingest(points, { batchSize: 20, onProgress }),
      );
      expect(error.message).toContain('from onProgress');
      expect(error.summary.written).toBe(await collection.count());
    });
  });

  test('a source is let go where it is left early, and only there', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const whole = watched(100);
      await collection.ingest(whole.source, { batchSize: 30 });
      expect(whole.seen).toEqual({ taken: 100, returned: 0 });
      const early = watched(100, (i) => {
        if (i === 50) throw new Error('broken');
      });
      expect(await failureOf(() => collection.ingest(early.source, { batchSize: 30 }))).toBe('INGEST_FAILED');
      expect(early.seen.returned).toBe(0); // it broke by itself
      const left = watched(100);
      const bad = { ...points[0]!, vector: [1] };
      function* mixed() {
        yield bad;
        yield* left.source;
      }
      expect(await failureOf(() => collection.ingest(mixed(), { batchSize: 1 }))).toBe('INGEST_FAILED');
      expect(left.seen.taken).toBeLessThan(100);
    });
  });

  test('a batch is as large as asked for, and the source is not read far ahead', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      let ahead = 0;
      let written = 0;
      const { source } = watched(250, (i) => {
        ahead = Math.max(ahead, i - written);
      });
      await collection.ingest(source, {
        batchSize: 10,
        onProgress: (progress) => {
          expect(progress.written - written).toBe(10);
          ({ written } = progress);
        },
      });
      expect(written).toBe(250);
      expect(ahead).toBeLessThanOrEqual(30);
    });
  });

  test('a source may give the same object and the same array again and again', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const reused = { id: 0, vector: new Float32Array(30), payload: { i: 0 } };
      function* rows() {
        for (let i = 0; i < 50; i++) {
          reused.id = reused.payload.i = i;
          reused.vector.fill(i + 1);
          yield reused;
          reused.vector.fill(NaN);
        }
      }
      expect(await collection.ingest(rows())).toMatchObject({ written: 50, rejected: [] });
      const seen: unknown[] = [];
      for await (const { id, payload, vector } of collection.scroll({ withVector: true }))
        seen.push([id, payload?.['i'], vector?.[29]]);
      expect(seen).toEqual(Array.from({ length: 50 }, (_, i) => [i, i, i + 1]));
    });
  });

  test('bytes are those of the vectors of all fields', async () => {
    await using db = await open();
    const vectors = { a: { dimension: 4, metric: 'dot' }, b: { dimension: 2, metric: 'dot' } } as const;
    const points = await db.createCollection('points', { vectors });
    const { written, bytes } = await points.ingest([
      { id: 1, vector: { a: [1, 2, 3, 4], b: [1, 2] } },
      { id: 2, vector: { b: [1, 2] } },
    ]);
    expect([written, bytes]).toEqual([2, 32]);
  });

  test('a batch is as large as its bytes allow, whatever its number of points', async () => {
    await withCollection(backend, PAUSED, async (collection) => {
      const big = 'x'.repeat(4 << 20);
      function* rows() {
        for (const { id, vector } of points.slice(0, 40)) yield { id, vector, payload: { big } };
      }
      const heard: number[] = [];
      const onProgress = ({ written }: IngestProgress): void => void heard.push(written);
      await collection.ingest(rows(), { batchSize: 100_000, onProgress });
      expect(heard.length).toBeGreaterThan(2);
      expect(heard.at(-1)).toBe(40);
    });
  });

  test('of many bad points, some are listed and all are counted', async () => {
    await withCollection('memory', PAUSED, async (collection) => {
      function* bad() {
        for (let id = 0; id < 12_000; id++) yield { id, vector: [id] };
        yield points[0]!;
      }
      const summary = await collection.ingest(bad(), { onInvalid: 'skip' });
      expect(summary).toMatchObject({ written: 1, rejectedCount: 12_000 });
      expect(summary.rejected).toHaveLength(10_000);
      expect(summary.rejected.at(-1)).toMatchObject({ index: 9_999, code: 'INVALID_VECTOR' });
    });
  });

  test.each(['close', 'dropCollection'] as const)(
    '%s ends an ingest whose source has nothing to give, and lets the source go',
    async (how) => {
      await withCollection(backend, PAUSED, async (collection, db) => {
        let returned = 0;
        let taken = 0;
        const source: AsyncIterable<Point> = {
          [Symbol.asyncIterator]: () => ({
            next: () =>
              taken < 5
                ? Promise.resolve({ done: false, value: points[taken++]! })
                : new Promise<never>(() => {}),
            return: () => {
              returned++;
              return Promise.resolve({ done: true, value: undefined });
            },
          }),
        };
        const ending = errorOf<IngestError>(() => collection.ingest(source, { batchSize: 2 }));
        while (taken < 5) await new Promise((resolve) => setImmediate(resolve));
        if (how === 'close') await db.close();
        else await db.dropCollection('points');
        const error = await ending;
        const code = how === 'close' ? 'CLOSED' : 'COLLECTION_NOT_FOUND';
        expect(error).toMatchObject({ code: 'INGEST_FAILED', cause: { code } });
        expect(returned).toBe(1);
      });
    },
  );

  test('a source that gives without end is left at once when the database is closed', async () => {
    await withCollection(backend, PAUSED, async (collection, db) => {
      let taken = 0;
      async function* endless() {
        for (let id = 0; ; id++) {
          await new Promise((resolve) => setImmediate(resolve));
          taken++;
          yield { id, vector: points[id % 250]!.vector };
        }
      }
      const ending = errorOf<IngestError>(() => collection.ingest(endless()));
      while (taken < 10) await new Promise((resolve) => setImmediate(resolve));
      await db.close();
      const before = taken;
      expect(await ending).toMatchObject({ code: 'INGEST_FAILED', cause: { code: 'CLOSED' } });
      expect(taken - before).toBeLessThanOrEqual(1);
    });
  });

  test('closing the database ends it with a summary', async () => {
    await withCollection(backend, PAUSED, async (collection, db) => {
      async function* endless() {
        for (let id = 0; ; id++) {
          yield { id, vector: points[id % 250]!.vector };
          if (id === 100) void db.close();
        }
      }
      const error = await errorOf<IngestError>(() => collection.ingest(endless(), { batchSize: 10 }));
      expect(error).toMatchObject({ code: 'INGEST_FAILED', cause: { code: 'CLOSED' } });
      expect(error.summary.written).toBeGreaterThanOrEqual(90);
    });
  });
});

async function* stalled(): AsyncGenerator<Point> {
  yield* points.slice(0, 20);
  await new Promise(() => {});
}

function stalledStream(): PointSource {
  return new ReadableStream<Point>({
    start(controller) {
      for (const point of points.slice(0, 20)) controller.enqueue(point);
    },
  }) as unknown as PointSource;
}
