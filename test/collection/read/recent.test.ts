/* The queries that are kept, to be asked again. */
import { expect, test } from 'vitest';
import { RecentQueries } from '#silt/collection/read/recent.js';

function asked(count: number): RecentQueries {
  const recent = new RecentQueries();
  for (let i = 0; i < count; i++) recent.note([i, 0]);
  return recent;
}

const older = (recent: RecentQueries): number[] => {
  const taken: number[] = [];
  for (let next = recent.takeOlder(); next; next = recent.takeOlder()) taken.push(next[0]!);
  return taken;
};

test('the newest 64 are taken as they came, the last one first; those that nobody took before are new', () => {
  const recent = asked(1_000);
  expect(recent.takeNewest().map(({ vector }) => vector[0])).toEqual(
    Array.from({ length: 64 }, (_, i) => 999 - i),
  );
  for (const i of [1_000, 1_001, 1_002]) recent.note([i, 0]);
  expect(recent.fresh).toBe(3);
  const again = recent.takeNewest();
  expect(again.map(({ vector }) => vector[0])).toEqual(Array.from({ length: 64 }, (_, i) => 1_002 - i));
  expect(again.filter(({ isNew }) => isNew)).toHaveLength(3);
  expect(asked(10).takeNewest()).toHaveLength(10);
});

test('of those before, a fair sample is kept, none twice, and none that was taken as one of the newest', () => {
  const recent = asked(5_000);
  const kept = older(recent);
  expect(new Set(kept).size).toBe(512);
  expect(kept).toHaveLength(512);
  expect(Math.max(...kept)).toBeLessThan(5_000 - 64);
  expect(kept.filter((i) => i > 3_000).length).toBeGreaterThan(64);
  recent.takeNewest();
  for (let i = 5_000; i < 5_064; i++) recent.note([i, 0]);
  expect(older(recent)).toEqual([]);
});

test('all may be taken again after a while, and copies are of both', () => {
  const recent = asked(300);
  recent.takeNewest();
  older(recent);
  expect(recent.fresh).toBe(0);
  recent.refresh();
  expect(recent.fresh).toBe(64);
  expect(older(recent)).toHaveLength(236);
  const copies = recent.copies(100).map((vector) => vector[0]!);
  expect(new Set(copies).size).toBe(100);
  expect(copies.filter((i) => i >= 236).length).toBeGreaterThan(10);
});
