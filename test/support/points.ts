/* Collections, and the Map each must agree with: an acknowledged write is in both, a refused one in neither. */
import { expect } from 'vitest';
import type { Collection, Point, PointId, StoredPoint } from '#silt/index.js';
import { vectorsFor } from './random.js';

/** What a collection should hold. */
export type Points = Map<PointId, Point & { readonly vector: Float32Array }>;

/** Points with fresh vectors of this seed, under ids from `from` on. */
export function pointsOf(
  seed: number,
  count: number,
  dimension: number,
  from = 0,
): (Point & { vector: Float32Array })[] {
  return vectorsFor('euclidean', seed, count, dimension).map((vector, i) => ({
    id: from + i,
    vector,
    payload: { seed, text: `point ${from + i}` },
  }));
}

/** As toEqual would find, a hundred times as fast. */
function isSame(found: StoredPoint | undefined, { id, vector, payload }: Point): boolean {
  const other: Float32Array | undefined = found?.vector;
  return (
    found?.id === id &&
    other?.length === vector.length &&
    other.every((x, i) => x === vector[i]) &&
    JSON.stringify(found.payload) === JSON.stringify(payload)
  );
}

/** The collection holds these points, whole, and finds each by its own vector; nothing more, nothing twice. */
export async function expectHolds(collection: Collection, points: Points): Promise<void> {
  expect(await collection.count()).toBe(points.size);
  const listed: PointId[] = [];
  for await (const { id } of collection.scroll()) listed.push(id);
  expect(listed.length).toBe(points.size);
  expect(new Set(listed)).toEqual(new Set(points.keys()));
  for (const point of points.values()) {
    const stored = await collection.get(point.id);
    if (!isSame(stored, point)) expect(stored).toEqual(point);
    const [hit] = await collection.search(point.vector, { k: 1, withVector: true });
    if (!isSame(hit, point)) expect(hit).toEqual({ ...point, score: expect.anything() });
  }
  const [first] = points.values();
  if (!first) return;
  const all = await collection.search(first.vector, { k: points.size + 10 });
  expect(new Set(all.map(({ id }) => id)).size).toBe(points.size);
  expect(all.length).toBe(points.size);
}
