/*
 * How points are scored by what they have in a field without a graph, each read from the store: several vectors, by MaxSim, or a
 * sparse one. See memo.ts.
 */
import type { MultiSpec, SparseSpec } from '../../../fields/field.js';
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import { kernelCode } from '../../../kernel/builds.js';
import { maxSim } from '../../../kernel/maxsim.js';
import { MaxSimQuery } from '../../../kernel/maxsim-query.js';
import type { LiveIndex } from '../../live-index.js';
import { sparseProduct } from './examples.js';
import { forEachOf } from './memo.js';
import { type ScoreOf, SimilarityMemo } from './similarity-memo.js';

/** Points that are compared before time is looked at: one may have thousands of vectors. */
const COMPARED_SLOTS = 4;
/** Products of components that take some milliseconds. */
const FEW_PRODUCTS = 20_000_000;
const FEW_MOST = 1_024;
/** Before it is known how large points are. */
const FEW_UNKNOWN = 16;

abstract class StoredMemo extends SimilarityMemo {
  protected readonly step: number = COMPARED_SLOTS;
  readonly #scoreOf: ScoreOf;
  /** Products that the largest point so far took. */
  #most = 0;

  constructor(live: LiveIndex, field: number, scoreOf: ScoreOf) {
    super(live, field);
    this.#scoreOf = scoreOf;
  }

  override get few(): number {
    if (this.#most === 0) return FEW_UNKNOWN;
    return Math.min(FEW_MOST, Math.ceil(FEW_PRODUCTS / this.#most));
  }

  /** How similar the point of a row is to each value, and how many products that took. Undefined where it has nothing. */
  protected abstract similar(row: number): { similar: readonly number[]; products: number } | undefined;

  protected learn(slots: Uint32Array, from: number, to: number): void {
    forEachOf(slots, from, to, (slot) => {
      if (!this.live.slots.isLiveAt(slot)) return;
      const found = this.similar(this.live.rows.rowAt(slot));
      if (!found) return;
      this.#most = Math.max(this.#most, found.products);
      this.scores.values[slot] = this.#scoreOf(found.similar);
    });
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

  protected similar(row: number): { similar: number[]; products: number } | undefined {
    const bytes = this.live.stored.bytesOf(row, this.#spec);
    if (!bytes) return undefined;
    const kernel = maxSim(kernelCode(this.live.platform.kernel));
    const similar = this.#queries.map((query) => -kernel.distance(query, bytes));
    return { similar, products: this.#vectors * (bytes.length / 4) };
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

  protected similar(row: number): { similar: number[]; products: number } | undefined {
    const stored = this.live.stored.value(row, this.#spec) as SparseValue | undefined;
    if (!stored) return undefined;
    const similar = this.#values.map((value) => sparseProduct(value, stored));
    // Going through indices takes longer than products do.
    const steps = this.#values.reduce((sum, { indices }) => sum + indices.length + stored.indices.length, 0);
    return { similar, products: 8 * steps };
  }
}
