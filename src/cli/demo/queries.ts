/**
 * The searches that run beside the writing: at a steady pace, on the writing thread. Right after a write
 * they ask for the row just written, which has to be found at once; otherwise for words never inserted.
 */

import type { Glove } from './glove-rows.js';
import { LatencyLog } from './stats.js';

export const K = 10;
export const EF = 64;
const QUERIES_PER_SECOND = 200;

export type Hits = readonly (readonly [number | bigint, number])[];
export type Search = (query: Float32Array, k: number, options: { ef: number }) => Hits;

export function vectorOf(
  { vectors, dimension }: Pick<Glove, 'vectors' | 'dimension'>,
  row: number,
): Float32Array {
  return vectors.subarray(row * dimension, (row + 1) * dimension);
}

export class PacedQueries {
  readonly latency: LatencyLog = new LatencyLog();
  freshAsked = 0;
  freshFound = 0;
  readonly #search: Search;
  readonly #glove: Pick<Glove, 'vectors' | 'dimension'>;
  readonly #heldOut: Uint32Array;
  #nextAt = 0;

  constructor(search: Search, glove: Pick<Glove, 'vectors' | 'dimension'>, heldOut: Uint32Array) {
    this.#search = search;
    this.#glove = glove;
    this.#heldOut = heldOut;
  }

  /**
   * Asks one query when it is time for one: for `freshRow` if this turn wrote one. Queries that were
   * missed are not caught up with.
   */
  runIfDue(freshRow: number | undefined): void {
    const started = performance.now();
    if (started < this.#nextAt) return;
    this.#nextAt = started + 1000 / QUERIES_PER_SECOND;
    const row = freshRow ?? this.#heldOut[this.latency.count % this.#heldOut.length];
    if (row === undefined) return;
    const hits = this.#search(vectorOf(this.#glove, row), K, { ef: EF });
    this.latency.add(performance.now() - started);
    if (freshRow === undefined) return;
    this.freshAsked++;
    if (hits.some(([id]) => Number(id) === row)) this.freshFound++;
  }
}
