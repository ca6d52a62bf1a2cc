/*
 * How points are scored by what they have in a field without a graph, each read from the store: several vectors, by MaxSim, or a
 * sparse one. See memo.ts.
 */
import type { MultiSpec, SparseSpec } from '../../../fields/field.js';
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import { kernelCode } from '../../../kernel/builds.js';
import { Comparison, maxSim } from '../../../kernel/maxsim.js';
import { MaxSimQuery } from '../../../kernel/maxsim-query.js';
import type { LiveIndex } from '../../live-index.js';
import { sparseProduct } from './examples.js';
import { forEachOf } from './memo.js';
import { type ScoreOf, SimilarityMemo } from './similarity-memo.js';

/** Products of components that take some milliseconds. */
const FEW_PRODUCTS = 20_000_000;
const FEW_MOST = 1_024;

/** A point that is compared with each value. */
interface Work {
  /** Products that it takes. */
  readonly products: number;
  /** Goes on until `isOver`, which is asked now and then: undefined then. */
  goOn(isOver: () => boolean): readonly number[] | undefined;
}

const never = (): boolean => false;

abstract class StoredMemo extends SimilarityMemo {
  /** One may have thousands of vectors. */
  protected readonly step: number = 1;
  readonly #scoreOf: ScoreOf;
  /** That of a point that takes longer than a turn. */
  #underWay: { readonly slot: number; readonly work: Work } | undefined;

  constructor(live: LiveIndex, field: number, scoreOf: ScoreOf) {
    super(live, field);
    this.#scoreOf = scoreOf;
  }

  /** Undefined where the point of a row has nothing. What it reads of the store is there for a turn. */
  protected abstract workOf(row: number): Work | undefined;

  protected override room(slots: number, anew: boolean): void {
    super.room(slots, anew);
    if (anew) this.#underWay = undefined;
  }

  protected override forget(slot: number): void {
    super.forget(slot);
    if (this.#underWay?.slot === slot) this.#underWay = undefined;
  }

  #workAt(slot: number): Work | undefined {
    return this.live.slots.isLiveAt(slot) ? this.workOf(this.live.rows.rowAt(slot)) : undefined;
  }

  /** Those that are compared before it is clear that they are too many stay so. */
  override learnFew(slots: Uint32Array, count: number): boolean {
    if (count > FEW_MOST) return false;
    let left = FEW_PRODUCTS;
    forEachOf(slots, 0, 32 * slots.length, (slot) => {
      const work = left < 0 ? undefined : this.#workAt(slot);
      if (work) left -= work.products;
      if (work && left >= 0) this.scores.values[slot] = this.#scoreOf(work.goOn(never)!);
    });
    return left >= 0 && super.learnFew(slots, count);
  }

  protected override prepare(slots: Uint32Array, from: number, to: number, isOver: () => boolean): boolean {
    let isDone = true;
    forEachOf(slots, from, to, (slot) => {
      isDone &&= this.#compare(slot, isOver);
    });
    return isDone;
  }

  #compare(slot: number, isOver: () => boolean): boolean {
    if (!Number.isNaN(this.scores.values[slot])) return true;
    if (this.#underWay?.slot !== slot) {
      const work = this.#workAt(slot);
      if (!work) return true;
      this.#underWay = { slot, work };
    }
    const found = this.#underWay.work.goOn(isOver);
    if (!found) return false;
    this.#underWay = undefined;
    this.scores.values[slot] = this.#scoreOf(found);
    return true;
  }

  protected learn(slots: Uint32Array, from: number, to: number): void {
    this.prepare(slots, from, to, never);
  }
}

export class MultiMemo extends StoredMemo {
  readonly #spec: MultiSpec;
  readonly #queries: readonly MaxSimQuery[];
  /** Vectors of all of them. */
  readonly #vectors: number;

  constructor(
    live: LiveIndex,
    spec: MultiSpec,
    values: readonly (readonly Float32Array[])[],
    scoreOf: ScoreOf,
  ) {
    super(live, spec.number, scoreOf);
    this.#spec = spec;
    this.#queries = values.map((vectors) => new MaxSimQuery(spec.metric, spec.dimension, vectors));
    this.#vectors = values.reduce((sum, { length }) => sum + length, 0);
  }

  protected workOf(row: number): Work | undefined {
    let point = this.live.stored.bytesOf(row, this.#spec);
    if (!point) return undefined;
    const kernel = maxSim(kernelCode(this.live.platform.kernel));
    const similar: number[] = [];
    let comparison: Comparison | undefined;
    const goOn = (isOver: () => boolean): number[] | undefined => {
      while (similar.length < this.#queries.length) {
        comparison ??= new Comparison(this.#queries[similar.length]!, point!);
        const found = kernel.goOn(comparison, isOver);
        ({ point } = comparison); // a copy, from the first pause on
        if (found === undefined) return undefined;
        similar.push(-found);
        comparison = undefined;
      }
      return similar;
    };
    return { products: this.#vectors * (point.length / 4), goOn };
  }
}

export class SparseMemo extends StoredMemo {
  readonly #spec: SparseSpec;
  readonly #values: readonly SparseValue[];

  constructor(live: LiveIndex, spec: SparseSpec, values: readonly SparseValue[], scoreOf: ScoreOf) {
    super(live, spec.number, scoreOf);
    this.#spec = spec;
    this.#values = values;
  }

  protected workOf(row: number): Work | undefined {
    const stored = this.live.stored.value(row, this.#spec) as SparseValue | undefined;
    if (!stored) return undefined;
    // Going through indices takes longer than products do.
    const steps = this.#values.reduce((sum, { indices }) => sum + indices.length + stored.indices.length, 0);
    return { products: 8 * steps, goOn: () => this.#values.map((value) => sparseProduct(value, stored)) };
  }
}
