/* A search of an inverted index takes in before what was written before it: all of that, and not what keeps coming. */
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { caughtUp, FEW_SLOTS } from '#silt/collection/read/inverted.js';
import { InvertedIndexer } from '#silt/collection/upkeep/inverted-indexer.js';
import { open } from '#silt/index.js';
import { liveOf } from '../../support/databases.js';

/** Nothing is taken in but by searches, and no write waits for that. */
beforeEach(() => {
  vi.spyOn(InvertedIndexer.prototype, 'waitMsFor').mockReturnValue(0);
  vi.spyOn(InvertedIndexer.prototype, 'run').mockResolvedValue();
});
afterEach(() => vi.restoreAllMocks());

const texts = (from: number, count: number) =>
  Array.from({ length: count }, (_, i) => ({ id: from + i, payload: { said: `w${i % 50} w${i % 7}` } }));

/** A collection of as many texts, none of them taken in, and what waits for these in slices of two slots. */
async function withTexts(count: number) {
  const db = await open();
  const points = await db.createCollection('points', { text: { words: { path: 'said' } } });
  await points.upsert(texts(0, count));
  const live = liveOf(points);
  let clock = 0;
  const { slots, stored, inverted } = live;
  const platform = { time: { now: () => (clock += 0.9) } };
  const slow = { platform, slots, stored, inverted } as unknown as typeof live;
  const [field] = live.text;
  return {
    db,
    points,
    pending: () => field!.pending(live.slots),
    wait: (pause: () => Promise<void>) => caughtUp(slow, field!.spec, pause),
  };
}

const MANY = 600;
/** So often others have their turn while they are taken in, at most. */
const SLICES = MANY;

test('all is taken in but some few, however many they are: the turn of the answer is short', async () => {
  const { db, pending, wait } = await withTexts(MANY);
  let slices = 0;
  await wait(async () => {
    slices++;
  });
  expect(pending()).toBeLessThanOrEqual(FEW_SLOTS);
  expect(slices).toBeGreaterThan(MANY / 8);
  await db.close();
});

test('it ends where more is written than is taken in, and has what was written before', async () => {
  const { db, points, pending, wait } = await withTexts(MANY);
  let next = MANY;
  await wait(async () => {
    await points.upsert(texts(next, 40));
    next += 40;
    if (next > MANY + 40 * SLICES) throw new Error('it waits for what keeps coming');
  });
  expect(next - pending()).toBeGreaterThanOrEqual(MANY);
  const found = await points.search({ text: 'w3' }, { k: 10_000 });
  expect(found.length).toBe(texts(0, next).filter(({ id }) => expectsW3(id, next)).length);
  await db.close();
});

/** Texts were written by MANY and by 40: those that have the word. */
const expectsW3 = (id: number, next: number): boolean => {
  const i = id < MANY ? id : (id - MANY) % 40;
  return id < next && (i % 50 === 3 || i % 7 === 3);
};

test('the same where texts change all the time: changes wait for no new texts, nor these for changes', async () => {
  const { db, points, pending, wait } = await withTexts(MANY);
  await wait(async () => {});
  await points.search({ text: 'w1' });
  expect(pending()).toBe(0);
  const ids = (from: number, count: number) => Array.from({ length: count }, (_, i) => (from + i) % MANY);
  await points.setPayload(ids(0, 100), { said: 'x' });
  await points.upsert(texts(MANY, 100));
  let slices = 0;
  await wait(async () => {
    await points.setPayload(ids(100 + ((20 * slices) % 400), 20), { said: `y${slices}` });
    await points.upsert(texts(MANY + 100 + 20 * slices, 20));
    if (++slices > SLICES) throw new Error('it waits for what keeps coming');
  });
  expect(await points.search({ text: 'x' }, { k: 200 })).toHaveLength(100);
  expect(pending()).toBe(0);
  await db.close();
});

test('texts that were changed before are taken in as well, also where fewer are new', async () => {
  const { db, points, pending, wait } = await withTexts(MANY);
  await wait(async () => {});
  await points.search({ text: 'w1' });
  await points.setPayload(
    Array.from({ length: 300 }, (_, i) => i),
    { said: 'x' },
  );
  await points.upsert(texts(MANY, 20));
  await wait(async () => {});
  expect(pending()).toBeLessThanOrEqual(FEW_SLOTS);
  await db.close();
});
