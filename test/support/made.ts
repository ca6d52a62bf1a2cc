/* Made-up data of the kinds on which recall is promised: rows, and queries that are not among them. */
import type { Metric } from '#silt/index.js';
import { bitVectors, gaussian, gaussianVector, type Random, randomOf, vectorsFor } from './random.js';

export interface Made {
  readonly metric: Metric;
  readonly dimension: number;
  /** `count` vectors; those of another seed are others of the same kind. */
  vectors(seed: number, count: number): Float32Array[];
  /** How many results recall is promised for, where not for any number. */
  readonly ks?: readonly number[];
}

const near = (centre: Float32Array, random: Random, by: number): Float32Array =>
  centre.map((x) => x + by * gaussian(random));

/** Vectors around `centres` points, which are the same for every seed. */
function around(centres: number, dimension: number, by: number) {
  return (seed: number, count: number): Float32Array[] => {
    const places = Array.from({ length: centres }, (_, i) => gaussianVector(randomOf(i + 1), dimension));
    const random = randomOf(1_000_003 * seed);
    return Array.from({ length: count }, () => near(places[Math.floor(random() * centres)]!, random, by));
  };
}

/** Of lengths that differ by orders of magnitude. */
function ofManyLengths(dimension: number) {
  return (seed: number, count: number): Float32Array[] => {
    const random = randomOf(1_000_003 * seed);
    return vectorsFor('dot', seed, count, dimension).map((vector) => {
      const length = Math.exp(gaussian(random));
      return vector.map((x) => x * length);
    });
  };
}

const embeddings = (metric: Metric, dimension: number): Made => ({
  metric,
  dimension,
  vectors: (seed, count) => vectorsFor(metric, seed, count, dimension),
});

export const MADE: Readonly<Record<string, Made>> = {
  'like embeddings, cosine': embeddings('cosine', 64),
  'gaussian, euclidean': { metric: 'euclidean', dimension: 24, vectors: around(1, 24, 1) },
  'gaussian of 100 dimensions, cosine': { metric: 'cosine', dimension: 100, vectors: around(1, 100, 1) },
  'like embeddings, manhattan': embeddings('manhattan', 64),
  'clusters, euclidean': { metric: 'euclidean', dimension: 64, vectors: around(50, 64, 0.2) },
  // Which of some copies is nearest, codes do not tell: a walk finds them, and may take another one for the first.
  'near copies, cosine': {
    metric: 'cosine',
    dimension: 48,
    vectors: around(200, 48, 0.01),
    ks: [10, 20, 100],
  },
  'lengths that differ, dot': { metric: 'dot', dimension: 40, vectors: ofManyLengths(40) },
  'bits, hamming': embeddings('hamming', 128),
  'few bits, jaccard': {
    metric: 'jaccard',
    dimension: 256,
    vectors: (seed, count) => bitVectors(seed, count, 256, 0.1),
  },
};
