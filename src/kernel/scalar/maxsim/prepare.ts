/* The vectors of a point as they are compared: see asm/maxsim/prepare.ts. */
import { COSINE, HAMMING, JACCARD } from '../../layout.js';

const LEAST = 1e-60;
const MOST = 1e60;

/** Indices of floats. */
interface Point {
  readonly point: number;
  readonly numbers: number;
  readonly dimension: number;
  readonly vectors: number;
}

export function prepare(
  floats: Float32Array,
  metric: number,
  { point, numbers, dimension, vectors }: Point,
): void {
  if (metric !== COSINE && metric !== HAMMING && metric !== JACCARD) return;
  for (let i = 0; i < vectors; i++) {
    const vector = floats.subarray(point + i * dimension, point + (i + 1) * dimension);
    floats[numbers + i] = metric === COSINE ? reciprocal(vector) : setBits(vector);
  }
}

function squares(vector: Float32Array): number {
  const sums = [0, 0, 0, 0];
  const whole = vector.length & ~3;
  for (let c = 0; c < whole; c++) sums[c & 3]! += vector[c]! * vector[c]!;
  let sum = sums[0]! + sums[2]! + (sums[1]! + sums[3]!);
  for (let c = whole; c < vector.length; c++) sum += vector[c]! * vector[c]!;
  return sum;
}

function reciprocal(vector: Float32Array): number {
  const sum = squares(vector);
  if (sum === 0) return 0;
  const length = Math.sqrt(sum);
  if (sum > LEAST && sum < MOST) return 1 / length;
  for (let c = 0; c < vector.length; c++) vector[c] = vector[c]! / length;
  return 1;
}

function setBits(vector: Float32Array): number {
  let count = 0;
  for (let c = 0; c < vector.length; c++) count += vector[c] = vector[c]! > 0.5 ? 1 : 0;
  return count;
}
