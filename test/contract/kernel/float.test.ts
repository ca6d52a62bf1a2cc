import { describe, expect, test } from 'vitest';
import type { Kernel } from '#silt/kernel/kernel.js';
import { BUILDS, bareKernel, LENGTHS, newMemory } from '../../support/kernels.js';
import { gaussian, type Random, randomOf } from '../../support/random.js';

const A = 65_536;
const B = 2 * 65_536;
const memory = newMemory(4);
const view = new DataView(memory.buffer);

/** Writes a vector of float32 at any address, between NaNs that a read too far would catch. */
function put(at: number, values: readonly number[]): void {
  for (let i = -4; i < values.length + 4; i++) view.setFloat32(at + 4 * i, values[i] ?? Number.NaN, true);
}

interface Pair {
  readonly a: number[];
  readonly b: number[];
}

function pair(random: Random, length: number, component: (random: Random) => number = gaussian): Pair {
  const some = (): number[] => Array.from({ length }, () => Math.fround(component(random)));
  return { a: some(), b: some() };
}

const sum = (values: readonly number[]): number => values.reduce((total, x) => total + x, 0);

/**
 * In float32, each of the additions errs by at most 2^-24 of its result, and a component passes through
 * length / 16 + 8 of them. Products below the normal range lose up to 2^-150 each.
 */
const narrow = (terms: readonly number[]): number =>
  (terms.length / 16 + 8) * 2 ** -24 * sum(terms.map(Math.abs)) + terms.length * 2 ** -149;

/** The same for float64, whatever the order of the additions. */
const wide = (terms: readonly number[]): number => terms.length * 2 ** -53 * sum(terms.map(Math.abs));

const products = ({ a, b }: Pair): number[] => a.map((x, i) => x * b[i]!);
const squares = ({ a, b }: Pair): number[] => a.map((x, i) => (x - b[i]!) ** 2);

type Distance = (kernel: Kernel, a: number, b: number, length: number) => number;

const FLOAT: [string, Distance, (p: Pair) => number[]][] = [
  ['dotFloat', (kernel, a, b, n) => kernel.dotFloat(a, b, n), products],
  ['squaredFloat', (kernel, a, b, n) => kernel.squaredFloat(a, b, n), squares],
];
const WIDE: [string, Distance, (p: Pair) => number[]][] = [
  ['dotWide', (kernel, a, b, n) => kernel.dotWide(a, b, n), products],
  ['squaredNorm', (kernel, a, _, n) => kernel.squaredNorm(a, n), ({ a }) => a.map((x) => x * x)],
];

describe.each(BUILDS)('$build', (code) => {
  const kernel = bareKernel(code, memory);

  /** The pair at many alignments: result against the naive sum. */
  function check(p: Pair, distance: Distance, terms: number[], allowed: number, offsets: [number, number][]) {
    for (const [i, j] of offsets) {
      put(A + i, p.a);
      put(B + j, p.b);
      const got = distance(kernel, A + i, B + j, p.a.length);
      const off = Math.abs(got - sum(terms));
      if (!(off <= allowed))
        expect.fail(`length ${p.a.length}, offsets ${i} ${j}: ${got}, not ${sum(terms)}`);
    }
  }

  const some = (length: number): [number, number][] => [
    [0, 0],
    [length % 16, (7 * length) % 16],
  ];
  const all: [number, number][] = Array.from({ length: 256 }, (_, i) => [i >> 4, i & 15]);

  test.each([...FLOAT, ...WIDE])('%s, every length', (name, distance, termsOf) => {
    const random = randomOf(1);
    for (const length of LENGTHS) {
      const p = pair(random, length);
      const terms = termsOf(p);
      check(p, distance, terms, name.endsWith('Float') ? narrow(terms) : wide(terms), some(length));
    }
  });

  test.each([...FLOAT, ...WIDE])('%s, every alignment', (name, distance, termsOf) => {
    const random = randomOf(2);
    for (const length of [1, 3, 4, 16, 17, 67]) {
      const p = pair(random, length);
      const terms = termsOf(p);
      check(p, distance, terms, name.endsWith('Float') ? narrow(terms) : wide(terms), all);
    }
  });

  test.each(FLOAT)('%s adds small integers exactly', (_, distance, termsOf) => {
    const random = randomOf(3);
    for (const length of LENGTHS) {
      const p = pair(random, length, (next) => Math.floor(next() * 21) - 10);
      check(p, distance, termsOf(p), 0, some(length));
    }
  });

  test.each(FLOAT)('%s of denormals and of values that nearly overflow', (_, distance, termsOf) => {
    const random = randomOf(4);
    for (const scale of [1e-45, 1e-40, 1e-30, 1e-20, 1e15]) {
      for (const length of [1, 5, 16, 63, 130]) {
        const p = pair(random, length, (next) => scale * gaussian(next));
        const terms = termsOf(p);
        check(p, distance, terms, narrow(terms), some(length));
      }
    }
  });

  test.each(WIDE)('%s far outside the range of float32', (_, distance, termsOf) => {
    const random = randomOf(5);
    for (const scale of [1e-45, 1e-30, 1e30, 3e38]) {
      for (const length of [1, 5, 16, 63, 130, 1009]) {
        const p = pair(random, length, (next) => scale * (next() - 0.5));
        const terms = termsOf(p);
        check(p, distance, terms, wide(terms), some(length));
      }
    }
  });

  test('equal vectors are at distance 0, whatever they hold', () => {
    for (const length of LENGTHS) {
      const { a } = pair(randomOf(length), length, (next) => gaussian(next) * 10 ** (60 * next() - 30));
      put(A, a);
      put(B + 4, a);
      expect(kernel.squaredFloat(A, B + 4, length)).toBe(0);
    }
  });

  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    'squaredNorm is not finite where a component is %d',
    (bad) => {
      for (const length of [1, 4, 7, 16, 33]) {
        for (let at = 0; at < length; at++) {
          const { a } = pair(randomOf(6), length);
          a[at] = bad;
          put(A, a);
          expect(kernel.squaredNorm(A, length)).not.toBeLessThan(Number.POSITIVE_INFINITY);
        }
      }
    },
  );
});

test.each([...FLOAT, ...WIDE])('%s gives the same bits in every build', (_, distance) => {
  const random = randomOf(7);
  for (const length of LENGTHS) {
    const p = pair(random, length);
    put(A, p.a);
    put(B, p.b);
    const results = BUILDS.map((code) => distance(bareKernel(code, memory), A, B, length));
    for (const result of results) expect(result).toBe(results[0]);
  }
});
