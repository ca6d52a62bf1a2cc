/* Calls that read all there is can be given up. */
import { expect, test } from 'vitest';
import { PAUSED, pointsOf, withCollection } from '../support/databases.js';

test('measuring recall ends with its signal', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(2, 30, 10));
    await points.buildNow();
    const enough = new AbortController();
    const measured = points.measureRecall({ signal: enough.signal });
    enough.abort(new Error('enough'));
    await expect(measured).rejects.toThrow('enough');
    await expect(points.measureRecall({ signal: enough.signal })).rejects.toThrow('enough');
    expect((await points.measureRecall()).value).toBeGreaterThan(0);
  });
});

test('a check ends with its signal, and mends nothing then', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    await points.upsert(pointsOf(2, 30, 10));
    const enough = new AbortController();
    const checked = points.verify({ signal: enough.signal });
    enough.abort(new Error('enough'));
    await expect(checked).rejects.toThrow('enough');
    await expect(points.verify({ signal: enough.signal, repair: true })).rejects.toThrow('enough');
    expect((await points.verify()).ok).toBe(true);
  });
});

test('a count that reads payloads ends with its signal', async () => {
  await withCollection('memory', PAUSED, async (points) => {
    const many = pointsOf(1, 20_000).map((point, n) => ({ ...point, payload: { n } }));
    await points.upsert(many);
    const filter = { must: { key: 'n', range: { gte: 5_000 } } };
    const enough = new AbortController();
    const counted = points.count({ filter, signal: enough.signal });
    setImmediate(() => enough.abort(new Error('enough')));
    await expect(counted).rejects.toThrow('enough');
    await expect(points.count({ signal: enough.signal })).rejects.toThrow('enough');
    expect(await points.count({ filter, signal: new AbortController().signal })).toBe(15_000);
  });
});
