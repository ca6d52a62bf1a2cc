/* How points are scored by several vectors: see memo.ts. */
import { countOnes } from '../../../base/ones.js';
import type { LiveIndex } from '../../live-index.js';
import type { Reader } from '../reader.js';
import { similarityOf } from './examples.js';
import { Memo, Numbers } from './memo.js';

/** Slots whose distances are found at a time: 32 times as many as these words. */
const SCANNED_WORDS = 64;

/** Scores of points by how similar they are to several vectors. */
export class SimilarityMemo extends Memo {
  protected readonly step: number = SCANNED_WORDS;
  protected readonly ofPayloads = false;
  readonly scores: Numbers = new Numbers();
  readonly #reader: Reader;
  readonly #vectors: readonly Float32Array[];
  readonly #scoreOf: (similar: readonly number[]) => number;

  constructor(
    live: LiveIndex,
    reader: Reader,
    vectors: readonly Float32Array[],
    scoreOf: (similar: readonly number[]) => number,
  ) {
    super(live);
    this.#reader = reader;
    this.#vectors = vectors;
    this.#scoreOf = scoreOf;
  }

  protected room(slots: number, anew: boolean): void {
    this.scores.room(slots, anew);
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    const some = new Uint32Array(slots.length);
    some.set(slots.subarray(from, to), from);
    const count = countOnes(some);
    const first = 32 * from;
    const similarity = similarityOf(this.live.metric);
    const similar: (number[] | undefined)[] = [];
    for (const vector of this.#vectors)
      for (const { slot, distance } of this.#reader.among(vector, some, count))
        (similar[slot - first] ??= []).push(similarity(distance));
    for (const [i, all] of similar.entries())
      if (all?.length === this.#vectors.length) this.scores.values[first + i] = this.#scoreOf(all); // else it is deleted
  }
}
