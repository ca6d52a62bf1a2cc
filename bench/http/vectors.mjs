// @ts-check
// Vectors as clients send them: numbers of float32 in their shortest decimals.
import { normal, random } from '../base/random.mjs';

/**
 * @param {number} count
 * @param {number} dimension
 * @param {number} seed
 * @returns {number[][]}
 */
export function vectors(count, dimension, seed) {
  const gauss = normal(random(seed));
  const one = () => Array.from({ length: dimension }, () => Number(Math.fround(gauss() / 10).toPrecision(9)));
  return Array.from({ length: count }, one);
}
