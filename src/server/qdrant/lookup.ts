/*
 * Point ids in queries. Points that a query names are excluded from its results. With `lookup_from`, ids refer to points of another
 * collection, and are replaced by their vectors.
 */
import type { PointId } from '../../base/ids.js';
import { keyTextOf } from '../../base/ids.js';
import type { Filter } from './api/filter.js';
import type { Prefetch, VectorInput } from './api/query.js';
import { checkShardKey } from './bodies.js';
import { notFound } from './errors.js';
import { belowOf, checkBelow, mapInputs } from './query.js';
import type { Service } from './service.js';
import { vectorOut } from './vectors.js';

/**
 * Prepares a query for conversion: checks it, excludes the points that it names, and fetches the vectors that it looks up.
 *
 * @throws QdrantError
 */
export function prepared<T extends Prefetch>(service: Service, name: string, step: T): Promise<T> {
  checkBelow(step);
  return lookedUp(service, withoutNamed(step, name));
}

/** The ids of points of a collection that a step or its prefetches name. */
function namedBy(step: Prefetch, collection: string): PointId[] {
  const ids = belowOf(step).flatMap(([one]) => namedBy(one, collection));
  const { query, lookup_from } = step;
  if (query === null || query === undefined) return ids;
  if (lookup_from && lookup_from.collection !== collection) return ids;
  mapInputs(query, (id) => {
    ids.push(id);
    return [];
  });
  return ids;
}

/** Adds a filter to the query that excludes the points it names in any step. */
function withoutNamed<T extends Prefetch>(step: T, collection: string): T {
  // For a single step, Silt excludes them itself.
  if (belowOf(step).length === 0 && !step.lookup_from) return step;
  const ids = namedBy(step, collection);
  if (ids.length === 0) return step;
  const filter: Filter = step.filter ?? {};
  const others = [filter.must_not ?? []].flat();
  return { ...step, filter: { ...filter, must_not: [...others, { has_id: ids }] } };
}

function looksUp(step: Prefetch): boolean {
  return (
    (step.lookup_from !== null && step.lookup_from !== undefined) ||
    belowOf(step).some(([one]) => looksUp(one))
  );
}

/** Replaces ids of points in other collections by their vectors. */
async function lookedUp<T extends Prefetch>(service: Service, step: T): Promise<T> {
  if (!looksUp(step)) return step;
  const below = await Promise.all(belowOf(step).map(([one]) => lookedUp(service, one)));
  const { lookup_from, query } = step;
  const out = { ...step, ...(below.length > 0 && { prefetch: below }) };
  if (!lookup_from || query === null || query === undefined) return out;
  checkShardKey(lookup_from);
  const view = service.view(lookup_from.collection);
  const vector = view.vector(lookup_from.vector ?? step.using);
  const ids: PointId[] = [];
  mapInputs(query, (id) => {
    ids.push(id);
    return [];
  });
  const found = new Map<string, VectorInput>();
  for (const [at, point] of (await view.collection.getMany(ids)).entries()) {
    const stored: unknown = point?.vector;
    const value = stored instanceof Float32Array ? stored : (stored as Record<string, never>)?.[vector.field];
    if (!point || value === undefined) throw notFound(`No point with id ${String(ids[at])} found`);
    found.set(keyTextOf(ids[at]!), vectorOut(vector, value) as VectorInput);
  }
  return { ...out, query: mapInputs(query, (id) => found.get(keyTextOf(id))!), lookup_from: null };
}
