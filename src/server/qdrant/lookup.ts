/* Queries whose ids stand for points of another collection (`lookup_from`): their vectors take the places of the ids. */
import type { PointId } from '../../base/ids.js';
import { keyTextOf } from '../../base/ids.js';
import type { Prefetch, VectorInput } from './api/query.js';
import { notFound } from './errors.js';
import { belowOf, mapInputs } from './query.js';
import type { Service } from './service.js';
import { vectorOut } from './vectors.js';

function looksUp(step: Prefetch): boolean {
  return (
    (step.lookup_from !== null && step.lookup_from !== undefined) ||
    belowOf(step).some(([one]) => looksUp(one))
  );
}

/** The query with vectors in the place of ids, as far as these are of other collections. */
export async function lookedUp<T extends Prefetch>(service: Service, step: T): Promise<T> {
  if (!looksUp(step)) return step;
  const below = await Promise.all(belowOf(step).map(([one]) => lookedUp(service, one)));
  const { lookup_from, query } = step;
  const out = { ...step, ...(below.length > 0 && { prefetch: below }) };
  if (!lookup_from || query === null || query === undefined) return out;
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
    found.set(keyTextOf(ids[at]!), vectorOut({ ...vector, metric: 'dot' }, value) as VectorInput);
  }
  return { ...out, query: mapInputs(query, (id) => found.get(keyTextOf(id))!), lookup_from: null };
}
