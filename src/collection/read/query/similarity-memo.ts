/* How points are scored by several vectors: see memo.ts. */
import { countOnes } from '../../../base/ones.js';
import type { LiveField } from '../../live-field.js';
import type { LiveIndex } from '../../live-index.js';
import type { Reader } from '../reader.js';
import { similarityOf } from './examples.js';
import { Memo, Numbers } from './memo.js';

/** Slots whose distances are found at a time. */
const SCANNED_SLOTS = 2_048;

/** Scores of points by how similar they are to several vectors. */
export class SimilarityMemo extends Memo {
  protected readonly step: number = SCANNED_SLOTS;
  protected readonly ofPayloads = false;
  protected override readonly ofField: number;
  readonly scores: Numbers = new Numbers();
  readonly #reader: Reader;
  readonly #field: LiveField;
  readonly #vectors: readonly Float32Array[];
  readonly #scoreOf: (similar: readonly number[]) => number;

  constructor(
    live: LiveIndex,
    reader: Reader,
    field: LiveField,
    vectors: readonly Float32Array[],
    scoreOf: (similar: readonly number[]) => number,
  ) {
    super(live);
    this.#reader = reader;
    this.#field = field;
    this.ofField = field.spec.number;
    this.#vectors = vectors;
    this.#scoreOf = scoreOf;
  }

  protected room(slots: number, anew: boolean): void {
    this.scores.room(slots, anew);
  }

  protected override forget(slot: number): void {
    this.scores.values[slot] = Number.NaN;
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
