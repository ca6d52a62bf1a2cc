// @ts-check
// Vectors near those of a data set, as a model gives when a text has changed a little: equal to none of them.

const SHARE = 0.02; // of the vector's length

/**
 * @param {Float32Array} vector
 * @param {() => number} gauss standard normal numbers
 * @returns {Float32Array}
 */
export function perturbed(vector, gauss) {
  const scale = SHARE * Math.sqrt(vector.reduce((sum, value) => sum + value * value, 0) / vector.length);
  return vector.map((value) => value + scale * gauss());
}
