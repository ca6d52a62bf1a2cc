/* The metrics, by their names; kernel/metrics.ts has what they compute. */
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { didYouMean } from '../base/hints.js';

/**
 * `cosine`, `dot`, `jaccard`: a greater score is nearer; `euclidean` (the distance, not its square), `manhattan`
 * (the sum of the differences of components), `hamming`: a smaller one.
 * For `hamming` and `jaccard`, a vector has one component per bit: above 0.5 is a 1, all else is a 0.
 */
export type Metric = 'cosine' | 'euclidean' | 'manhattan' | 'dot' | 'hamming' | 'jaccard';
/** Other names, accepted wherever a metric is named. */
export type MetricAlias = 'l2' | 'l1' | 'taxicab' | 'cityblock' | 'ip' | 'inner' | 'dotproduct';

/** A vector of numbers. It is kept as float32. */
export type VectorLike =
  | Float32Array
  | Float64Array
  | readonly number[]
  | Int8Array
  | Uint8Array
  | Uint8ClampedArray
  | Int16Array
  | Uint16Array
  | Int32Array
  | Uint32Array;

/** One metric as plain functions: how two vectors compare, and which order of scores is best first. */
export interface MetricFunctions {
  readonly name: Metric;
  /** True where a greater score is nearer: cosine, dot, jaccard. */
  readonly higherIsBetter: boolean;
  /** Score of two vectors of one length, in float64. Throws ValidationError where the lengths differ. */
  calculate(a: VectorLike, b: VectorLike): number;
  /** The pairs `[id, score]`, best first, equal scores in their order; the input stays as it is. */
  sortResults<I>(pairs: readonly (readonly [I, number])[]): [I, number][];
}

const NAMES: Readonly<Record<Metric | MetricAlias, Metric>> = {
  cosine: 'cosine',
  euclidean: 'euclidean',
  manhattan: 'manhattan',
  dot: 'dot',
  hamming: 'hamming',
  jaccard: 'jaccard',
  l2: 'euclidean',
  l1: 'manhattan',
  taxicab: 'manhattan',
  cityblock: 'manhattan',
  ip: 'dot',
  inner: 'dot',
  dotproduct: 'dot',
};

/** The metric that a name or alias stands for. */
export function metricName(name: unknown): Metric {
  if (typeof name === 'string' && Object.hasOwn(NAMES, name)) return NAMES[name as Metric];
  const known = Object.keys(NAMES);
  const hint = typeof name === 'string' ? didYouMean(name, known) : '';
  throw new ValidationError(
    'INVALID_OPTION',
    `metric must be one of ${known.join(', ')}, got ${show(name)}${hint}`,
  );
}
