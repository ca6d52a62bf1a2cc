/* Vectors of single fields are changed and deleted in stored points: what is touched, what is not, and what is refused. */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Collection, type CollectionConfig, open, type VectorUpdate } from '#silt/index.js';
import { errorOf, liveOf, PAUSED, pointsOf, withCollection } from '../../support/databases.js';
import { withFolder } from '../../support/files.js';

const CONFIG = {
  vectors: {
    a: { dimension: 2, metric: 'euclidean' },
    b: { dimension: 3, metric: 'cosine', storage: 'disk' },
    m: { dimension: 2, metric: 'dot', multi: true },
  },
  sparse: { s: {} },
  text: { t: { path: 'word' } },
  indexing: { threads: 1, paused: true },
} as const;

const point = (id: number) => ({
  id,
  vector: { a: [id, 0], b: [1, id, 2], m: [[id, 1]], s: { indices: [id % 7], values: [1] } },
  payload: { word: 'sea', n: id },
});

const IDS = Array.from({ length: 40 }, (_, id) => id);

async function withFields(use: (points: Collection) => Promise<void>): Promise<void> {
  await using db = await open();
  const points = await db.createCollection('points', CONFIG);
  await points.upsert(IDS.map(point));
  await use(points);
}

/** Places and links of a field's engine. */
function shapeOf(points: Collection, name: string): unknown {
  const { engine } = liveOf(points).graphs.find(({ spec }) => spec.name === name)!;
  const linked = engine.sum((arena) => arena.linkedEver);
  return { places: engine.slots, live: engine.live, linked };
}

test('other fields are not touched: nothing is written, masked or linked there', () =>
  withFields(async (points) => {
    await points.buildNow();
    const before = shapeOf(points, 'b');
    await points.updateVectors(IDS.map((id) => ({ id, vector: { a: [id, 5] } })));
    expect(shapeOf(points, 'a')).toEqual({ places: 80, live: 40, linked: 40 });
    await points.buildNow();
    expect(shapeOf(points, 'a')).toEqual({ places: 80, live: 40, linked: 80 });
    await points.deleteVectors({ filter: { must: { key: 'n', range: { lt: 10 } } } }, ['a', 's']);
    expect(shapeOf(points, 'a')).toEqual({ places: 80, live: 30, linked: 80 });
    expect(shapeOf(points, 'b')).toEqual(before);
    expect(await points.verify()).toMatchObject({ ok: true, missingRows: 0, extraRows: 0 });
  }));

test('a changed vector is found when the call resolves, pending and linked, and the old one is not', () =>
  withFields(async (points) => {
    for (const linked of [false, true]) {
      if (linked) await points.buildNow();
      const at = linked ? 900 : 500;
      const receipt = await points.updateVectors([
        { id: 3, vector: { a: [at, 0], s: { indices: [99], values: [2] }, m: [[at, at]] } },
        { id: 77, vector: { a: [1, 1] } },
      ]);
      expect(receipt).toMatchObject({ updated: 1, inserted: 0, replaced: 0, rejected: [] });
      expect(await points.search([at, 0], { using: 'a', k: 1 })).toMatchObject([{ id: 3, score: 0 }]);
      const near = await points.search([3, 0], { using: 'a', k: 40 });
      expect(near.filter(({ id }) => id === 3)).toHaveLength(1);
      expect(near[0]!.id).not.toBe(3);
      expect(await points.search({ indices: [99], values: [1] }, { using: 's' })).toMatchObject([
        { id: 3, score: 2 },
      ]);
      expect(await points.search([[1, 0]], { using: 'm', k: 1 })).toMatchObject([{ id: 3, score: at }]);
      expect(await points.search({ text: 'sea' }, { using: 't', k: 100 })).toHaveLength(40);
    }
    expect(await points.get(3)).toMatchObject({ payload: { word: 'sea', n: 3 } });
  }));

