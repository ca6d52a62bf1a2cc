import { describe, expect, test } from 'vitest';
import { BUILDS, bareKernel, newMemory } from '../../support/kernels.js';
import { integer, randomOf } from '../../support/random.js';

const A = 65_536;
const B = 2 * 65_536;
const memory = newMemory(4);
const bytes = new Uint8Array(memory.buffer);

/** Bits set in a ∘ b, one by one. */
function naive(a: Uint8Array, b: Uint8Array, combine: (x: number, y: number) => number): number {
  let count = 0;
  for (let i = 0; i < 8 * a.length; i++) count += (combine(a[i >> 3]!, b[i >> 3]!) >> (i & 7)) & 1;
  return count;
}

/** Rows are padded to 16 bytes; the largest is that of 65,536 dimensions. */
const SIZES = [16, 32, 48, 64, 80, 112, 128, 240, 256, 1008, 8192];
const random = randomOf(1);
const randomBytes = (length: number): Uint8Array =>
  Uint8Array.from({ length }, () => integer(random, 0, 256));

describe.each(BUILDS)('$build', (code) => {
  const kernel = bareKernel(code, memory);

  function check(a: Uint8Array, b: Uint8Array, i = 0, j = 0): void {
    bytes.fill(0xff, A - 64, A + a.length + 64); // a read too far would count these
    bytes.fill(0xff, B - 64, B + b.length + 64);
    bytes.set(a, A + i);
    bytes.set(b, B + j);
    expect(kernel.countXor(A + i, B + j, a.length)).toBe(naive(a, b, (x, y) => x ^ y));
    expect(kernel.countAnd(A + i, B + j, a.length)).toBe(naive(a, b, (x, y) => x & y));
  }

  test('counts of random bits are exact, at every alignment', () => {
    for (const size of SIZES) check(randomBytes(size), randomBytes(size));
    for (let i = 0; i < 16; i++) for (let j = 0; j < 16; j++) check(randomBytes(48), randomBytes(48), i, j);
  });

  test('counts of all bits and of none are exact', () => {
    for (const size of SIZES) {
      const [none, every] = [new Uint8Array(size), new Uint8Array(size).fill(255)];
      for (const a of [none, every]) for (const b of [none, every]) check(a, b);
    }
  });
});
