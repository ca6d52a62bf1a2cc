/* Forces between rows in the plane: what the table says is UMAP's curve. */

import { expect, test } from 'vitest';
import { drawing, pushing } from '#silt/map/curve.js';
import fc, { runs } from '../support/properties.js';

const A = 1.577;
const B = 0.895;

/** Derivatives of log q and of log (1 - q), q = 1 / (1 + A d^2B), along the difference of two places, over that difference. */
const forces = (square: number) => {
  const power = square ** B;
  return {
    draws: (-2 * A * B * power) / square / (A * power + 1),
    pushes: (2 * B) / ((0.001 + square) * (A * power + 1)),
  };
};

test('forces are those of the curve to two hundredths, at every distance that a plane has', () => {
  fc.assert(
    fc.property(fc.double({ min: -16, max: 9, noNaN: true }), (exponent) => {
      const square = 2 ** exponent;
      const { draws, pushes } = forces(square);
      expect(Math.abs(drawing(square) / draws - 1)).toBeLessThan(0.02);
      expect(Math.abs(pushing(square) / pushes - 1)).toBeLessThan(0.02);
    }),
    { numRuns: runs(1_000) },
  );
});

test('rows at one place, and rows as far as can be, have forces that are finite', () => {
  for (const square of [0, 1e-30, 1e30, 3e38]) {
    expect(drawing(square)).toBeLessThanOrEqual(0);
    expect(drawing(square)).toBeGreaterThan(-100);
    expect(pushing(square)).toBeGreaterThanOrEqual(0);
    expect(pushing(square)).toBeLessThan(2_000);
  }
});
