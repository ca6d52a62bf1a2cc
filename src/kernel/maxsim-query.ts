/*
 * The vectors of a query by MaxSim, as the kernel reads them: in blocks, component by component. By cosine they have the
 * length 1; of sets of bits the components are 0 and 1.
 */
import * as L from './maxsim-layout.js';
import { METRICS, type Metric } from './metrics.js';

export class MaxSimQuery {
  readonly metric: Metric;
  readonly dimension: number;
  /** As they were given. Nobody changes them. */
  readonly vectors: readonly Float32Array[];
  readonly blocks: Float32Array;
  /** How many bits each has; only of sets of bits. */
  readonly bits: Float32Array;

  constructor(metric: Metric, dimension: number, vectors: readonly Float32Array[]) {
    this.metric = metric;
    this.dimension = dimension;
    this.vectors = vectors;
    const lanes = L.BLOCK * Math.ceil(vectors.length / L.BLOCK);
    this.blocks = new Float32Array(lanes * dimension);
    this.bits = new Float32Array(lanes);
    for (const [i, vector] of vectors.entries()) {
      const first = Math.floor(i / L.BLOCK) * L.BLOCK * dimension + (i % L.BLOCK);
      const component = componentsOf(metric, vector);
      for (let c = 0; c < dimension; c++) {
        const x = component(c);
        this.blocks[first + c * L.BLOCK] = x;
        this.bits[i]! += x;
      }
    }
  }

  /**
   * The distance of a point as the kernel gives it, in float64: where float32 does not hold what is between. In steps of one vector
   * with another.
   */
  *wideDistance(point: readonly Float32Array[]): Generator<void, number> {
    const { compare, higherIsBetter } = METRICS[this.metric];
    const isSquared = this.metric === 'euclidean';
    let sum = 0;
    for (const own of this.vectors) {
      let best = Infinity;
      for (const vector of point) {
        const score = compare(own, vector);
        best = Math.min(best, higherIsBetter ? -score : score);
        yield;
      }
      sum += isSquared ? best * best : best;
    }
    return sum;
  }
}

function componentsOf(metric: Metric, vector: Float32Array): (c: number) => number {
  if (metric === 'hamming' || metric === 'jaccard') return (c) => Number(vector[c]! > 0.5);
  if (metric !== 'cosine') return (c) => vector[c]!;
  const length = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
  return (c) => vector[c]! / length;
}
