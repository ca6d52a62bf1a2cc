/* Payloads of which a few fill a commit. */
import { Worker } from 'node:worker_threads';
import { expect, test, vi } from 'vitest';
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

test('a few large payloads are changed by the thread that writes, and not by the one that calls', () =>
  withCollection('disk', { ...PAUSED, dimension: 2, metric: 'euclidean' }, async (points) => {
    await points.upsert([
      { id: 1, vector: [1, 1], payload: { text: 'x'.repeat(4_000_000) } },
      { id: 2, vector: [2, 1], payload: { text: 'short' } },
    ]);
    const sent = vi.spyOn(Worker.prototype, 'postMessage');
    try {
      await points.setPayload(2, { seen: true });
      expect(sent).toHaveBeenCalledTimes(0);
      await points.setPayload(1, { seen: true });
      expect(sent).toHaveBeenCalledTimes(1);
      await points.batch([
        { setPayload: { filter: { must: { has_id: [1, 2] } } }, payload: { again: true } },
      ]);
      expect(sent).toHaveBeenCalledTimes(2);
    } finally {
      sent.mockRestore();
    }
    expect(await points.count({ filter: { must: { key: 'again', match: { value: true } } } })).toBe(2);
  }));
