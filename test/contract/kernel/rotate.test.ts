import { describe, expect, test } from 'vitest';
import { BUILDS, bareKernel, ROTATED_LENGTHS as LENGTHS, newMemory } from '../../support/kernels.js';
import { gaussianVector, randomOf } from '../../support/random.js';

const FROM = 65_536;
const TO = 2 * 65_536;
const memory = newMemory(4);
const floats = new Float32Array(memory.buffer);

const dot = (a: Float32Array, b: Float32Array): number => a.reduce((sum, x, i) => sum + x * b[i]!, 0);

describe.each(BUILDS)('$build', (code) => {
  const kernel = bareKernel(code, memory);

  function rotate(v: Float32Array): Float32Array {
    const padded = Math.ceil(v.length / 4) * 4;
    floats.fill(0, FROM / 4, FROM / 4 + padded);
    floats.set(v, FROM / 4);
    floats.fill(Number.NaN, TO / 4 - 4, TO / 4 + padded + 4);
    kernel.rotate(FROM, TO, v.length);
    expect(floats[TO / 4 - 1]).toBeNaN();
    expect(floats[TO / 4 + padded]).toBeNaN();
    expect(floats.subarray(FROM / 4, FROM / 4 + v.length)).toEqual(v);
    return floats.slice(TO / 4, TO / 4 + v.length);
  }

  test('inner products stay as they are', () => {
    const random = randomOf(1);
    for (const length of LENGTHS) {
      const [a, b] = [gaussianVector(random, length), gaussianVector(random, length)];
      const [ra, rb] = [rotate(a), rotate(b)];
      // Four passes of at most 13 additions, each off by 2^-24, on every component.
      const allowed = 64 * 2 ** -24 * Math.sqrt(dot(a, a) * dot(b, b));
      expect(Math.abs(dot(ra, rb) - dot(a, b))).toBeLessThan(allowed);
      expect(Math.abs(dot(ra, ra) - dot(a, a))).toBeLessThan(64 * 2 ** -24 * dot(a, a));
    }
  });

  test('one component is spread over all', () => {
    for (const length of [64, 96, 100, 300, 784, 1009]) {
      for (const at of [0, length >> 1, length - 1]) {
        const rotated = rotate(Float32Array.from({ length }, (_, i) => (i === at ? 1 : 0)));
        expect(Math.max(...rotated.map(Math.abs))).toBeLessThan(0.6);
      }
    }
  });
});

test('every build rotates to the same bits', () => {
  const random = randomOf(2);
  for (const length of LENGTHS) {
    const v = gaussianVector(random, length);
    const results = BUILDS.map((code) => {
      floats.fill(0, FROM / 4, FROM / 4 + length + 3);
      floats.set(v, FROM / 4);
      bareKernel(code, memory).rotate(FROM, TO, length);
      return floats.slice(TO / 4, TO / 4 + length);
    });
    for (const result of results) expect(result).toEqual(results[0]);
  }
});
