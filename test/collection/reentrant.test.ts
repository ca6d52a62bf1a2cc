/* Calls that are made while another reads its arguments come behind it; and what a getter answers is read once. */
import { expect, test } from 'vitest';
import type { Collection, Filter, Point } from '#silt/index.js';
import {
  EITHER,
  errorOf,
  failureOf,
  PAUSED,
  pointsOf,
  vectors,
  withCollection,
} from '../support/databases.js';
import { newMemoryStore, openWith } from '../support/stores.js';

const [VECTOR] = vectors(1, 1) as [Float32Array];

/** A point whose payload calls `act` when it is read. */
const acting = (id: number, act: () => void): Point => ({
  id,
  vector: VECTOR,
  payload: {
    get by() {
      act();
      return 'outer';
    },
  },
});
const plain = (id: number, by: string): Point => ({ id, vector: VECTOR, payload: { by } });

test.each(EITHER)(
  '%s: writes that a getter makes take their places behind the call that reads it',
  async (backend) => {
    await withCollection(backend, PAUSED, async (points) => {
      const order: string[] = [];
      const note = (name: string) => () => order.push(name);
      const made: Promise<unknown>[] = [];
      const outer = points.upsert(
        acting(1, () => {
          made.push(
            points
              .upsert(
                acting(2, () => {
                  made.push(points.upsert(plain(1, 'innermost')).then(note('innermost')));
                }),
              )
              .then(note('inner')),
          );
          made.push(points.delete(1).then(note('deleted')));
          made.push(points.delete({ filter: { must: { has_id: [2] } } }).then(note('deleted by filter')));
          made.push(failureOf(() => points.upsert({ id: 3, vector: [1] })).then(note('refused')));
        }),
      );
      const behind = points.upsert(plain(3, 'behind')).then(note('behind'));
      await outer.then(note('outer'));
      await Promise.all([...made, behind]);
      expect(order.filter((name) => name !== 'refused')).toEqual([
        'outer',
        'inner',
        'innermost',
        'deleted',
        'deleted by filter',
        'behind',
      ]);
      expect(await points.getMany([1, 2])).toEqual([undefined, undefined]);
      expect((await points.get(3))?.payload).toEqual({ by: 'behind' });
    });
  },
);

test('what a getter calls of a call that is refused is done all the same', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    let inner: Promise<unknown> | undefined;
    const outer = errorOf(() =>
      points.upsert([
        acting(1, () => {
          inner = points.upsert(plain(2, 'inner'));
        }),
        { id: 3, vector: [1] },
      ]),
    );
    expect((await outer).code).toBe('INVALID_VECTOR');
    expect(await inner).toMatchObject({ inserted: 1 });
    expect(await points.getMany([1, 2])).toMatchObject([undefined, { id: 2 }]);
  });
});

test.each<[string, (points: Collection, close: () => Promise<void>) => Promise<unknown>]>([
  ['close', (_, close) => close()],
  ['compact', (points) => points.compact()],
  ['createPayloadIndex', (points) => points.createPayloadIndex('by', 'keyword')],
])('%s in a getter comes behind the call that reads it', async (_, act) => {
  const store = newMemoryStore();
  const seqs: number[] = [];
  const { commit } = store;
  store.commit = async (transaction) => {
    const committed = await commit.call(store, transaction);
    for (const { first } of committed.appended) seqs.push(first);
    return committed;
  };
  const db = await openWith(store);
  const points = await db.createCollection('points', PAUSED);
  let done: Promise<unknown> | undefined;
  const outer = points.upsert(
    acting(1, () => {
      done = act(points, () => db.close());
    }),
  );
  expect(await outer).toMatchObject({ inserted: 1 });
  await done;
  expect(seqs).toEqual([1]);
  await db.close();
});

test('members of a payload are read once: what is checked is what is stored', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    let reads = 0;
    const turning = (first: unknown, later: unknown): unknown => (reads++ === 0 ? first : later);
    const payloads: Record<string, unknown>[] = [
      Object.defineProperty({}, 'a', { get: () => turning(1, () => {}), enumerable: true }),
      { list: Object.defineProperty([0, 1], 0, { get: () => turning('x', 7n), enumerable: true }) },
      new Proxy({ a: 1 }, { get: (_, key) => (key === 'a' ? turning(1, Number.NaN) : undefined) }),
    ];
    for (const [id, payload] of payloads.entries()) {
      reads = 0;
      await points.upsert({ id, vector: VECTOR, payload });
      expect(reads).toBe(1);
    }
    const stored = await points.getMany([0, 1, 2]);
    expect(stored.map((point) => point?.payload)).toEqual([{ a: 1 }, { list: ['x', 1] }, { a: 1 }]);
  });
});

test('points that a getter adds to the list of the call that reads it are not part of it', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const list: Point[] = [];
    list.push(acting(1, () => list.push(list[0]!)));
    expect(await points.upsert(list)).toMatchObject({ inserted: 1, rejected: [] });
    expect(await points.count({ filter: { must: { key: 'by', match: { value: 'outer' } } } as Filter })).toBe(
      1,
    );
    expect(await points.delete([...pointsOf(1, 2)].map(({ id }) => id))).toMatchObject({ deleted: 1 });
  });
});
