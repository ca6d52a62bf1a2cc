/* What rows that equal a query are looked up by: every build gives equal contents the same hash and the same code. */
import { describe, expect, test } from 'vitest';
import type { Arena } from '#silt/hnsw/arena.js';
import * as L from '#silt/kernel/layout.js';
import { fill, newArena } from '../../support/arenas.js';
import { BUILDS, bareKernel, newMemory } from '../../support/kernels.js';
import { gaussianVector, integer, randomOf } from '../../support/random.js';

const AT = 65_536;
const memory = newMemory(4);
const floats = new Float32Array(memory.buffer);
const kernels = BUILDS.map((code) => bareKernel(code, memory));

/** Every remainder of the unrolled loop, in words: rows are padded to four. */
const LENGTHS = [4, 8, 12, 16, 20, 28, 32, 44, 64, 100, 784];

test.each(LENGTHS)('%d words have one hash in every build, and another when one bit differs', (length) => {
  const random = randomOf(length);
  const seen = new Set<number>();
  for (let round = 0; round < 50; round++) {
    const words = new Int32Array(memory.buffer, AT, length);
    floats.fill(Number.NaN, AT / 4 + length, AT / 4 + length + 32); // a read too far would count these
    for (let i = 0; i < length; i++) words[i] = integer(random, -0x80000000, 0x80000000);
    const hashes = kernels.map((kernel) => kernel.hash(AT, 4 * length, 0) >>> 0);
    expect(new Set(hashes).size).toBe(1);
    seen.add(hashes[0]!);
    words[integer(random, 0, length)]! ^= 1 << integer(random, 0, 32);
    seen.add(kernels[0]!.hash(AT, 4 * length, 0) >>> 0);
  }
  expect(seen.size).toBe(100);
});

test('-0 counts as 0 among floats, and a hash among thousands is hardly met twice', () => {
  const random = randomOf(1);
  const seen = new Set<number>();
  for (let round = 0; round < 5_000; round++) {
    const vector = gaussianVector(random, 8).map((x) => (random() < 0.3 ? 0 : x));
    const other = vector.map((x) => (x === 0 && random() < 0.5 ? -0 : x));
    const hashes = kernels.flatMap((kernel) =>
      [vector, other].map((each) => {
        floats.set(each, AT / 4);
        return kernel.hash(AT, 32, 1) >>> 0;
      }),
    );
    expect(new Set(hashes).size).toBe(1);
    seen.add(hashes[0]!);
  }
  expect(seen.size).toBeGreaterThan(4_900); // some vectors are all zero but for one component, or wholly
});

const SHAPES = [
  { metric: L.EUCLIDEAN, codeKind: L.CODE_INT4, dimension: 64 },
  { metric: L.COSINE, codeKind: L.CODE_INT4, dimension: 99 },
  { metric: L.EUCLIDEAN, codeKind: L.CODE_INT4, dimension: 402 }, // with a first look
  { metric: L.DOT, codeKind: L.CODE_INT4, dimension: 130 },
  { metric: L.COSINE, codeKind: L.CODE_INT8, dimension: 41 },
  { metric: L.HAMMING, codeKind: L.CODE_BITS, dimension: 75 },
];

const codeAt = (arena: Arena, at: number): Uint8Array =>
  new Uint8Array(arena.memory.buffer, at >>> 0, 16 * Math.ceil(arena.geometry.codeBytes / 16)).slice();

describe.each(BUILDS)('$build', (code) => {
  test.each(SHAPES)('a query is coded as the row that it equals is: %j', (shape) => {
    const arena = newArena(code, shape);
    const random = randomOf(3);
    const bits = shape.codeKind === L.CODE_BITS;
    const far = bits ? 0 : 2; // from zero, so that codes get an origin
    const rows = Array.from({ length: 300 }, () =>
      gaussianVector(random, shape.dimension).map((x) => x + far),
    );
    fill(arena, rows);
    const check = (): void => {
      for (const [row, vector] of rows.entries()) {
        arena.setQuery(rows[(row + 7) % rows.length]!); // leaves another query in scratch
        arena.contents.setQuery(vector);
        const at = arena.kernel.encodeQuery(arena.scratch);
        expect(codeAt(arena, at)).toEqual(codeAt(arena, arena.kernel.codeOf(row)));
      }
    };
    check();
    if (!bits) expect(arena.kernel.setOrigin(rows.length, 64)).toBe(1);
    for (let row = 0; row < rows.length; row++) arena.kernel.encode(row, arena.scratch);
    check();
    arena.close();
  });
});
