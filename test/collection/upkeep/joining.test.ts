/* Who asks for what there is to be indexed joins the builds that run, and waits for no others. */
import { expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { withCollection } from '../../support/databases.js';

/** Two of several fields, each a moment behind the other, began a build for one another without end. */
test('builds that others go on beginning hold nobody up', { timeout: 5_000 }, () =>
  withCollection(
    'memory',
    {
      vectors: { a: { dimension: 2, metric: 'dot' }, b: { dimension: 2, metric: 'dot' } },
      indexing: { threads: 1, paused: true },
    },
    async (points) => {
      const { indexer } = coreOf(points).maintenance;
      await points.upsert({ id: 1, vector: { a: [1, 2], b: [2, 1] } });
      Object.defineProperty(indexer, 'building', { get: () => true });
      expect(await points.buildNow()).toMatchObject({ linked: 2 });
      expect(points.status()).toMatchObject({ pending: 0, indexed: 1 });
      expect(await points.buildNow()).toMatchObject({ linked: 0 });
    },
  ),
);
