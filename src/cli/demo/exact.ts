/**
 * Exact nearest neighbours under cosine by comparing with every row: the measure that recall is taken
 * against. Written apart from the library on purpose, so that it shares no mistake with it.
 */

import { setImmediate as nextTurn } from 'node:timers/promises';
import type { Glove } from './glove-rows.js';

/** Some 10 ms of work with 200 queries: the event loop turns between two blocks. */
const BLOCK_ROWS = 512;

export interface ExactOptions {
  onProgress?(done: number, total: number): void;
  signal?: AbortSignal | undefined;
}

/** For each query row, the `k` nearest of `rows` (row numbers), best first. */
export async function exactNearest(
  glove: Pick<Glove, 'vectors' | 'dimension'>,
  rows: Uint32Array,
  queries: Uint32Array,
  k: number,
  options: ExactOptions = {},
): Promise<Uint32Array[]> {
  const unit = Array.from(queries, (row) => unitVector(glove, row));
  const best = unit.map(() => new BestRows(k));
  for (let from = 0; from < rows.length; from += BLOCK_ROWS) {
    options.signal?.throwIfAborted();
    const until = Math.min(rows.length, from + BLOCK_ROWS);
    for (let i = from; i < until; i++) scoreRow(glove, rows[i]!, unit, best);
    options.onProgress?.(until, rows.length);
    await nextTurn();
  }
  return best.map((list) => list.rows());
}

/** One row against all queries: the row stays in the first cache. */
function scoreRow(
  glove: Pick<Glove, 'vectors' | 'dimension'>,
  row: number,
  queries: readonly Float32Array[],
  best: readonly BestRows[],
): void {
  const vector = unitVector(glove, row);
  for (let q = 0; q < queries.length; q++) {
    best[q]!.offer(row, dot(vector, queries[q]!));
  }
}

function unitVector({ vectors, dimension }: Pick<Glove, 'vectors' | 'dimension'>, row: number): Float32Array {
  const vector = vectors.slice(row * dimension, (row + 1) * dimension);
  const length = Math.sqrt(dot(vector, vector));
  for (let i = 0; i < dimension; i++) vector[i] = vector[i]! / length;
  return vector;
}

/** Four sums, because one would wait for itself at every step. */
function dot(a: Float32Array, b: Float32Array): number {
  let s0 = 0;
  let s1 = 0;
  let s2 = 0;
  let s3 = 0;
  let i = 0;
  for (; i + 3 < a.length; i += 4) {
    s0 += a[i]! * b[i]!;
    s1 += a[i + 1]! * b[i + 1]!;
    s2 += a[i + 2]! * b[i + 2]!;
    s3 += a[i + 3]! * b[i + 3]!;
  }
  for (; i < a.length; i++) s0 += a[i]! * b[i]!;
  return s0 + s1 + (s2 + s3);
}

/** The `k` best of all offered rows, kept sorted: nearly every offer ends at the first comparison. */
class BestRows {
  readonly #rows: Uint32Array;
  readonly #scores: Float64Array;
  #length = 0;

  constructor(k: number) {
    this.#rows = new Uint32Array(k);
    this.#scores = new Float64Array(k);
  }

  offer(row: number, score: number): void {
    const k = this.#rows.length;
    if (this.#length === k && score <= this.#scores[k - 1]!) return;
    let i = this.#length < k ? this.#length++ : k - 1;
    for (; i > 0 && this.#scores[i - 1]! < score; i--) {
      this.#scores[i] = this.#scores[i - 1]!;
      this.#rows[i] = this.#rows[i - 1]!;
    }
    this.#scores[i] = score;
    this.#rows[i] = row;
  }

  rows(): Uint32Array {
    return this.#rows.slice(0, this.#length);
  }
}
