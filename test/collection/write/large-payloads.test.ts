/* Payloads of which a few fill a commit. */
import { expect, test } from 'vitest';
import { PAUSED, withCollection } from '../../support/databases.js';

test('by filter, as many commits are made as the payloads need, however much a path adds to them', () =>
  withCollection('memory', { ...PAUSED, dimension: 2, metric: 'euclidean' }, async (points) => {
    const list = Array.from({ length: 1_000 }, () => ({}));
    await points.upsert(Array.from({ length: 20 }, (_, id) => ({ id, vector: [id, 1], payload: { list } })));
    const receipt = await points.setPayload({ filter: {} }, { text: 'x'.repeat(15_000) }, { path: 'list[]' });
    expect(receipt).toMatchObject({ updated: 20, rejected: [] });
    const last = (await points.get(19))?.payload as { list: { text: string }[] };
    expect(last.list.every(({ text }) => text.length === 15_000)).toBe(true);
  }));
