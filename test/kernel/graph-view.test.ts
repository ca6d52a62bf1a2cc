/* What maps read of an arena beside its kernel: links, keys, and distances between rows, by vectors and by codes. */
import { expect, test } from 'vitest';
import { kernelCode } from '#silt/kernel/builds.js';
import { GraphView } from '#silt/kernel/graph-view.js';
import * as L from '#silt/kernel/layout.js';
import { METRICS as TABLE } from '#silt/kernel/metrics.js';
import { fill, newArena } from '../support/arenas.js';
import { METRICS, SCORES } from '../support/oracle.js';
import { vectorsFor } from '../support/random.js';

const ROWS = 60;

/** As maps need it: smaller is nearer. */
function apart(metric: (typeof METRICS)[number], a: Float32Array, b: Float32Array): number {
  const score = SCORES[metric](a, b);
  if (metric === 'dot') return -score;
  return metric === 'cosine' || metric === 'jaccard' ? 1 - score : score;
}

test.each(METRICS)('%s: rows are as far apart as their vectors', (metric) => {
  const dimension = 70;
  const vectors = vectorsFor(metric, 3, ROWS, dimension) as Float32Array[];
  const kind = TABLE[metric].kind;
  const bits = metric === 'hamming' || metric === 'jaccard';
  const codeKind = bits ? L.CODE_BITS : metric === 'manhattan' ? L.CODE_FLOAT : L.CODE_INT4;
  const arena = newArena(kernelCode(), { dimension, metric: kind, codeKind });
  fill(arena, vectors);
  const view = new GraphView(arena.handle, kernelCode());
  for (let row = 1; row < ROWS; row++) {
    const expected = apart(metric, vectors[0]!, vectors[row]!);
    expect(view.distance(0, row)).toBeCloseTo(expected, 3);
  }
  arena.close();
});

test.each([
  ['4 bits', L.CODE_INT4, 70],
  ['8 bits', L.CODE_INT8, 70],
  ['4 bits, with a first look', L.CODE_INT4, 400],
])('codes of %s alone tell nearly how far rows are apart', (_, codeKind, dimension) => {
  const vectors = vectorsFor('euclidean', 3, ROWS, dimension) as Float32Array[];
  const { memory, ...shape } = { memory: false, dimension, metric: L.EUCLIDEAN, codeKind };
  const arena = newArena(kernelCode(), { ...shape, keepVectors: memory } as typeof shape);
  fill(arena, vectors);
  const view = new GraphView(arena.handle, kernelCode());
  for (let row = 1; row < ROWS; row++) {
    const expected = SCORES.euclidean(vectors[0]!, vectors[row]!);
    expect(view.distance(0, row) / expected).toBeGreaterThan(0.85);
    expect(view.distance(0, row) / expected).toBeLessThan(1.15);
  }
  arena.close();
});

test('rows, their keys and their links are those of the arena', () => {
  const arena = newArena(kernelCode(), { dimension: 8, metric: L.EUCLIDEAN, codeKind: L.CODE_FLOAT, m: 4 });
  fill(arena, vectorsFor('euclidean', 3, ROWS, 8) as Float32Array[]);
  for (let row = 0; row < ROWS - 1; row++) {
    arena.kernel.link(row, arena.scratch, 1);
    arena.kernel.stateSet(row, L.LINKED);
  }
  arena.mask(7);
  const view = new GraphView(arena.handle, kernelCode());
  expect(view.rows).toBe(ROWS);
  expect([view.isShown(6), view.isShown(7)]).toEqual([true, false]);
  expect([view.isLinked(ROWS - 2), view.isLinked(ROWS - 1)]).toEqual([true, false]);
  const into = new Uint32Array(view.degree);
  for (let row = 0; row < ROWS; row++) {
    expect(view.keyOf(row)).toBe(row);
    const links = [...arena.parts.linksOf(row)].map((link) => link >>> 0);
    const end = links.indexOf(L.NONE);
    expect([...into.subarray(0, view.linksOf(row, into))]).toEqual(end < 0 ? links : links.slice(0, end));
  }
  arena.close();
});
