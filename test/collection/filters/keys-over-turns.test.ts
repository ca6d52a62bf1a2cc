/* A scroll by a filter reads the ids of what may match in several turns, and misses no point that matches all along. */
import { expect, test } from 'vitest';
import { idKeyOf, textOfKey } from '#silt/base/ids.js';
import { coreOf } from '#silt/collection/collection.js';
import type { Known } from '#silt/collection/read/filters.js';
import type { Collection, Filter, PointId } from '#silt/index.js';
import { withCollection } from '../../support/databases.js';
import { integer, randomOf } from '../../support/random.js';

const LINE = { dimension: 2, metric: 'euclidean', indexing: { paused: true } } as const;
const COUNT = 5_000;
const FILTER: Filter = { must: { key: 'kind', match: { value: 1 } } };
const always = (): boolean => true;

const point = (id: PointId, kind: number): { id: PointId; vector: number[]; payload: { kind: number } } => ({
  id,
  vector: [1, 2],
  payload: { kind },
});

/** One in ten is of kind 1. */
async function fill(points: Collection): Promise<void> {
  await points.createPayloadIndex('kind', 'integer');
  await points.upsert(Array.from({ length: COUNT }, (_, id) => point(id, id % 10)));
}

test('keys that are read in steps are all there, whatever is replaced, patched and deleted between these', () =>
  withCollection('memory', LINE, async (points) => {
    await fill(points);
    const random = randomOf(5);
    const { reader } = coreOf(points);
    let steps = 0;
    for (let round = 0; round < 20; round++) {
      const filter = reader.filter({ ...FILTER, must_not: { key: `round${round}`, match: { value: 1 } } });
      let known: Known | undefined;
      while (!(known = reader.filters.known(filter, always))) {
        steps++;
        const id = integer(random, 0, COUNT - 1);
        const kind = id % 10 === 1 && id % 100 !== 1 ? 1 : integer(random, 0, 3); // most of those that match always do
        if (random() < 0.4) await points.upsert(point(id, kind));
        if (random() < 0.05) await points.setPayload(id, { kind });
        if (random() < 0.2) await points.delete((id - (id % 10)) as PointId);
      }
      const keys = new Set(known.keys);
      for (let id = 11; id < COUNT; id += 10)
        if (id % 100 !== 1) expect(keys.has(textOfKey(idKeyOf(id))), `point ${id}`).toBe(true);
      expect([...known.keys!]).toEqual([...keys].sort());
    }
    expect(steps).toBeGreaterThan(60);
  }));

test('a scroll that is given up while they are read ends with the reason', () =>
  withCollection('memory', LINE, async (points) => {
    await fill(points);
    const { reader } = coreOf(points);
    const given = new Error('enough');
    const known = reader.filters.known.bind(reader.filters);
    const controller = new AbortController();
    // The turn is over at once, and the caller gives up in the next one.
    reader.filters.known = (filter, isOver) => {
      controller.abort(given);
      return known(filter, () => isOver() || true);
    };
    const o = { filter: FILTER, limit: 5, signal: controller.signal };
    await expect(points.scrollPage(o)).rejects.toBe(given);
  }));
