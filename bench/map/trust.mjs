// @ts-check
// How far neighbours in the plane are neighbours in space: trustworthiness (Venna & Kaski 2001), 1 if all are.

/**
 * @param {Float32Array} rows
 * @param {number} dimension
 * @param {Float32Array} xy
 * @param {number} k neighbours
 * @param {'cosine' | 'euclidean'} metric
 */
export function trustworthiness(rows, dimension, xy, k, metric) {
  const count = xy.length / 2;
  const inverse = Float64Array.from(
    { length: count },
    (_, row) => 1 / Math.sqrt(dot(rows, row, row, dimension)),
  );
  const space = new Float64Array(count);
  const plane = new Float64Array(count);
  const rank = new Uint32Array(count);
  let strangers = 0;
  for (let row = 0; row < count; row++) {
    for (let other = 0; other < count; other++) {
      const product = dot(rows, row, other, dimension);
      space[other] =
        metric === 'cosine'
          ? -product * at(inverse, other)
          : dot(rows, other, other, dimension) - 2 * product;
      plane[other] =
        (at(xy, 2 * row) - at(xy, 2 * other)) ** 2 + (at(xy, 2 * row + 1) - at(xy, 2 * other + 1)) ** 2;
    }
    space[row] = plane[row] = -Infinity;
    for (const [place, other] of order(space).entries()) rank[other] = place;
    for (const other of order(plane).subarray(1, k + 1)) strangers += Math.max(0, at(rank, other) - k);
  }
  return 1 - (2 * strangers) / (count * k * (2 * count - 3 * k - 1));
}

/** @param {Float64Array} distances */
const order = (distances) =>
  Uint32Array.from(distances.keys()).sort((a, b) => at(distances, a) - at(distances, b) || a - b);

/** @param {ArrayLike<number>} list @param {number} i */
const at = (list, i) => /** @type {number} */ (list[i]);

/** @param {Float32Array} rows @param {number} a @param {number} b @param {number} dimension */
function dot(rows, a, b, dimension) {
  let sum = 0;
  for (let i = 0; i < dimension; i++) sum += at(rows, a * dimension + i) * at(rows, b * dimension + i);
  return sum;
}
