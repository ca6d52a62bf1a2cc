/* An index with its builder, and the Map it must agree with at every instant. */
import { expect } from 'vitest';
import { AsyncIndexBuilder, HnswIndex, type HnswOptions, type Id, type Metric } from '#silt/index.js';
import { expectExact, expectOwnRank, expectSound, numbered, type Rows, searchAlone } from './index.js';
import { vectorsFor } from './random.js';
import { controlOf } from './steps.js';

export class Stream {
  readonly index: HnswIndex;
  readonly builder: AsyncIndexBuilder;
  readonly rows: Rows = new Map();
  readonly metric: Metric;
  readonly dimension = 30; // float32 in the walk, so that the graph answers however few rows there are

  constructor(o: Partial<HnswOptions> & { metric?: Metric } = {}) {
    this.metric = o.metric ?? 'cosine';
    this.index = new HnswIndex({
      dimension: this.dimension,
      metric: this.metric,
      threads: 2,
      efConstruction: 60,
      ...o,
    });
    this.builder = new AsyncIndexBuilder(this.index);
  }

  get control(): Int32Array {
    return controlOf(this.index);
  }

  vectors(seed: number, count: number): Float32Array[] {
    return vectorsFor(this.metric, seed, count, this.dimension);
  }

  /** Enqueues rows with fresh vectors of this seed, under ids from `from` on. */
  enqueue(seed: number, count: number, from = 0): void {
    this.put(numbered(this.vectors(seed, count), from) as [Id, Float32Array][]);
  }

  put(pairs: [Id, Float32Array][]): void {
    this.builder.enqueue(pairs);
    for (const [id, vector] of pairs) this.rows.set(id, vector);
  }

  remove(id: Id): void {
    expect(this.index.remove(id)).toBe(this.rows.delete(id));
  }

  /** Whatever the builder is doing: every row at rank 1 by its own vector, exact counts, nothing twice. */
  expectWhole(index: HnswIndex = this.index): void {
    const { rows, metric } = this;
    expect(index.size).toBe(rows.size);
    expectOwnRank((query, k) => index.search(query, k), { rows, metric });
    expectOwnRank((query, k) => searchAlone(index, query, k), { rows, metric });
    for (const query of this.vectors(0xfeed, 3)) {
      expectExact(index.search(query, rows.size + 10), { rows, metric, query, k: rows.size + 10 });
      expectSound(index.search(query, 10, { ef: 40 }), { rows, metric, query, k: 10 });
    }
    for (const id of rows.keys()) if (!index.has(id)) expect.fail(`id ${id} is missing`);
  }

  /** The same when nothing waits and nothing runs any more. */
  expectSettled(): void {
    expect(this.builder.isBuilding).toBe(false);
    expect(this.builder.bufferLength).toBe(0);
    expect(this.index.verify()).toMatchObject({ ok: true });
    this.expectWhole();
  }
}
