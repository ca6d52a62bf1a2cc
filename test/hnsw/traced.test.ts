/* The traced walk finds what the kernel's walk finds, and says how it went there. */
import { expect, test } from 'vitest';
import { ALL } from '#silt/hnsw/admitted.js';
import { rankOf } from '#silt/hnsw/effort.js';
import { tracedIn } from '#silt/hnsw/traced.js';
import { kernelCode } from '#silt/kernel/builds.js';
import * as L from '#silt/kernel/layout.js';
import { METRICS as TABLE } from '#silt/kernel/metrics.js';
import { fill, newArena } from '../support/arenas.js';
import { METRICS } from '../support/oracle.js';
import { vectorsFor } from '../support/random.js';

const ROWS = 400;
const DIMENSION = 40;

test.each(METRICS)('%s: the same rows, at the same distances', (metric) => {
  const bits = metric === 'hamming' || metric === 'jaccard';
  const codeKind = bits ? L.CODE_BITS : metric === 'manhattan' ? L.CODE_FLOAT : L.CODE_INT4;
  const shape = { dimension: DIMENSION, metric: TABLE[metric].kind, codeKind, m: 6 };
  const arena = newArena(kernelCode(), shape);
  fill(arena, vectorsFor(metric, 3, ROWS, DIMENSION) as Float32Array[]);
  for (let row = 0; row < ROWS; row++) {
    arena.kernel.link(row, arena.scratch, 1);
    arena.kernel.stateSet(row, L.LINKED);
  }
  arena.mask(11);
  let upper = 0;
  for (const vector of vectorsFor(metric, 4, 6, DIMENSION) as Float32Array[]) {
    for (const [ef, bound] of [
      [12, undefined],
      [80, undefined],
      [80, 0.1],
    ] as const) {
      const k = 10;
      const query = { vector, k, ef, bound, admitted: ALL, exact: false, exactBelow: 0 };
      const { steps, found } = tracedIn(arena, query);
      arena.setQuery(vector);
      const limit = Math.fround(bound ?? Infinity);
      const size = arena.kernel.walk(arena.scratch, ef, L.WALK_LIVE, rankOf(k), limit, L.NONE);
      const beam = Array.from({ length: size }, (_, i) => arena.beam[2 * i]! >>> 2);
      const results = arena.kernel.rescore(arena.scratch, size, k, 0);
      const rows = Array.from({ length: results }, (_, i) => arena.results[2 * i]! >>> 2);
      expect(found.map(({ slot }) => slot)).toEqual(rows);
      const met = new Set(steps.flatMap((step) => step.met.map(({ row }) => row)));
      expect(beam.filter((row) => !met.has(row))).toEqual([]);
      expect(steps[0]!.met).toEqual([{ row: arena.entryRow, distance: expect.any(Number), from: -1 }]);
      const expanded = steps.filter(({ level }) => level === 0).flatMap((step) => step.expanded);
      expect(new Set(expanded).size).toBe(expanded.length);
      expect(expanded.filter((row) => !met.has(row))).toEqual([]);
      const behind = steps.filter((step) => step.expanded.length > 0);
      for (const step of behind)
        expect(step.met.filter(({ from }) => !step.expanded.includes(from))).toEqual([]);
      const levels = steps.slice(1).map(({ level }) => level);
      expect(levels).toEqual(levels.toSorted((a, b) => b - a));
      upper += levels.filter((level) => level > 0).length;
    }
  }
  expect(upper).toBeGreaterThan(0);
  arena.close();
});
