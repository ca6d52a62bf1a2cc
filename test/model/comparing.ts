/* What a collection answers, against the model. */
import { expect } from 'vitest';
import type { Collection, CollectionStatus, Hit, PointId, ScrollOptions } from '#silt/index.js';
import { byId } from '../support/filtered.js';
import type { CollectionModel } from './collection-model.js';

/** Hits as pairs; every one carries the payload of the present version. */
export function pairsOf(model: CollectionModel, hits: readonly Hit[]): [never, number][] {
  for (const { id, payload } of hits) {
    const version = model.rows.get(id)?.version;
    if (payload?.['version'] !== version)
      expect.fail(`id ${String(id)}: version ${payload?.['version']}, not ${version}`);
  }
  return hits.map(({ id, score }) => [id as never, score]);
}

/** The points that match, each once, in the order of their ids. */
export async function expectScroll(
  points: Collection,
  model: CollectionModel,
  o: ScrollOptions & { readonly limit: number },
): Promise<void> {
  const { after, limit, filter } = o;
  const met: PointId[] = [];
  for await (const { id, payload } of points.scroll(o)) {
    expect(payload?.['version']).toBe(model.rows.get(id)?.version);
    met.push(id);
  }
  expect(met).toEqual(
    (filter ? model.matching(filter) : [...model.rows.keys()])
      .sort(byId)
      .filter((id) => after === undefined || byId(id, after) > 0)
      .slice(0, limit),
  );
}

export function expectTrueStatus(status: CollectionStatus, model: CollectionModel, seq: number): void {
  const { state, points, indexed, pending, quarantined, lastError } = status;
  expect(points).toBe(model.rows.size);
  expect(indexed + pending + quarantined).toBe(points);
  expect(status.seq).toBe(seq);
  expect(lastError).toBeNull();
  if (pending > 0) expect(state).not.toBe('ready');
}
