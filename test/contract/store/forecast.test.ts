/* What a store answers to entries is known before it has them. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { idKeyOf } from '#silt/base/ids.js';
import type { PointsEntry } from '#silt/store/entry.js';
import { Forecast } from '#silt/store/forecast.js';
import { fieldsEntry, patchEntry, putEntry, removeEntry, valuesEntry } from '../../support/entries.js';
import { randomChange } from '../../support/patches.js';
import { integer, type Random, randomOf } from '../../support/random.js';
import { payloadIn, STORES } from './stores.js';

const IDS = 12;
const HUGE = 'x'.repeat(9_000_000);

function randomEntry(random: Random, rowOf: (id: number) => number): PointsEntry {
  const ids = [...new Set(Array.from({ length: integer(random, 1, 6) }, () => integer(random, 0, IDS)))];
  const collection = integer(random, 1, 3);
  const draw = random();
  if (draw < 0.15)
    return fieldsEntry(
      collection,
      ids.map((id) => ({ id, fields: random() < 0.7 ? { 0: [id], 3: [1] } : { 3: [2] } })),
    );
  if (draw < 0.4)
    return putEntry(
      collection,
      ids.map((id) => ({ id, vector: [id], ...(random() < 0.8 && { payload: { n: random() } }) })),
    );
  const entry =
    draw < 0.55
      ? removeEntry(collection, ids)
      : draw < 0.75
        ? patchEntry(collection, ids, randomChange(random, 1))
        : valuesEntry(
            collection,
            ids.map((id) => ({
              id,
              fields: { 0: random() < 0.3 ? undefined : [id], ...(random() < 0.5 && { 5: [7] }) },
            })),
          );
  if (random() < 0.7) return entry;
  return { ...entry, expected: Float64Array.from(ids, (id) => rowOf(id) + (random() < 0.3 ? 1 : 0)) };
}

test.each(STORES)('store: %s does what is forecast, whatever entries it is given', async (_, open) => {
  const folder = await mkdtemp(join(tmpdir(), 'silt-store-'));
  const store = await open(join(folder, 'db'));
  const random = randomOf(7);
  for (let commit = 0; commit < 60; commit++) {
    const forecast = new Forecast(store);
    const entries = Array.from({ length: integer(random, 1, 8) }, () =>
      randomEntry(random, (id) => store.rowOf(1, idKeyOf(id))),
    );
    const foreseen = entries.map((entry) => forecast.appendAtOnce(entry));
    const forecasts = [1, 2].map((collection) => [...forecast.changed(collection).values()]);
    const fieldsOf = new Map(
      forecasts.flatMap((points, i) =>
        points.map(({ id }) => [id, [0, 1, 2, 3, 4, 5].map((field) => forecast.hasField(i + 1, id, field))]),
      ),
    );
    const { appended } = await store.commit({ entries });
    expect(appended, `commit ${commit}`).toEqual(foreseen);
    store.refresh();
    for (const collection of [1, 2]) {
      for (const { id, row, payload } of forecasts[collection - 1]!) {
        expect(store.rowOf(collection, id)).toBe(row);
        if (row === 0) continue;
        if (payload) expect(store.point(collection, row)?.payload).toEqual(payload);
        for (const [field, has] of fieldsOf.get(id)!.entries())
          expect(store.hasField(collection, row, field), `field ${field}`).toBe(has);
      }
    }
  }
  // What is refused is known too.
  await store.commit({
    entries: [
      putEntry(
        3,
        [1, 2].map((id) => ({ id, vector: [1], payload: { [`a${id}`]: HUGE } })),
      ),
    ],
  });
  store.refresh();
  const forecast = new Forecast(store);
  const more = patchEntry(3, [1, 2, 3], { kind: 'set', at: [], values: { a2: HUGE } });
  const foreseen = forecast.appendAtOnce(more);
  expect(foreseen.refused).toMatchObject([{ index: 0, code: 'INVALID_PAYLOAD' }]);
  expect((await store.commit({ entries: [more] })).appended).toEqual([foreseen]);
  store.refresh();
  expect(Object.keys(payloadIn(store, 3, 1) as object)).toEqual(['a1']);
  await store.close();
  await rm(folder, { recursive: true });
});
