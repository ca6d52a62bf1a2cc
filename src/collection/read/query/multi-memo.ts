/* How far points are from several vectors, by those that each has (MaxSim): see memo.ts. */
import type { MultiSpec } from '../../../fields/field.js';
import type { LiveIndex } from '../../live-index.js';
import { multiDistance } from '../multi.js';
import { forEachOf, Memo, Numbers } from './memo.js';

/** Words of slots whose vectors are read at a time. */
const READ_WORDS = 2;

export class MultiMemo extends Memo {
  protected readonly step: number = READ_WORDS;
  protected readonly ofPayloads = false;
  readonly distances: Numbers = new Numbers();
  readonly #spec: MultiSpec;
  readonly #query: readonly Float32Array[];

  constructor(live: LiveIndex, spec: MultiSpec, query: readonly Float32Array[]) {
    super(live);
    this.#spec = spec;
    this.#query = query;
  }

  protected room(slots: number, anew: boolean): void {
    this.distances.room(slots, anew);
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      const vectors = this.live.stored.value(this.live.rows.rowAt(slot), this.#spec);
      if (!vectors) return;
      const many = vectors as readonly Float32Array[];
      this.distances.values[slot] = multiDistance(this.#spec, this.#query, many);
    });
  }
}
