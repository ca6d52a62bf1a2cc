/* The kernel of MaxSim in plain TypeScript: the same bits as the compiled one. See asm/maxsim/. */
import { COSINE, EUCLIDEAN, HAMMING, JACCARD, MANHATTAN } from '../../layout.js';
import type { MaxSimKernel } from '../../maxsim-kernel.js';
import * as L from '../../maxsim-layout.js';
import { prepare } from './prepare.js';

const { fround } = Math;

export function bindMaxSimScalar(memory: WebAssembly.Memory): MaxSimKernel {
  const views = (): [Float32Array, Uint32Array] => [
    new Float32Array(memory.buffer),
    new Uint32Array(memory.buffer),
  ];
  const bests = (): Float32Array => {
    const [floats, words] = views();
    const first = words[L.BEST / 4]! / 4;
    return floats.subarray(first, first + words[L.COUNT / 4]!);
  };
  const metric = (): number => views()[1][L.METRIC / 4]!;
  return {
    begin: () => bests().fill(isDistance(metric()) ? Infinity : -Infinity),
    take: (vectors) => take(...views(), vectors),
    total: () => total(metric(), bests()),
  };
}

function isDistance(metric: number): boolean {
  return metric === EUCLIDEAN || metric === MANHATTAN || metric === HAMMING;
}

function take(floats: Float32Array, words: Uint32Array, vectors: number): void {
  const metric = words[L.METRIC / 4]!;
  const dimension = words[L.DIMENSION / 4]!;
  const [query, bits, best] = [words[L.QUERY / 4]! / 4, words[L.BITS / 4]! / 4, words[L.BEST / 4]! / 4];
  const [numbers, point] = [words[L.NUMBERS / 4]! / 4, words[L.POINT / 4]! / 4];
  prepare(floats, metric, { point, numbers, dimension, vectors });
  const term = termOf(metric);
  const nearest = isDistance(metric);
  for (let own = 0; own < words[L.COUNT / 4]!; own++) {
    const first = query + Math.floor(own / L.BLOCK) * L.BLOCK * dimension + (own % L.BLOCK);
    let most = floats[best + own]!;
    for (let i = 0; i < vectors; i++) {
      const other = point + i * dimension;
      let sum = 0;
      for (let c = 0; c < dimension; c++)
        sum = fround(sum + term(floats[first + c * L.BLOCK]!, floats[other + c]!));
      if (nearest) most = Math.min(most, sum);
      else most = Math.max(most, similarity(metric, sum, floats[numbers + i]!, floats[bits + own]!));
    }
    floats[best + own] = most;
  }
}

/** What a component adds. */
function termOf(metric: number): (a: number, b: number) => number {
  if (metric === MANHATTAN || metric === HAMMING) return (a, b) => Math.abs(fround(a - b));
  if (metric === EUCLIDEAN) return (a, b) => fround(fround(a - b) * fround(a - b));
  return (a, b) => fround(a * b);
}

function similarity(metric: number, products: number, number: number, bits: number): number {
  if (metric === COSINE) return fround(products * number);
  if (metric !== JACCARD) return products;
  const either = fround(fround(bits + number) - products);
  return either === 0 ? 1 : fround(products / either);
}

function total(metric: number, best: Float32Array): number {
  let sum = 0;
  for (const own of best) {
    if (metric === COSINE) sum -= Math.min(1, Math.max(-1, own));
    else if (metric === EUCLIDEAN || metric === MANHATTAN || metric === HAMMING) sum += own;
    else sum -= own;
  }
  return sum;
}
