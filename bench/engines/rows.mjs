// @ts-check

/**
 * @param {Float32Array} all
 * @param {number} dimension
 * @returns {Float32Array[]} one view per vector
 */
export function subarrays(all, dimension) {
  return Array.from({ length: all.length / dimension }, (_, i) =>
    all.subarray(i * dimension, (i + 1) * dimension),
  );
}
