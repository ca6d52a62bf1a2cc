/* Which field is linked first, and what is told of each. */
import { expect, test } from 'vitest';
import { armStep, releaseSteps } from '#silt/hnsw/build/fault-points.js';
import { errorOf, liveOf, withCollection } from '../../support/databases.js';
import { gaussianVectors } from '../../support/random.js';
import { until } from '../../support/steps.js';

const FIELD = { dimension: 8, metric: 'euclidean', hnsw: { efConstruction: 40 } } as const;
const CONFIG = { vectors: { first: FIELD, second: FIELD }, indexing: { threads: 2, paused: true } } as const;

function pointsOf(name: 'first' | 'second', from: number, count: number): { id: number; vector: object }[] {
  return gaussianVectors(from, count, 8).map((vector, i) => ({ id: from + i, vector: { [name]: vector } }));
}

test('the field is linked first whose points have waited longest', async () => {
  await withCollection('memory', CONFIG, async (points) => {
    await points.upsert(pointsOf('second', 0, 3_000) as never);
    await new Promise((resolve) => setTimeout(resolve, 20));
    await points.upsert(pointsOf('first', 10_000, 3_000) as never);
    const seen: { readonly first: number; readonly second: number }[] = [];
    let building = true;
    const built = points.buildNow().finally(() => {
      building = false;
    });
    while (building) {
      const { first, second } = points.status().fields;
      seen.push({ first: first!.indexed, second: second!.indexed });
      await new Promise((resolve) => setTimeout(resolve, 2));
    }
    await built;
    expect(seen.filter(({ second }) => second > 0 && second < 3_000).length).toBeGreaterThan(5);
    expect(seen.filter(({ first, second }) => first > second)).toEqual([]);
    expect(points.status()).toMatchObject({ pending: 0, fields: { first: { etaSeconds: 0, recall: null } } });
    await points.measureRecall({ using: 'second' });
    expect(points.status().fields['second']!.recall!.value).toBeGreaterThan(0.5);
    expect(points.status().fields['first']!.recall).toBe(null);
  });
});

test('what fails is told by field, until the same field succeeds', async () => {
  await withCollection('memory', CONFIG, async (points) => {
    await points.upsert(pointsOf('first', 0, 300) as never);
    const [first] = liveOf(points).graphs;
    const { control } = first!.engine.arenas[0]!;
    armStep(control, 'claimed', 'throw');
    const { message } = await errorOf(() => points.buildNow());
    expect(points.status().errors).toEqual({ build: `field "first": ${message}` });
    await points.upsert(pointsOf('second', 10_000, 10) as never);
    const { message: again } = await errorOf(() => points.buildNow()); // the other field succeeds
    await until(() => points.status().fields['second']!.pending === 0); // behind that of the first
    expect(points.status()).toMatchObject({
      errors: { build: `field "first": ${again}` },
      fields: { second: { pending: 0 } },
    });
    releaseSteps(control);
    await points.buildNow();
    expect(points.status().errors).toEqual({});
  });
});
