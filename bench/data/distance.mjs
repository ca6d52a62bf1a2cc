// @ts-check
// What a distance is here, in double precision and independent of every engine: 1 - cosine similarity,
// or the euclidean distance itself. Smaller is nearer.

/**
 * @param {'cosine' | 'euclidean'} metric
 * @param {Float32Array} a
 * @param {Float32Array} b of the same length
 */
export function distance(metric, a, b) {
  let dot = 0;
  let aa = 0;
  let bb = 0;
  let squares = 0;
  for (let i = 0; i < a.length; i++) {
    const x = /** @type {number} */ (a[i]);
    const y = /** @type {number} */ (b[i]);
    dot += x * y;
    aa += x * x;
    bb += y * y;
    squares += (x - y) * (x - y);
  }
  return metric === 'cosine' ? 1 - dot / Math.sqrt(aa * bb) : Math.sqrt(squares);
}
