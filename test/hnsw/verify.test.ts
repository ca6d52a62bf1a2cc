import { describe, expect, test } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type Metric } from '#silt/index.js';
import * as L from '#silt/kernel/layout.js';
import { someOf } from '../support/amount.js';
import { codeOf, engineOf, expectOwnRank, indexOf, numbered, type Rows } from '../support/index.js';
import { METRICS } from '../support/oracle.js';
import { bitVectors, gaussianVectors, vectorsFor } from '../support/random.js';

const clean = { ok: true, selfLinks: 0, missingLinks: 0, doubleLinks: 0, deadEntries: 0, unreachable: 0 };

/** Level-0 links of a row, to be damaged. */
function linksOf(index: HnswIndex, row: number): Uint32Array {
  const [arena] = engineOf(index).arenas;
  return new Uint32Array(arena!.memory.buffer, arena!.kernel.linksOf(row, 0) >>> 0, 32);
}

const options = { dimension: 30, metric: 'euclidean' as Metric, threads: 1, efConstruction: 60 };
const rows: Rows = new Map(numbered(vectorsFor('euclidean', 1, 300, 30)));

describe.each(someOf(METRICS, 3))('%s', (metric) => {
  test.each([
    ['one by one', 8],
    ['one by one', 16],
    ['in a build', 8],
    ['in a build', 16],
    ['in parallel', 8],
    ['in parallel', 16],
  ])('rows linked %s with m = %d can all be reached', async (how, m) => {
    const index = new HnswIndex({
      dimension: 100,
      metric,
      m,
      efConstruction: 50,
      threads: how === 'in parallel' ? 2 : 1,
    });
    const vectors = metric === 'hamming' || metric === 'jaccard' ? bitVectors : gaussianVectors;
    const pairs = numbered(vectors(2, 600, 100));
    if (how === 'one by one') for (const [id, vector] of pairs) index.insert(id, vector);
    else await index.insertBatchParallel(pairs);
    expect(index.verify()).toEqual({ ...clean, rows: 600, linked: 600, repaired: 0 });
  });
});

test.each([1, 2])(
  'short vectors under dot, which nobody is near to, can all be reached (%d threads)',
  async (threads) => {
    const index = new HnswIndex({ dimension: 4, metric: 'dot', threads, efConstruction: 60 });
    await index.insertBatchParallel(numbered(gaussianVectors(5, 3000, 4)));
    expect(index.verify()).toMatchObject({ ...clean, linked: 3000 });
  },
);

test('verify takes neither pending rows, nor wide ones, nor deleted ones for faults', () => {
  const index = indexOf(options, rows);
  for (let id = 0; id < 300; id += 3) index.remove(id);
  index.insert(7, new Float32Array(30).fill(1e30));
  new AsyncIndexBuilder(index).enqueue([[1000, new Float32Array(30)]]);
  expect(index.verify()).toMatchObject({ ...clean, rows: 302, linked: 300 });
});

test.each([
  ['a link to itself', 5, 'selfLinks'],
  ['a link to no row', 100_000, 'missingLinks'],
] as const)('%s is noticed, and repaired', (_, to, count) => {
  const index = indexOf(options, rows);
  linksOf(index, 5)[0] = to;
  expect(index.verify()).toMatchObject({ ok: false, [count]: 1 });
  expect(index.verify({ repair: true })).toMatchObject({ ok: true, [count]: 0, repaired: 1 });
  expect(index.verify()).toMatchObject(clean);
});

test('a link that stands twice is noticed, and repaired', () => {
  const index = indexOf(options, rows);
  const links = linksOf(index, 5);
  links[1] = links[0]!;
  expect(index.verify()).toMatchObject({ ok: false, doubleLinks: 1 });
  expect(index.verify({ repair: true })).toMatchObject({ ...clean, repaired: 1 });
});

test('a row that nothing points at is noticed, and repaired', () => {
  const index = indexOf(options, rows);
  index.verify(); // attaches what the inserts left, so that what follows is not mended unasked
  for (let row = 0; row < 300; row++) {
    const links = linksOf(index, row);
    const kept = [...links].filter((to) => to !== L.NONE && to !== 123);
    links.fill(L.NONE);
    links.set(kept);
  }
  const report = index.verify();
  expect(report.ok).toBe(false);
  expect(report.unreachable).toBeGreaterThanOrEqual(1);
  const repaired = index.verify({ repair: true });
  expect(repaired).toMatchObject(clean);
  expect(repaired.repaired).toBeGreaterThanOrEqual(1);
  expectOwnRank((query, k) => index.search(query, k), { rows, metric: 'euclidean' });
});

test('a cluster that is cut off, and to which only upper levels lead, is repaired', () => {
  const far = (row: number): boolean => row < 60; // the entry point is not among them
  const all: Rows = new Map([...rows].map(([id, v]) => [id, far(Number(id)) ? v.map((x) => x + 100) : v]));
  const index = indexOf({ ...options, m: 4 }, all);
  index.verify();
  for (let row = 0; row < 300; row++) {
    const links = linksOf(index, row).subarray(0, 8);
    const kept = [...links].filter((to) => to !== L.NONE && far(to) === far(row));
    links.fill(L.NONE).set(kept);
  }
  expect(index.verify()).toMatchObject({ ...clean, ok: false, unreachable: 60 });
  expect(index.verify({ repair: true })).toMatchObject(clean);
  expectOwnRank((query, k) => index.search(query, k), { rows: all, metric: 'euclidean' });
});

test('an entry point that is not linked is noticed', () => {
  const index = indexOf(options, rows);
  new AsyncIndexBuilder(index).enqueue([[1000, new Float32Array(30)]]);
  const [arena] = engineOf(index).arenas;
  const entry = new Int32Array(arena!.memory.buffer, L.DESC + L.D_ENTRY, 1);
  entry[0] = 300;
  expect(index.verify()).toMatchObject({ ok: false, deadEntries: 1 });
});

test('verify needs the graph to itself', async () => {
  const index = new HnswIndex(options);
  const builder = new AsyncIndexBuilder(index);
  builder.enqueue([...rows]);
  const done = builder.triggerBuildAsync();
  expect(codeOf(() => index.verify())).toBe('BUILD_RUNNING');
  await done;
  expect(index.verify()).toMatchObject(clean);
});
