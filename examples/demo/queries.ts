/**
 * The searches that run beside the writing: at a steady pace, on the writing thread. Right after a write they
 * ask for the word just acknowledged, which has to be found at once; otherwise for words never written.
 */

import { setTimeout as sleep } from 'node:timers/promises';
import type { Collection } from 'silt';
import { type Glove, vectorOf } from './glove-rows.js';
import { LatencyLog } from './stats.js';

export const K = 10;
export const EF = 64;
const QUERIES_PER_SECOND = 200;

export class PacedQueries {
  readonly latency: LatencyLog = new LatencyLog();
  freshAsked = 0;
  freshFound = 0;
  /** A row that was acknowledged and not asked for yet. */
  #fresh: number | undefined;
  readonly #words: Pick<Collection, 'search'>;
  readonly #glove: Glove;
  readonly #heldOut: Uint32Array;

  constructor(words: Pick<Collection, 'search'>, glove: Glove, heldOut: Uint32Array) {
    this.#words = words;
    this.#glove = glove;
    this.#heldOut = heldOut;
  }

  /** The next query asks for this row. */
  noteWritten(row: number): void {
    this.#fresh = row;
  }

  /** Asks until `signal` aborts; calls `onTurn` behind each query. Queries that were missed are not caught up with. */
  async run(signal: AbortSignal, onTurn: () => void): Promise<void> {
    while (!signal.aborted) {
      const started = performance.now();
      await this.#ask();
      onTurn();
      const left = 1000 / QUERIES_PER_SECOND - (performance.now() - started);
      await sleep(Math.max(1, left), undefined, { signal }).catch(() => {});
    }
  }

  async #ask(): Promise<void> {
    const fresh = this.#fresh;
    this.#fresh = undefined;
    const row = fresh ?? this.#heldOut[this.latency.count % this.#heldOut.length];
    if (row === undefined) return;
    const started = performance.now();
    const hits = await this.#words.search(vectorOf(this.#glove, row), { k: K, ef: EF });
    this.latency.add(performance.now() - started);
    if (fresh === undefined) return;
    this.freshAsked++;
    if (hits.some(({ id }) => id === this.#glove.words[row])) this.freshFound++;
  }
}
