/* The map of a field: which points are in it, where they lie, and what happens as points come, go and are moved. */
import { afterEach, expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { type LayoutOptions, PointMap } from '#silt/collection/point-map.js';
import { type Collection, type Database, open } from '#silt/index.js';
import { arenaBytesFor, TINY_HNSW } from '../support/machines.js';
import { gaussianVectors, randomOf } from '../support/random.js';
import { newMemoryStore, openWith } from '../support/stores.js';

const DIMENSION = 12;
const GROUPS = 6;

let database: Database | undefined;

afterEach(async () => {
  await database?.close();
  database = undefined;
});

/** Vectors of groups that lie far apart: number `i` belongs to group `i % GROUPS`. */
function groups(count: number, seed = 1): Float32Array[] {
  const centres = gaussianVectors(9, GROUPS, DIMENSION);
  const random = randomOf(seed);
  return Array.from({ length: count }, (_, i) =>
    centres[i % GROUPS]!.map((value) => 4 * value + random() - 0.5),
  );
}

const pointsOf = (vectors: readonly Float32Array[], from = 0) =>
  vectors.map((vector, i) => ({ id: from + i, vector }));

async function collectionOf(count: number, options: object = {}): Promise<Collection> {
  database = await open();
  const collection = await database.createCollection('c', {
    dimension: DIMENSION,
    metric: 'euclidean',
    ...options,
  });
  await collection.upsert(pointsOf(groups(count)));
  return collection as Collection;
}

/** A map with all points. */
async function mapOf(collection: Collection, options: LayoutOptions = {}): Promise<PointMap> {
  const map = await PointMap.layout(coreOf(collection), options);
  while (map.waiting > 0) await map.update();
  return map;
}

/** Share of points whose nearest other one in the plane, of some, is of the same group. */
function together(map: PointMap, groupOf: (number: number) => number): number {
  const some = Array.from({ length: map.count }, (_, number) => number).filter(
    (number) => !map.gone.includes(number),
  );
  const { xy } = map;
  const apart = (a: number, b: number): number =>
    (xy[2 * a]! - xy[2 * b]!) ** 2 + (xy[2 * a + 1]! - xy[2 * b + 1]!) ** 2;
  const own = some.filter((number) => {
    const others = some.filter((other) => other !== number);
    const nearest = others.reduce((best, other) =>
      apart(number, other) < apart(number, best) ? other : best,
    );
    return groupOf(nearest) === groupOf(number);
  });
  return own.length / some.length;
}

/** How many points are found by their places. */
function numbersByPlace(map: PointMap): number {
  const places = Array.from({ length: map.field.engine.slots }, (_, place) => place);
  return places.filter((place) => map.numberAt(place) >= 0).length;
}

/** Row numbers begin at 1 and ascend: of points written in order, the row says which it is. */
const byRow =
  (map: PointMap) =>
  (number: number): number =>
    (map.rowOf(number)! - 1) % GROUPS;

for (const storage of ['memory', 'disk'] as const)
  test(`points of a group lie together, the same for the same seed, with vectors kept on ${storage}`, async () => {
    const collection = await collectionOf(300, { storage });
    await collection.buildNow();
    const core = coreOf(collection);
    const shares: number[] = [];
    const map = await PointMap.layout(core, { seed: 3, onProgress: (share) => shares.push(share) });
    expect(map.count).toBe(300);
    expect(map.waiting).toBe(0);
    expect(map.xy.every(Number.isFinite)).toBe(true);
    expect(together(map, byRow(map))).toBeGreaterThan(0.97);
    expect(shares.length).toBeGreaterThan(3);
    expect(shares).toEqual(shares.toSorted((a, b) => a - b));
    expect((await PointMap.layout(core, { seed: 3 })).xy).toEqual(map.xy);
    expect((await PointMap.layout(core, { seed: 4 })).xy).not.toEqual(map.xy);
  });

test('a larger collection is laid out by the links of its graph, of a sample, and what is not linked lies between', async () => {
  const collection = await collectionOf(3_204);
  await collection.buildNow();
  await collection.upsert(pointsOf(groups(60, 2), 3_204));
  for (const limit of [undefined, 1_500]) {
    const map = await mapOf(collection, { limit });
    expect(map.count).toBe(3_264);
    expect(new Set(Array.from({ length: map.count }, (_, number) => map.rowOf(number))).size).toBe(3_264);
    const last = { count: map.count, xy: map.xy, gone: [...Array(2_900).keys()] } as unknown as PointMap;
    expect(together(last, byRow(map)), `limit ${limit}`).toBeGreaterThan(0.97);
  }
});

test('a map that takes the place of another lies as that does', async () => {
  const collection = await collectionOf(600);
  await collection.buildNow();
  const mapBy = (options: LayoutOptions) => PointMap.layout(coreOf(collection), { seed: 1, ...options });
  const draft = await mapBy({ seed: 8, limit: 200 });
  const [alone, settled] = [await mapBy({}), await mapBy({ before: draft })];
  const again = await mapBy({ before: settled });
  const apart = (one: PointMap, two: PointMap): number =>
    Math.max(...one.xy.map((value, at) => Math.abs(value - two.xy[at]!)));
  expect(apart(again, settled)).toBeLessThan(0.01);
  expect(apart(alone, settled)).toBeGreaterThan(1);
});

test('points that come find their places, those that go are noted, and no other moves, also behind a compaction', async () => {
  const collection = await collectionOf(600);
  const map = await PointMap.layout(coreOf(collection), {});
  const before = map.xy.slice();
  await collection.upsert(pointsOf(groups(60, 2), 600));
  await collection.delete([0, 1, 2]);
  await collection.upsert({ id: 3, vector: groups(5)[4]! }); // into the group of 4
  expect(map.waiting).toBeGreaterThan(0);
  await map.update();
  expect(map.waiting).toBe(0);
  expect([...map.gone].sort((a, b) => a - b)).toEqual([0, 1, 2, 3]);
  expect(map.count).toBe(661);
  expect(map.xy.subarray(0, 1_200)).toEqual(before);
  const groupOf = (number: number): number => (map.rowOf(number) === 664 ? 4 : byRow(map)(number));
  expect(together(map, groupOf)).toBeGreaterThan(0.97);
  const rows = Array.from({ length: map.count }, (_, number) => map.rowOf(number));
  await collection.delete([5]);
  await collection.compact();
  await collection.upsert(pointsOf(groups(6, 3), 700));
  await map.update();
  expect(map.gone).toContain(5);
  expect(map.count).toBe(667);
  expect(map.waiting).toBe(0);
  expect(rows.with(5, undefined)).toEqual(rows.map((_, number) => map.rowOf(number)));
  expect(numbersByPlace(map)).toBe(667 - 5);
});

test('a point whose vector was changed where it is lies elsewhere, also when a compaction came before that was seen', async () => {
  database = await open();
  const collection = await database.createCollection('c', {
    vectors: { v: { dimension: DIMENSION, metric: 'euclidean' } },
  });
  await collection.upsert(pointsOf(groups(200)).map(({ id, vector }) => ({ id, vector: { v: vector } })));
  const map = await PointMap.layout(coreOf(collection));
  const [one, other] = [6, 7];
  await collection.updateVectors([{ id: one, vector: { v: groups(GROUPS, 5)[1]! } }]);
  await collection.delete(199);
  await collection.compact();
  await collection.updateVectors([{ id: other, vector: { v: groups(GROUPS, 5)[0]! } }]);
  await map.update();
  expect([...map.gone].sort((a, b) => a - b)).toEqual([one, other, 199]);
  expect(map.count).toBe(202);
  const groupOf = (number: number): number =>
    number < 200 ? number % GROUPS : map.pointAt(number, false)?.id === one ? 1 : 0;
  expect(together(map, groupOf)).toBeGreaterThan(0.97);
});

test('where most points have been replaced the map is renewed: the others lie where they were', async () => {
  const collection = await collectionOf(300);
  const map = await PointMap.layout(coreOf(collection));
  expect(map.isWorn).toBe(false);
  for (let round = 0; round < 2; round++) {
    await collection.upsert(pointsOf(groups(299, 3 + round)));
    await map.update();
  }
  expect([map.count, map.gone.length, map.isWorn]).toEqual([898, 598, true]);
  const renewed = map.renewed();
  expect([renewed.count, renewed.gone.length, renewed.isWorn]).toEqual([300, 0, false]);
  expect([...renewed.xy.subarray(0, 2)]).toEqual([...map.xy.subarray(2 * 299, 2 * 300)]);
  await renewed.update();
  expect([renewed.count, renewed.gone.length]).toEqual([300, 0]);
});

/** Arenas of 256 rows. */
async function inArenas(count: number): Promise<Collection> {
  const config = { dimension: DIMENSION, metric: 'euclidean' } as const;
  const arenaBytes = arenaBytesFor(config, 2, 2);
  database = await openWith(newMemoryStore(), undefined, { threads: 2, arenaBytes });
  const collection = await database.createCollection('c', { ...config, hnsw: TINY_HNSW });
  await collection.upsert(pointsOf(groups(count)));
  await collection.buildNow();
  return collection as Collection;
}

test('points of several arenas lie in one map, also of one that is begun later, and a walk goes through all', async () => {
  const collection = await inArenas(600);
  const map = await PointMap.layout(coreOf(collection));
  const { arenas } = map.field.engine;
  expect(arenas.length).toBeGreaterThan(2);
  await collection.upsert(pointsOf(groups(600, 2), 600));
  await map.update();
  expect(map.count).toBe(1_200);
  const arenaOf = (number: number): number =>
    arenas.findLastIndex(({ base }) => base <= map.rowOf(number)! - 1);
  // The nearest point of another arena is of the same group.
  const last = Array.from({ length: 120 }, (_, i) => 10 * i);
  const own = last.filter((number) => {
    const apart = (other: number): number =>
      Math.hypot(map.xy[2 * number]! - map.xy[2 * other]!, map.xy[2 * number + 1]! - map.xy[2 * other + 1]!);
    const others = [...Array(map.count).keys()].filter((other) => arenaOf(other) !== arenaOf(number));
    const nearest = others.reduce((best, other) => (apart(other) < apart(best) ? other : best));
    return nearest % GROUPS === number % GROUPS;
  });
  expect(own.length / last.length).toBeGreaterThan(0.95);
  await collection.buildNow();
  const [vector] = groups(1, 7);
  const { found, steps } = await map.walk({ query: { vector: vector! }, k: 10, ef: 200, efMost: 1_000 });
  const hits = await collection.search(vector!, { k: 10, exact: true });
  expect(found.map(({ number }) => map.rowOf(number)! - 1)).toEqual(hits.map(({ id }) => id));
  expect(steps.filter(({ level }) => level < 0).length).toBe(arenas.length);
});

test('points without a vector in the field, and deleted ones, are not in it; an empty field has an empty map', async () => {
  database = await open();
  const collection = await database.createCollection('c', {
    vectors: { one: { dimension: 2, metric: 'cosine' }, two: { dimension: 2, metric: 'cosine' } },
  });
  const core = coreOf(collection);
  expect((await PointMap.layout(core, { field: 'two' })).count).toBe(0);
  await collection.upsert([
    { id: 1, vector: { one: [1, 2] } },
    { id: 2, vector: { one: [1, 3], two: [3, 1] } },
    { id: 3, vector: { one: [2, 3] } },
  ]);
  await collection.delete(3);
  const map = await PointMap.layout(core, { field: 'one' });
  expect([map.rowOf(0), map.rowOf(1), map.count]).toEqual([1, 2, 2]);
  expect((await PointMap.layout(core, { field: 'two' })).count).toBe(1);
  await expect(PointMap.layout(core, { field: 'tow' })).rejects.toThrow(/"tow" is not one: .*two/);
});

test('a layout is given up when its signal aborts, and when the database closes', async () => {
  const collection = await collectionOf(1_200);
  const controller = new AbortController();
  const left = PointMap.layout(coreOf(collection), {
    signal: controller.signal,
    onProgress: () => controller.abort(new Error('enough')),
  });
  await expect(left).rejects.toThrow('enough');
  const closed = PointMap.layout(coreOf(collection), {
    onProgress: () => {
      database?.close().catch(() => {});
    },
  });
  await expect(closed).rejects.toThrow(/closed/);
});
