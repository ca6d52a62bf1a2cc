/* Numbers from a seed: the same seed, the same run. */
import { randomFrom as randomOf } from '#silt/base/random.js';

export type Random = () => number;

export { randomOf };

/** An integer in [from, to). */
export function integer(random: Random, from: number, to: number): number {
  return from + Math.floor(random() * (to - from));
}

/** Normally distributed, by Box and Muller. */
export function gaussian(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
}

/** A vector of normally distributed components. */
export function gaussianVector(random: Random, dimension: number): Float32Array {
  return Float32Array.from({ length: dimension }, () => gaussian(random));
}

export function gaussianVectors(seed: number, count: number, dimension: number): Float32Array[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () => gaussianVector(random, dimension));
}

/** Vectors whose components are 0 or 1, for the metrics on bits. */
export function bitVectors(seed: number, count: number, dimension: number, density = 0.5): Float32Array[] {
  const random = randomOf(seed);
  return Array.from({ length: count }, () =>
    Float32Array.from({ length: dimension }, () => (random() < density ? 1 : 0)),
  );
}

/** Directions that the vectors of `vectorsFor` are made of, the same for every seed. */
function directions(dimension: number): Float32Array[] {
  return gaussianVectors(0x5eed + dimension, 10, dimension);
}

/**
 * Vectors as embeddings are: ten directions that mix, and some noise. In such data each row can be found by its
 * own vector, which is not so in pure noise of many dimensions. For hamming and jaccard, the signs of those.
 */
export function vectorsFor(metric: string, seed: number, count: number, dimension: number): Float32Array[] {
  const random = randomOf(seed);
  const basis = directions(dimension);
  const bits = metric === 'hamming' || metric === 'jaccard';
  return Array.from({ length: count }, () => {
    const weights = gaussianVector(random, basis.length);
    return Float32Array.from({ length: dimension }, (_, i) => {
      let x = 0.2 * gaussian(random);
      for (let j = 0; j < basis.length; j++) x += (weights[j]! * basis[j]![i]!) / 3;
      return bits ? Number(x > 0) : x;
    });
  });
}
