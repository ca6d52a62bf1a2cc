/*
 * The metrics, one row each: what the kernel computes, and how its distance (smaller is nearer) becomes the
 * score that users of the metric expect.
 */

import {
  type Metric,
  type MetricAlias,
  type MetricFunctions,
  metricName,
  type VectorLike,
} from '../api/metric.js';
import { ValidationError } from '../base/errors.js';
import { COSINE, DOT, EUCLIDEAN, HAMMING, JACCARD, MANHATTAN } from './layout.js';

export type { Metric, VectorLike } from '../api/metric.js';

interface MetricRow {
  readonly kind: number;
  readonly higherIsBetter: boolean;
  /**
   * From the kernel's distance to the score. A distance below all that there are, which puts what equals the query first
   * (hnsw/equal.ts), gives the best score.
   */
  score(distance: number): number;
  compare(a: VectorLike, b: VectorLike): number;
  /** The same for one `a` and many `b`, bit by bit, with what `a` alone decides computed once. */
  against(a: Float32Array): (b: Float32Array) => number;
  /** From the score back to a distance, in float64. */
  distance(score: number): number;
}

function dot(a: VectorLike, b: VectorLike): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += a[i]! * b[i]!;
  return sum;
}

/** `dot` of two vectors and of the second with itself, in one pass: each sum is made in the same order as there. */
function dots(a: Float32Array, b: Float32Array): { both: number; own: number } {
  let both = 0;
  let own = 0;
  for (let i = 0; i < a.length; i++) {
    const y = b[i]!;
    both += a[i]! * y;
    own += y * y;
  }
  return { both, own };
}

function cosine(both: number, norms: number): number {
  return norms > 0 ? Math.min(1, Math.max(-1, both / norms)) : 0;
}

function euclidean(a: VectorLike, b: VectorLike): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += (a[i]! - b[i]!) ** 2;
  return Math.sqrt(sum);
}

function manhattan(a: VectorLike, b: VectorLike): number {
  let sum = 0;
  for (let i = 0; i < a.length; i++) sum += Math.abs(a[i]! - b[i]!);
  return sum;
}

/** Bits set in both, and in either; a component above 0.5 is a set bit. */
function overlap(a: VectorLike, b: VectorLike): { both: number; either: number } {
  let both = 0;
  let either = 0;
  for (let i = 0; i < a.length; i++) {
    const x = a[i]! > 0.5;
    const y = b[i]! > 0.5;
    if (x && y) both++;
    if (x || y) either++;
  }
  return { both, either };
}

function hamming(a: VectorLike, b: VectorLike): number {
  const { both, either } = overlap(a, b);
  return either - both;
}

function jaccard(a: VectorLike, b: VectorLike): number {
  const { both, either } = overlap(a, b);
  return either === 0 ? 1 : both / either;
}

export const METRICS: Readonly<Record<Metric, MetricRow>> = {
  cosine: {
    kind: COSINE,
    higherIsBetter: true,
    score: (d) => Math.min(1, Math.max(-1, 1 - d)),
    distance: (s) => 1 - s,
    compare: (a, b) => cosine(dot(a, b), Math.sqrt(dot(a, a)) * Math.sqrt(dot(b, b))),
    against: (a) => {
      const norm = Math.sqrt(dot(a, a));
      return (b) => {
        const { both, own } = dots(a, b);
        return cosine(both, norm * Math.sqrt(own));
      };
    },
  },
  euclidean: {
    kind: EUCLIDEAN,
    higherIsBetter: false,
    score: (d) => Math.sqrt(Math.max(0, d)),
    distance: (s) => s * s,
    compare: euclidean,
    against: (a) => (b) => euclidean(a, b),
  },
  manhattan: {
    kind: MANHATTAN,
    higherIsBetter: false,
    score: (d) => Math.max(0, d),
    distance: (s) => s,
    compare: manhattan,
    against: (a) => (b) => manhattan(a, b),
  },
  dot: {
    kind: DOT,
    higherIsBetter: true,
    score: (d) => -d + 0,
    distance: (s) => -s,
    compare: dot,
    against: (a) => (b) => dot(a, b),
  },
  hamming: {
    kind: HAMMING,
    higherIsBetter: false,
    score: (d) => Math.max(0, d),
    distance: (s) => s,
    compare: hamming,
    against: (a) => (b) => hamming(a, b),
  },
  jaccard: {
    kind: JACCARD,
    higherIsBetter: true,
    score: (d) => 1 - Math.max(0, d),
    distance: (s) => 1 - s,
    compare: jaccard,
    against: (a) => (b) => jaccard(a, b),
  },
};

export const METRIC_NAMES: readonly Metric[] = Object.keys(METRICS) as Metric[];

/**
 * One metric as plain functions, for sorting, merging and checking results outside an index.
 *
 * @param name 'cosine', 'euclidean' ('l2'), 'manhattan' ('l1', 'taxicab', 'cityblock'), 'dot' ('ip', 'inner', 'dotproduct'), 'hamming' or 'jaccard'
 * @throws ValidationError for another name
 */
export function metric(name: Metric | MetricAlias): MetricFunctions {
  const own = metricName(name);
  const { higherIsBetter, compare } = METRICS[own];
  return {
    name: own,
    higherIsBetter,
    calculate(a, b) {
      if (a.length !== b.length) {
        throw new ValidationError(
          'INVALID_VECTOR',
          `cannot compare vectors of ${a.length} and ${b.length} components`,
        );
      }
      return compare(a, b);
    },
    sortResults: (pairs) =>
      pairs
        .map(([id, score]): [(typeof pairs)[number][0], number] => [id, score])
        .sort(([, a], [, b]) => (higherIsBetter ? b - a : a - b)),
  };
}
