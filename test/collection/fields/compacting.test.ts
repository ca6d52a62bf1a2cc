/* Compaction by itself, whatever fields points have: what is replaced takes no memory for good. */
import { expect, test, vi } from 'vitest';
import { Snapshots } from '#silt/collection/upkeep/snapshots.js';
import type { CollectionConfig, PointInput } from '#silt/index.js';
import { withCollection } from '../../support/databases.js';
import { until } from '../../support/steps.js';

const ONE = { dimension: 2, metric: 'dot' } as const;
const CASES: [string, CollectionConfig, (id: number) => PointInput['vector']][] = [
  ['without vectors', {}, () => undefined],
  ['with sparse vectors alone', { sparse: { s: {} } }, (id) => ({ s: { indices: [id % 9], values: [1] } })],
  [
    'of which few have a vector',
    { vectors: { a: ONE, b: ONE }, indexing: { threads: 1 } },
    (id) => (id < 10 ? { a: [1, id] } : undefined),
  ],
  [
    'with a vector in the second field',
    { vectors: { a: ONE, b: ONE }, indexing: { threads: 1 } },
    (id) => ({ b: [1, id] }),
  ],
];

test.each(CASES)(
  'points %s: a collection compacts itself when a quarter of them are replaced',
  async (_, config, vectorOf) => {
    await withCollection('memory', config, async (points) => {
      const ids = Array.from({ length: 1_000 }, (_, id) => id);
      for (const round of [0, 1])
        await points.upsert(
          ids.map((id): PointInput => {
            const vector = vectorOf(id);
            return { id, payload: { round }, ...(vector && { vector }) } as PointInput;
          }),
        );
      await until(() => points.status().deleted < 1_000);
      expect(points.status()).toMatchObject({ points: 1_000, lastError: null });
      expect(await points.count({ filter: { must: { key: 'round', match: { value: 1 } } } })).toBe(1_000);
      expect(await points.verify()).toMatchObject({ ok: true });
    });
  },
);

test('a field may go while a compaction that has taken over is not done: writes and the status do not ask its index', async () => {
  const config = { vectors: { a: ONE, b: ONE }, indexing: { threads: 1 } };
  await withCollection('memory', config, async (points) => {
    const ids = Array.from({ length: 50 }, (_, id) => id);
    await points.upsert(ids.map((id) => ({ id, vector: { a: [1, id], b: [1, id] } })));
    let finish: (() => void) | undefined;
    const saving = vi.spyOn(Snapshots.prototype, 'save').mockImplementation(
      () =>
        new Promise((resolve) => {
          finish = resolve;
        }),
    );
    try {
      const compacting = points.compact();
      await until(() => finish !== undefined);
      await points.dropField('b');
      expect(await points.upsert({ id: 1, vector: { a: [1, 2] } })).toMatchObject({ replaced: 1 });
      expect(points.status()).toMatchObject({ points: 50, lastError: null });
      const another = points.compact();
      finish!();
      saving.mockRestore();
      await Promise.all([compacting, another]);
      expect(points.status()).toMatchObject({ points: 50, deleted: 0, lastError: null });
    } finally {
      finish?.();
      saving.mockRestore();
    }
  });
});
