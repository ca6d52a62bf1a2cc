/* A diverse choice (MMR) that takes several turns is the same as in one, also where points change meanwhile. */
import { expect, test } from 'vitest';
import { coreOf } from '#silt/collection/collection.js';
import { Choice } from '#silt/collection/read/query/diverse.js';
import { DIMENSION, liveOf, PAUSED, pointsOf, vectors, withCollection } from '../../support/databases.js';

const always = (): boolean => true;
const never = (): boolean => false;

test('step by step, and at once; what changed meanwhile is read again', () =>
  withCollection('memory', { vectors: { v: { dimension: DIMENSION, metric: 'dot' } } }, async (points) => {
    const all = pointsOf(5, 200);
    await points.upsert(all.map(({ id, vector }) => ({ id, vector: { v: vector } })));
    const live = liveOf(points as never);
    const { field } = coreOf(points).reader.searched('v');
    const to = vectors(9, 1)[0]!;
    const found = all.map((_, slot) => ({ slot, score: 0 }));
    const choice = (): Choice =>
      new Choice(live, { spec: field.spec, field }, { to, found, diversity: 0.4, count: 50 });
    const atOnce = choice().goOn(never)!;
    expect(new Set(atOnce.map(({ slot }) => slot)).size).toBe(50);
    const slow = choice();
    let turns = 1;
    let made = slow.goOn(always);
    for (; !made; turns++) made = slow.goOn(always);
    expect(turns).toBeGreaterThan(150); // each of 50 is compared with up to 200, in pieces
    expect(made).toEqual(atOnce);
    // One that is chosen gets another vector: before it is made, and behind that.
    const first = atOnce[0]!.slot;
    const changing = choice();
    for (let i = 0; i < 30; i++) expect(changing.goOn(always)).toBeUndefined();
    await points.updateVectors({ id: first, vector: { v: to.map((x) => -x) } });
    const now = choice().goOn(never)!;
    expect(now).not.toEqual(atOnce);
    expect(changing.goOn(never)).toEqual(now);
    expect(slow.goOn(never)).toEqual(now);
  }));

test('a query of many candidates lets timers in, and ends by its signal', () =>
  withCollection('memory', PAUSED, async (points) => {
    await points.ingest(pointsOf(5, 3_000));
    const controller = new AbortController();
    const query = { nearest: vectors(9, 1)[0]!, mmr: { candidates: 3_000 } };
    let fired = false;
    setTimeout(() => {
      fired = true;
    }, 1);
    const hits = await points.query({ query, k: 300, withPayload: false });
    expect(fired).toBe(true);
    expect(new Set(hits.map(({ id }) => id)).size).toBe(300);
    const asked = points.query({ query, k: 300, signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 1);
    await expect(asked).rejects.toThrow('enough');
  }));

test('what is not good enough takes the place of nothing that is: as many are chosen as there may be', () =>
  withCollection('memory', { dimension: 2, metric: 'dot' }, async (points) => {
    // Eight alike that score 10, and two that score 1 and differ from them.
    const alike = Array.from({ length: 8 }, (_, id) => ({ id, vector: [10, id / 100] }));
    await points.upsert([...alike, { id: 8, vector: [1, 9] }, { id: 9, vector: [1, -9] }]);
    const query = { nearest: [1, 0], mmr: { diversity: 0.9, candidates: 10 } };
    const ids = async (scoreThreshold?: number): Promise<unknown[]> =>
      (await points.query({ query, k: 4, scoreThreshold })).map(({ id }) => id);
    expect(await ids()).toEqual(expect.arrayContaining([8, 9]));
    expect(await ids(5)).toHaveLength(4);
    expect(await ids(0.5)).toEqual(await ids());
  }));
