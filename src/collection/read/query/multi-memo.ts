/* How far points are from several vectors, by those that each has (MaxSim): see memo.ts. */
import type { MultiSpec } from '../../../fields/field.js';
import { kernelCode } from '../../../kernel/builds.js';
import { type MaxSim, maxSim } from '../../../kernel/maxsim.js';
import { MaxSimQuery } from '../../../kernel/maxsim-query.js';
import type { LiveIndex } from '../../live-index.js';
import { forEachOf, Memo, Numbers } from './memo.js';

/** Points that are compared before time is looked at: one may have thousands of vectors. */
const COMPARED_SLOTS = 4;
/** Products of components that take some milliseconds. */
const FEW_PRODUCTS = 20_000_000;
const FEW_MOST = 1_024;
/** Before it is known how large points are. */
const FEW_UNKNOWN = 16;

export class MultiMemo extends Memo {
  protected readonly step: number = COMPARED_SLOTS;
  protected readonly ofPayloads = false;
  protected override readonly ofField: number;
  readonly distances: Numbers = new Numbers();
  readonly #spec: MultiSpec;
  readonly #query: MaxSimQuery;
  readonly #kernel: MaxSim;
  /** Bytes of the largest point so far. */
  #largest = 0;

  constructor(live: LiveIndex, spec: MultiSpec, query: readonly Float32Array[]) {
    super(live);
    this.#spec = spec;
    this.ofField = spec.number;
    this.#query = new MaxSimQuery(spec.metric, spec.dimension, query);
    this.#kernel = maxSim(kernelCode(live.platform.kernel));
  }

  override get few(): number {
    if (this.#largest === 0) return FEW_UNKNOWN;
    const products = this.#query.vectors.length * (this.#largest / 4);
    return Math.min(FEW_MOST, Math.ceil(FEW_PRODUCTS / products));
  }

  protected room(slots: number, anew: boolean): void {
    this.distances.room(slots, anew);
  }

  protected override forget(slot: number): void {
    this.distances.values[slot] = Number.NaN;
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      if (!this.live.slots.isLiveAt(slot)) return;
      const bytes = this.live.stored.bytesOf(this.live.rows.rowAt(slot), this.#spec);
      if (!bytes) return;
      this.#largest = Math.max(this.#largest, bytes.length);
      this.distances.values[slot] = this.#kernel.distance(this.#query, bytes);
    });
  }
}
