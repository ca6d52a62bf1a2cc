/*
 * Scores by several examples: functions of how similar a point is to each of them, greater is better. The formulas are
 * Qdrant's (docs/QUERIES.md); similarity is that of the metric, and of a distance its negative (Euclidean: squared).
 */
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import { METRICS, type Metric } from '../../../kernel/metrics.js';

const { fround } = Math;

/** How similar a point is, by its distance as the kernel has it. */
export function similarityOf(metric: Metric): (distance: number) => number {
  const { score, higherIsBetter } = METRICS[metric];
  return higherIsBetter ? score : (distance) => -Math.max(0, distance);
}

function fastSigmoid(x: number): number {
  return x / (1 + Math.abs(x));
}

/** 0 to 1. */
function scaled(x: number): number {
  return 0.5 * (fastSigmoid(x) + 1);
}

/** By the example that is most similar: `similar` has `positive` of the one kind, then the others. */
export function bestScore(similar: readonly number[], positive: number): number {
  let best = -Infinity;
  let worst = -Infinity;
  for (let i = 0; i < similar.length; i++) {
    if (i < positive) best = Math.max(best, similar[i]!);
    else worst = Math.max(worst, similar[i]!);
  }
  return best > worst ? scaled(best) : -scaled(worst);
}

export function sumScores(similar: readonly number[], positive: number): number {
  let sum = 0;
  for (let i = 0; i < similar.length; i++) sum += i < positive ? similar[i]! : -similar[i]!;
  return sum;
}

/** `similar`: to the target, then to the positive and the negative of each pair. */
export function discoverScore(similar: readonly number[]): number {
  let rank = 0;
  for (let i = 1; i + 1 < similar.length; i += 2) rank += Math.sign(similar[i]! - similar[i + 1]!);
  return rank + scaled(similar[0]!);
}

export function weighedSum(similar: readonly number[], weights: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i < similar.length; i++) sum += weights[i]! * similar[i]!;
  return sum;
}

/**
 * What examples weigh by how well they were rated: `c` times the difference of two ratings to the power of `b` is how much the better
 * one attracts, and the other repels. The sum over all pairs is linear in the similarities.
 */
export function feedbackWeights(
  ratings: readonly number[],
  { b, c }: { readonly b: number; readonly c: number },
): number[] {
  const weights = ratings.map(() => 0);
  for (const [i, better] of ratings.entries())
    for (const [j, worse] of ratings.entries()) {
      if (better <= worse) continue;
      const share = c * (better - worse) ** b;
      weights[i]! += share;
      weights[j]! -= share;
    }
  return weights;
}

/** The step from 1 to the next float32: how much nearer to the positive a point must be. */
const MARGIN = 2 ** -23;

/** `similar`: to the positive and the negative of each pair. */
export function contextScore(similar: readonly number[]): number {
  let sum = 0;
  for (let i = 0; i + 1 < similar.length; i += 2)
    sum += fastSigmoid(Math.min(similar[i]! - similar[i + 1]! - MARGIN, 0));
  return sum;
}

/** A vector of length 1: by cosine a stored vector counts as much as another in a mean, however long it is. */
export function directionOf(vector: Float32Array): Float32Array {
  let squares = 0;
  for (const x of vector) squares += x * x;
  const length = Math.sqrt(squares);
  return length > 0 ? vector.map((x) => x / length) : vector;
}

/** Components by their indices. */
function sumOf(vectors: readonly SparseValue[], weight: number, into: Map<number, number>): void {
  for (const { indices, values } of vectors)
    for (let i = 0; i < indices.length; i++)
      into.set(indices[i]!, (into.get(indices[i]!) ?? 0) + weight * values[i]!);
}

/** The same of sparse vectors: without an index, a vector has 0 there. */
export function averageOfSparse(
  positive: readonly SparseValue[],
  negative: readonly SparseValue[],
): SparseValue {
  const sums = new Map<number, number>();
  sumOf(positive, (negative.length === 0 ? 1 : 2) / positive.length, sums);
  sumOf(negative, -1 / negative.length, sums);
  const indices = [...sums.keys()].sort((a, b) => a - b);
  return { indices, values: Float32Array.from(indices, (index) => sums.get(index)!) };
}

/** Of several vectors for each point there is no mean: all of them, and those of the negative turned round, as Qdrant has it. */
export function allOf(
  positive: readonly (readonly Float32Array[])[],
  negative: readonly (readonly Float32Array[])[],
): Float32Array[] {
  return [...positive.flat(), ...negative.flat().map((vector) => vector.map((x) => -x))];
}

/** The product of two sparse vectors, in float32 as the index has it: 0 where they have no index in common. */
export function sparseProduct(a: SparseValue, b: SparseValue): number {
  let sum = 0;
  let at = 0;
  for (let i = 0; i < a.indices.length; i++) {
    while (at < b.indices.length && b.indices[at]! < a.indices[i]!) at++;
    if (b.indices[at] === a.indices[i])
      sum = fround(sum + fround(fround(a.values[i]!) * fround(b.values[at]!)));
  }
  return sum;
}

/** The mean, in float64. */
function mean(vectors: readonly Float32Array[]): Float64Array {
  const sum = new Float64Array(vectors[0]!.length);
  for (const vector of vectors) for (let i = 0; i < sum.length; i++) sum[i]! += vector[i]!;
  return sum.map((x) => x / vectors.length);
}

/** Twice the mean of the positive less that of the negative; the mean of the positive where there is no negative. */
export function averageOf(
  positive: readonly Float32Array[],
  negative: readonly Float32Array[],
): Float32Array {
  const near = mean(positive);
  if (negative.length === 0) return Float32Array.from(near);
  const far = mean(negative);
  return Float32Array.from(near, (x, i) => 2 * x - far[i]!);
}
