/*
 * The oracle: scores in a few naive lines of float64, and brute force over a plain Map. It shares nothing with
 * the package but the names of the metrics.
 */
import type { Metric } from '#silt/index.js';

export type Vector = Float32Array | readonly number[];

const square = (x: number): number => x * x;
const bit = (x: number): boolean => x > 0.5;

// A loop each: one function that is given what to add up takes five times as long, and brute force is most of some tests.
function dot(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += a[i]! * b[i]!;
  return total;
}

function cosine(a: Vector, b: Vector): number {
  let [both, own, other] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    both += a[i]! * b[i]!;
    own += a[i]! * a[i]!;
    other += b[i]! * b[i]!;
  }
  return both / Math.sqrt(own) / Math.sqrt(other);
}

function squaredDistance(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += square(a[i]! - b[i]!);
  return total;
}

function manhattan(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += Math.abs(a[i]! - b[i]!);
  return total;
}

/** How many bits are set in both, and how many in either. */
function bits(a: Vector, b: Vector): { both: number; either: number } {
  let [both, either] = [0, 0];
  for (let i = 0; i < a.length; i++) {
    if (bit(a[i]!) && bit(b[i]!)) both++;
    if (bit(a[i]!) || bit(b[i]!)) either++;
  }
  return { both, either };
}

function magnitudes(a: Vector, b: Vector): number {
  let total = 0;
  for (let i = 0; i < a.length; i++) total += Math.abs(a[i]! * b[i]!);
  return total;
}

/** What users of each metric expect as a score. */
export const SCORES: Readonly<Record<Metric, (a: Vector, b: Vector) => number>> = {
  cosine,
  euclidean: (a, b) => Math.sqrt(squaredDistance(a, b)),
  manhattan,
  dot,
  hamming: (a, b) => {
    const { both, either } = bits(a, b);
    return either - both;
  },
  jaccard: (a, b) => {
    const { both, either } = bits(a, b);
    return either === 0 ? 1 : both / either;
  },
};

export const METRICS: readonly Metric[] = ['cosine', 'euclidean', 'manhattan', 'dot', 'hamming', 'jaccard'];

export const higherIsBetter = (metric: Metric): boolean =>
  metric !== 'euclidean' && metric !== 'manhattan' && metric !== 'hamming';

/**
 * How far a score computed in float32 may be from the oracle's. Sums of n products in float32 err by at most
 * about n × 2^-24 of the sum of magnitudes; the kernel adds in 16 running sums, so n / 16 + 5 steps at worst.
 * Cosine is bounded by 1; a euclidean score is a root, whose error for near vectors is that of the differences,
 * which are exact here (the inputs are float32 and within a factor of 2 of each other) or relative.
 */
export function tolerance(metric: Metric, a: Vector, b: Vector): number {
  if (metric === 'hamming') return 0;
  const steps = a.length / 16 + 8;
  const unit = 2 ** -24;
  if (metric === 'jaccard') return 2 * unit;
  if (metric === 'cosine') return 4 * steps * unit;
  if (metric === 'dot') return steps * unit * magnitudes(a, b);
  return steps * unit * SCORES[metric](a, b);
}

/** The k best of the rows, exactly: `[id, score]`, best first, equal scores in the order of the Map. */
export function bruteForce<I>(
  metric: Metric,
  rows: Iterable<readonly [I, Vector]>,
  query: Vector,
  k: number,
): [I, number][] {
  const sign = higherIsBetter(metric) ? -1 : 1;
  const all = [...rows].map(([id, vector]): [I, number] => [id, SCORES[metric](query, vector)]);
  // Most are far behind the k-th, and need not be put in order.
  const worst = Float64Array.from(all, ([, score]) => sign * score).sort()[k - 1] ?? Infinity;
  return all
    .filter(([, score]) => !(sign * score > worst))
    .sort((a, b) => sign * (a[1] - b[1]))
    .slice(0, k);
}