test('where the unnamed field is the only one, the payload stays', () =>
  withCollection('memory', PAUSED, async (points) => {
    const [one, two, other] = pointsOf(1, 3) as { id: number; vector: Float32Array }[];
    await points.upsert([{ ...one!, payload: { n: 1 } }, two!]);
    const changed = [
      { id: one!.id, vector: other!.vector },
      { id: 99, vector: other!.vector },
    ];
    expect(await points.updateVectors(changed)).toMatchObject({ updated: 1, inserted: 0, replaced: 0 });
    expect(await points.get(one!.id)).toMatchObject({ payload: { n: 1 }, vector: other!.vector });
    expect(await points.has(99)).toBe(false);
    expect(await points.count({ filter: { must: { has_vector: '' } } })).toBe(2);
    const error = await errorOf(() => points.deleteVectors(one!.id, ['']));
    expect(error).toMatchObject({ code: 'INVALID_OPTION' });
    expect(error.message).toContain('cannot be deleted alone');
  }));

test.each<[string, (points: Collection) => Promise<unknown>, RegExp]>([
  ['a name of no field', (points) => points.updateVectors({ id: 1, vector: { c: [1, 2] } }), /names "c"/],
  [
    'a wrong length',
    (points) => points.updateVectors({ id: 1, vector: { a: [1] } }),
    /"a" of point 0 \(id 1\)/,
  ],
  ['no vector', (points) => points.updateVectors({ id: 1 } as never), /has no vector\. To remove vectors/],
  ['no field', (points) => points.updateVectors({ id: 1, vector: {} }), /names no field/],
  [
    'a payload',
    (points) => points.updateVectors({ id: 1, vector: { a: [1, 2] }, payload: {} } as never),
    /setPayload/,
  ],
  [
    'a text field',
    (points) => points.deleteVectors(1, ['t']),
    /fields\[0\] is "t", which is not a field with vectors/,
  ],
  ['no fields', (points) => points.deleteVectors(1, []), /must be an array of names/],
  [
    'has_vector of no field',
    (points) => points.count({ filter: { must: { has_vector: 'aa' } } }),
    /names "aa", which is not a field with vectors/,
  ],
  [
    'has_vector of a number',
    (points) => points.count({ filter: { must: { has_vector: 1 as never } } }),
    /name of a field/,
  ],
  [
    'has_vector in nested',
    (points) =>
      points.count({ filter: { must: { nested: { key: 'n', filter: { must: { has_vector: 'a' } } } } } }),
    /within nested/,
  ],
])('%s is refused, and nothing is changed', (_, call, says) =>
  withFields(async (points) => {
    const { seq } = points.status();
    expect((await errorOf(() => call(points))).message).toMatch(says);
    expect(points.status().seq).toBe(seq);
  }),
);

test('operations of a batch find what those before them leave, and all is there after reopening', () =>
  withFolder(async (folder) => {
    let db = await open(folder);
    let points = await db.createCollection('points', CONFIG);
    await points.upsert(IDS.map(point));
    await points.buildNow();
    await db.close(); // with snapshots
    db = await open(folder);
    points = db.collection('points');
    const receipt = await points.batch([
      { updateVectors: [{ id: 1, vector: { a: [700, 0] } }] },
      { upsert: { id: 2, vector: { a: [0, 800] } } },
      { updateVectors: { id: 2, vector: { b: [5, 5, 5] } } },
      { deleteVectors: { filter: { must: { has_vector: 'm' }, must_not: { has_id: [3] } } }, fields: ['m'] },
    ]);
    expect(receipt).toMatchObject({ updated: 1 + 1 + 38, replaced: 1 });
    for (const again of [false, true]) {
      if (again) {
        await db.close();
        db = await open(folder);
        points = db.collection('points');
      }
      expect(await points.count({ filter: { must: { has_vector: 'm' } } })).toBe(1);
      expect(await points.search([700, 0], { using: 'a', k: 1 })).toMatchObject([{ id: 1, score: 0 }]);
      expect((await points.get(2))!.vector).toEqual({
        a: Float32Array.of(0, 800),
        b: Float32Array.of(5, 5, 5),
      });
    }
    await db.close();
  }));

