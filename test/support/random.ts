/* Numbers from a seed: the same seed, the same run. */

export type Random = () => number;

/** Mulberry32: uniform in [0, 1). */
export function randomOf(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = state;
    x = Math.imul(x ^ (x >>> 15), x | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

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

/** Vectors that suit a metric: bits for hamming and jaccard, normally distributed ones for the others. */
export function vectorsFor(metric: string, seed: number, count: number, dimension: number): Float32Array[] {
  return metric === 'hamming' || metric === 'jaccard'
    ? bitVectors(seed, count, dimension)
    : gaussianVectors(seed, count, dimension);
}
