/*
 * However lists are chosen anew, no row is lost (the first comment of kernel/asm/link.ts says why), and a walk finds
 * it by its own vector: among copies, in clusters larger than any list, and where rows are replaced again and again.
 */
import { describe, expect, test } from 'vitest';
import { reconnect, unreachable } from '#silt/hnsw/build/connectivity.js';
import { AsyncIndexBuilder, HnswIndex, type Id } from '#silt/index.js';
import { CODE_FLOAT, EUCLIDEAN, LINKED, NONE } from '#silt/kernel/layout.js';
import { fill, newArena } from '../support/arenas.js';
import { expectOwnRank, type Rows, searchAlone } from '../support/index.js';
import { BUILDS } from '../support/kernels.js';
import { gaussian, gaussianVectors, integer, randomOf } from '../support/random.js';

interface Clusters {
  readonly dimension: number;
  readonly clusters: number;
  /** Standard deviation of the rows of a cluster, whose centres have 1. 0: they are copies. */
  readonly noise: number;
}

/** Draws vectors from clusters. */
function drawFrom(seed: number, { dimension, clusters, noise }: Clusters): () => Float32Array {
  const random = randomOf(seed);
  const centres = gaussianVectors(seed + 100, clusters, dimension);
  return () => centres[integer(random, 0, clusters)]!.map((x) => x + noise * gaussian(random));
}

describe.each(BUILDS)('$build', (code) => {
  test.each([
    ['no clusters', { dimension: 16, clusters: 1, noise: 1 }],
    ['clusters larger than the lists', { dimension: 16, clusters: 5, noise: 0.02 }],
    ['copies', { dimension: 16, clusters: 20, noise: 0 }],
  ])('linked one after another, no row is lost for a moment: %s', (_, clusters) => {
    const arena = newArena(code, { dimension: 16, metric: EUCLIDEAN, codeKind: CODE_FLOAT, m: 4 });
    fill(arena, Array.from({ length: 500 }, drawFrom(1, clusters)));
    const { kernel, scratch } = arena;
    for (let row = 0; row < arena.rows; row++) {
      kernel.link(row, scratch, 1);
      kernel.stateSet(row, LINKED);
      expect(unreachable(kernel, scratch), `behind row ${row}`).toEqual([]);
    }
  });
});

test.each(BUILDS)('$build: rows that a snapshot caught half linked are linked again', (code) => {
  const arena = newArena(code, { dimension: 16, metric: EUCLIDEAN, codeKind: CODE_FLOAT, m: 4 });
  fill(arena, gaussianVectors(4, 100, 16));
  const { kernel, scratch } = arena;
  const link = (row: number, state: number): void => {
    kernel.link(row, scratch, 1);
    kernel.stateSet(row, state);
  };
  for (let row = 0; row < 60; row++) link(row, LINKED);
  for (let row = 60; row < 80; row++) link(row, 0);
  for (let row = 0; row < 100; row++) kernel.clean(row);
  const linksOf = (row: number): Uint32Array =>
    new Uint32Array(arena.memory.buffer, kernel.linksOf(row, 0) >>> 0, 8);
  for (let row = 60; row < 80; row++) expect(linksOf(row)).toEqual(new Uint32Array(8).fill(NONE));
  for (let row = 0; row < 60; row++)
    for (const to of linksOf(row)) expect(to === NONE || to < 60, `${row} → ${to}`).toBe(true);
  expect(reconnect(kernel, scratch, 1)).toBe(0);
  for (let row = 60; row < 100; row++) link(row, LINKED);
  expect(unreachable(kernel, scratch)).toEqual([]);
});

/** An index of `count` ids of which a third is replaced, three times. */
function churned(
  options: { m: number; efConstruction: number },
  count: number,
  shape: Clusters,
  rows: Rows,
): HnswIndex {
  const { dimension } = shape;
  const index = new HnswIndex({ dimension, metric: 'euclidean', threads: 1, seed: 1, ...options });
  const builder = new AsyncIndexBuilder(index);
  const random = randomOf(2);
  const draw = drawFrom(3, shape);
  for (let round = 0; round < 4; round++) {
    const batch: [Id, Float32Array][] = [];
    for (let id = 0; id < count; id++) if (round === 0 || random() < 0.33) batch.push([id, draw()]);
    builder.enqueue(batch);
    for (const [id, vector] of batch) rows.set(id, vector);
    builder.flushSync();
  }
  return index;
}

test.each([
  ['rows like each other', { m: 4, efConstruction: 30 }, 1500, { dimension: 16, clusters: 1, noise: 1 }],
  [
    'clusters larger than the lists',
    { m: 4, efConstruction: 40 },
    1500,
    { dimension: 16, clusters: 10, noise: 0.02 },
  ],
  ['groups of copies', { m: 4, efConstruction: 30 }, 1800, { dimension: 30, clusters: 300, noise: 0 }],
  [
    'groups of copies, more links',
    { m: 8, efConstruction: 40 },
    1800,
    { dimension: 30, clusters: 300, noise: 0 },
  ],
  [
    'groups of more copies than a linking walk keeps before it ends',
    { m: 16, efConstruction: 200 },
    1800,
    { dimension: 30, clusters: 40, noise: 0 },
  ],
])('every row is found by its own vector: %s', (_, options, count, shape) => {
  const rows: Rows = new Map();
  const index = churned(options, count, shape, rows);
  expect(index.verify()).toMatchObject({ ok: true });
  expectOwnRank((query, k) => searchAlone(index, query, k), { rows, metric: 'euclidean' });
});