test('points that got the same vector come in the order in which they were written, before and after reopening', () =>
  withFolder(async (folder) => {
    const path = join(folder, 'db');
    let db = await open(path);
    const points = await db.createCollection('points', CONFIG);
    await points.upsert(IDS.map(point));
    await points.buildNow();
    for (const ids of [[30, 20], [31], [10, 11, 12], [5]])
      await points.updateVectors(ids.map((id) => ({ id, vector: { a: [25, 0] } })));
    const order = [5, 10, 11, 12, 20, 25, 30, 31];
    const expectOrder = async (): Promise<void> => {
      for (let k = 1; k <= order.length; k++)
        for (const o of [{}, { exact: true }, { filter: { must: { has_vector: 'a' } } }]) {
          const hits = await db.collection('points').search([25, 0], { using: 'a', k, ...o });
          expect(hits.map(({ id }) => id)).toEqual(order.slice(0, k));
        }
    };
    await expectOrder();
    await db.collection('points').buildNow();
    await expectOrder();
    for (const withSnapshots of [true, false]) {
      await db.close();
      if (!withSnapshots) await rm(join(path, 'snapshots'), { recursive: true });
      db = await open(path);
      await expectOrder();
    }
    await db.collection('points').compact();
    await expectOrder();
    await db.close();
  }));

/** A collection with fields, whose vectors are changed beside the rest, and one whose points are written again. */
const EITHER: readonly (readonly [string, CollectionConfig, (x: number) => VectorUpdate['vector']])[] = [
  ['of named fields', CONFIG, (x) => ({ a: [x, 0] })],
  ['of the only field', { dimension: 2, metric: 'euclidean', indexing: { paused: true } }, (x) => [x, 0]],
];

test.each(EITHER)(
  'a condition is met by what every earlier call has written, and others stay: vectors %s',
  async (_, config, at) => {
    await using db = await open();
    const points = await db.createCollection('points', config);
    await points.upsert([1, 2, 3].map((id) => ({ id, vector: at(id), payload: { version: id } })));
    const condition = { must: { key: 'version', match: { value: 7 } } };
    const to = (id: number, x: number) => ({ id, vector: at(x) });
    const calls = [
      points.updateVectors(to(1, 100), { condition }),
      points.setPayload(1, { version: 7 }),
      points.updateVectors([to(2, 100), to(1, 100), to(9, 100), to(3, 100), to(1, 200)], { condition }),
      points.batch([
        { updateVectors: to(3, 300), condition },
        { setPayload: 3, payload: { version: 7 } },
        { updateVectors: [to(3, 400), to(2, 400)], condition },
        { setPayload: 1, payload: { version: 8 } },
        { updateVectors: to(1, 400), condition },
      ]),
    ];
    const [early, , late, batch] = await Promise.all(calls);
    const rejection = (index: number, id: number) => ({ index, id, code: 'CONDITION_NOT_MET' });
    expect(early).toMatchObject({ updated: 0, rejected: [rejection(0, 1)] });
    expect(late).toMatchObject({ updated: 1, inserted: 0, rejected: [rejection(0, 2), rejection(3, 3)] });
    expect(batch).toMatchObject({
      rejected: [
        { operation: 0, ...rejection(0, 3) },
        { operation: 2, ...rejection(1, 2) },
        { operation: 4, ...rejection(0, 1) },
      ],
    });
    const all = { ...('vectors' in config && { using: 'a' }), k: 9 };
    const found = await points.search([0, 0], all);
    expect(found.map(({ id, score }) => [id, score])).toEqual([
      [2, 2],
      [1, 200],
      [3, 400],
    ]);
    expect(await points.verify()).toMatchObject({ ok: true });
  },
);

test('a condition of a change of vectors is checked before any effect', () =>
  withFields(async (points) => {
    const update = { id: 1, vector: { a: [9, 9] } };
    for (const condition of [null, 3, { must: { key: 'n' } }, { must: { key: 'n', match: undefined } }]) {
      const option = { condition } as never;
      expect((await errorOf(() => points.updateVectors(update, option))).message).toMatch(/condition/);
      expect(
        (await errorOf(() => points.batch([{ updateVectors: update, ...(option as object) }]))).message,
      ).toMatch(/^operation 0: .*condition/);
    }
    expect(points.status().seq).toBe(40);
  }));
