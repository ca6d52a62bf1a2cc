/* How points are scored by how similar they are to several values: see memo.ts. */
import { countOnes } from '../../../base/ones.js';
import { type Aspects, NO_ASPECT } from '../../../filter/aspects.js';
import type { LiveField } from '../../live-field.js';
import type { LiveIndex } from '../../live-index.js';
import type { Reader } from '../reader.js';
import { similarityOf } from './examples.js';
import { Memo, Numbers } from './memo.js';

/** From how similar a point is to each of the values. */
export type ScoreOf = (similar: readonly number[]) => number;

export abstract class SimilarityMemo extends Memo {
  protected readonly aspects: Aspects = NO_ASPECT;
  protected override readonly ofField: number;
  /** By slot; NaN where a point has nothing in the field. */
  readonly scores: Numbers = new Numbers();

  constructor(live: LiveIndex, field: number) {
    super(live);
    this.ofField = field;
  }

  protected room(slots: number, anew: boolean): void {
    this.scores.room(slots, anew);
  }

  protected override forget(slot: number): void {
    this.scores.values[slot] = Number.NaN;
  }
}

/** Slots whose distances are found at a time. */
const SCANNED_SLOTS = 2_048;

/** By the vectors of a dense field, which are scanned. */
export class ScannedMemo extends SimilarityMemo {
  protected readonly step: number = SCANNED_SLOTS;
  readonly #reader: Reader;
  readonly #field: LiveField;
  readonly #vectors: readonly Float32Array[];
  readonly #scoreOf: ScoreOf;

  constructor(
    live: LiveIndex,
    reader: Reader,
    field: LiveField,
    vectors: readonly Float32Array[],
    scoreOf: ScoreOf,
  ) {
    super(live, field.spec.number);
    this.#reader = reader;
    this.#field = field;
    this.#vectors = vectors;
    this.#scoreOf = scoreOf;
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    const some = new Uint32Array(slots.length);
    some.set(slots.subarray(from / 32, to / 32), from / 32); // `from` and `to` are multiples of `step`, or the end
    const count = countOnes(some);
    const similarity = similarityOf(this.#field.spec.metric);
    const similar: (number[] | undefined)[] = [];
    for (const vector of this.#vectors)
      for (const { slot, distance } of this.#reader.among(this.#field, vector, some, count))
        (similar[slot - from] ??= []).push(similarity(distance));
    for (const [i, all] of similar.entries())
      if (all?.length === this.#vectors.length) this.scores.values[from + i] = this.#scoreOf(all); // else it is deleted, or has no vector
  }
}
