/*
 * 4-bit codes against an oracle that follows the definition at the head of kernel/asm/encode.ts, on the
 * rotated vectors. Products are whole numbers below 2^24, so a wrong one is off by far more than the tolerance.
 */
import { describe, expect, test } from 'vitest';
import type { Arena } from '#silt/hnsw/arena.js';
import { codeKindFor } from '#silt/kernel/geometry.js';
import * as L from '#silt/kernel/layout.js';
import { distances, fill, newArena, pairQuery, walkQuery } from '../../support/arenas.js';
import { BUILDS, bareKernel, ROTATED_LENGTHS as LENGTHS, newMemory } from '../../support/kernels.js';
import { gaussianVector, gaussianVectors, randomOf } from '../../support/random.js';

const ROWS = 5;
const sum = (values: ArrayLike<number>, of: (x: number, i: number) => number): number =>
  Array.from(values).reduce((total, x, i) => total + of(x, i), 0);
const largest = (v: Float32Array): number => v.reduce((max, x) => Math.max(max, Math.abs(x)), 0);
/** Round half to even, as WebAssembly does. */
const nearest = (x: number): number => (Math.abs(x % 1) === 0.5 ? 2 * Math.round(x / 2) : Math.round(x));
const f = Math.fround;

describe.each(BUILDS)('$build', (code) => {
  const memory = newMemory(4);
  const floats = new Float32Array(memory.buffer);
  const bare = bareKernel(code, memory);

  function rotate(v: Float32Array): Float32Array {
    floats.fill(0, 65_536 / 4, 65_536 / 4 + v.length + 3);
    floats.set(v, 65_536 / 4);
    bare.rotate(65_536, 2 * 65_536, v.length);
    return floats.slice((2 * 65_536) / 4, (2 * 65_536) / 4 + v.length);
  }

  interface Code {
    readonly c: number[];
    readonly vs: number;
    readonly norm2: number;
  }

  /** The code of a vector: nibbles 0 to 15 around 7.5, and the factor that makes the estimate unbiased. */
  function encode(v: Float32Array, metric: number): Code {
    const r = rotate(v);
    const scale = f(7.5 / largest(r));
    const c = Array.from(r, (x) => Math.min(15, Math.floor(f(f(x * scale) + 8))));
    const norm2 = sum(v, (x) => x * x);
    const inner = sum(r, (x, i) => x * (c[i]! - 7.5));
    return { c, vs: (metric === L.COSINE ? Math.sqrt(norm2) : norm2) / inner, norm2 };
  }

  /** The distance of a query of whole numbers `q` with step `step` to a row. */
  function estimate(metric: number, q: number[], step: number, queryNorm2: number, row: Code): number {
    const dot = row.vs * step * sum(q, (x, i) => x * (row.c[i]! - 7.5));
    if (metric === L.DOT) return -dot;
    return metric === L.COSINE ? 1 - dot : queryNorm2 + row.norm2 - 2 * dot;
  }

  function checkAll(arena: Arena, query: number, expected: number[], scale: number, what: string): void {
    const { values } = distances(arena, query, [...expected.keys()]);
    for (const [i, value] of values.entries()) {
      // Some ten operations in float32, on terms of at most `scale`.
      const off = Math.abs(value - expected[i]!);
      if (!(off <= scale * 2 ** -20)) expect.fail(`${what}, row ${i}: ${value}, not ${expected[i]}`);
    }
  }

  test.each([
    ['cosine', L.COSINE],
    ['euclidean', L.EUCLIDEAN],
    ['dot', L.DOT],
  ])('%s: a query, and a row as query, at every length', (_, metric) => {
    for (const dimension of LENGTHS) {
      const vectors = gaussianVectors(dimension, ROWS, dimension);
      const query = gaussianVector(randomOf(dimension + 7), dimension);
      const arena = newArena(code, { dimension, metric, codeKind: L.CODE_INT4 });
      fill(arena, vectors);
      arena.setQuery(query);
      const rows = vectors.map((v) => encode(v, metric));
      const norm2 = sum(query, (x) => x * x);
      const scale = metric === L.COSINE ? 2 : 2 * (norm2 + Math.max(...rows.map((row) => row.norm2)));

      const r = rotate(query);
      const most = largest(r);
      const q = Array.from(r, (x) => nearest(f(x * f(127 / most))));
      const step = most / 127 / (metric === L.COSINE ? Math.sqrt(norm2) : 1);
      const expected = rows.map((row) => estimate(metric, q, step, norm2, row));
      checkAll(arena, walkQuery(arena), expected, scale, `dimension ${dimension}`);

      arena.kernel.prepareFromCode(0, pairQuery(arena));
      const own = rows[0]!;
      const c = own.c.map((x) => x - 7.5);
      const pairs = rows.map((row) => estimate(metric, c, own.vs, own.norm2, row));
      checkAll(arena, pairQuery(arena), pairs, scale, `row as query, dimension ${dimension}`);
    }
  });

  /** The lengths of whole powers of two for which the package chooses 4-bit codes. */
  const large = [64, 1024, 4096, 8192, 16_384].filter((d) => codeKindFor(d, L.DOT) === L.CODE_INT4);

  test.each(large)('the largest codes and queries do not overflow at %d dimensions', (dimension) => {
    const vector = rotatedToOnes(dimension);
    expect(rotate(vector).every((x) => Math.abs(x - 1) < 1e-4)).toBe(true);
    const arena = newArena(code, { dimension, metric: L.DOT, codeKind: L.CODE_INT4 });
    fill(arena, [vector, vector.map((x) => -x)]);
    arena.setQuery(vector);
    const walk = distances(arena, walkQuery(arena), [0, 1]).values;
    arena.kernel.prepareFromCode(0, pairQuery(arena));
    const pair = distances(arena, pairQuery(arena), [0, 1]).values;
    // Codes of ±1 have an error of half a step in 15, at most 7 %; an overflow is off by far more.
    for (const [same, opposite] of [walk, pair]) {
      expect(Math.abs(same! / -dimension - 1)).toBeLessThan(0.08);
      expect(Math.abs(opposite! / dimension - 1)).toBeLessThan(0.08);
    }
  });
});

/** Murmur3's finaliser, of which the signs of the rotation are drawn. */
function mix(x: number): number {
  let y = Math.imul(x ^ (x >>> 16), 0x85ebca6b);
  y = Math.imul(y ^ (y >>> 13), 0xc2b2ae35);
  return y ^ (y >>> 16);
}

function flip(v: Float64Array, round: number): void {
  for (let i = 0; i < v.length; i++) if ((mix((i >> 5) * 2 + round + 1) >> (i & 31)) & 1) v[i] = -v[i]!;
}

function hadamard(v: Float64Array): void {
  for (let half = 1; half < v.length; half *= 2) {
    for (let i = 0; i < v.length; i++) {
      if (i & half) continue;
      const [a, b] = [v[i]!, v[i + half]!];
      v[i] = a + b;
      v[i + half] = a - b;
    }
  }
  for (let i = 0; i < v.length; i++) v[i] = v[i]! / Math.sqrt(v.length);
}

/** The vector that the rotation turns into ones, for a power of two: the worst case of the integer sums. */
function rotatedToOnes(dimension: number): Float32Array {
  const v = new Float64Array(dimension).fill(1);
  hadamard(v);
  flip(v, 1);
  hadamard(v);
  flip(v, 0);
  return Float32Array.from(v);
}
