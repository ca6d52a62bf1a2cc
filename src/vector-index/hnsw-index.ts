/* The index without a store: an engine, and ids of the caller's own. Everything here runs on the calling thread. */

import { OPTIONS } from '../api/options.js';
import type { VerifyOptions, VerifyReport } from '../api/upkeep.js';
import type {
  HnswIndexConstructor,
  HnswOptions,
  IndexOptions,
  IndexSearchOptions,
  LoadOptions,
  VectorIndex,
  VectorPair,
} from '../api/vector-index.js';
import { type Id, integerIn, normalId, show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { THREADS_MAX } from '../base/limits.js';
import { explainLostThis } from '../base/methods.js';
import { type Admitted, ALL } from '../hnsw/admitted.js';
import { Engine } from '../hnsw/engine.js';
import { EF_DEFAULT } from '../hnsw/plan.js';
import type { KernelBuild } from '../kernel/kernel.js';
import type { Metric, VectorLike } from '../kernel/metrics.js';
import type { Platform } from '../platform/platform.js';
import { IdMap } from './id-map.js';

/** For the builder, which is a second face of the same rows. */
export let rowsOf: (index: VectorIndex) => IdMap;

/** `HnswIndex` over an engine. What its calls promise stands at the interface. */
class LocalIndex implements VectorIndex {
  readonly #rows: IdMap;
  readonly #engine: Engine;

  static {
    rowsOf = (index) => {
      if (typeof index === 'object' && index !== null && #rows in index) return index.#rows;
      throw new ValidationError('INVALID_OPTION', `index must be an HnswIndex, got ${show(index)}`);
    };
    explainLostThis(LocalIndex, 'index');
  }

  constructor(platform: Platform, options: HnswOptions) {
    this.#engine = new Engine(platform, OPTIONS.index.read(options), { owner: this });
    this.#rows = new IdMap(this.#engine);
  }

  get options(): Readonly<IndexOptions> {
    return this.#engine.options;
  }

  get dimension(): number {
    return this.#engine.options.dimension;
  }

  get metric(): Metric {
    return this.#engine.options.metric;
  }

  get kernel(): KernelBuild {
    return this.#engine.code.build;
  }

  get size(): number {
    return this.#engine.live;
  }

  get memoryBytes(): number {
    return this.#engine.memoryBytes;
  }

  has(id: Id): boolean {
    return this.#slotOf(id) !== undefined;
  }

  #slotOf(id: Id): number | undefined {
    this.#engine.assertOpen();
    return this.#rows.slotOf(normalId(id));
  }

  insert(id: Id, vector: VectorLike): void {
    this.#rows.append([[id, vector]]);
    this.#engine.linkNow(this.#slotOf(id)!);
  }

  async insertBatchParallel(pairs: Iterable<VectorPair>): Promise<number> {
    const count = this.#rows.append(pairs);
    const { build, options } = this.#engine;
    await build.settled();
    await build.start(options.threads);
    return count;
  }

  search(query: VectorLike, k: number, o: IndexSearchOptions = {}): [Id, number][] {
    const { ef = EF_DEFAULT, filter } = OPTIONS.searchIndex.read(o);
    integerIn('k', k, 1, Number.MAX_SAFE_INTEGER);
    const engine = this.#engine;
    const admitted: Admitted = filter
      ? { kind: 'asked', ask: (slot) => filter(engine.keyAt(slot)) === true }
      : ALL;
    const found = engine.answerAtOnce({ vector: query, k, ef, admitted, exact: false, exactBelow: 0 });
    return this.#rows.scored(found);
  }

  remove(id: Id): boolean {
    this.#engine.idle();
    return this.#slotOf(id) !== undefined && this.#rows.remove(normalId(id));
  }

  async save(path: string): Promise<void> {
    await this.#engine.save(path);
  }

  verify(o: VerifyOptions = {}): VerifyReport {
    this.#engine.idle();
    const steps = this.#engine.verifying(OPTIONS.verifyIndex.read(o).repair);
    for (let step = steps.next(); ; step = steps.next()) if (step.done) return step.value;
  }

  async close(): Promise<void> {
    await this.#rows.close();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}

/** The class `HnswIndex` of a platform. */
export function indexOn(platform: Platform): HnswIndexConstructor {
  return class HnswIndex extends LocalIndex {
    constructor(options: HnswOptions) {
      super(platform, options);
    }

    static async load(path: string, o: LoadOptions = {}): Promise<LocalIndex> {
      const { threads = Math.min(platform.pool.parallelism, THREADS_MAX) } = OPTIONS.loadIndex.read(o);
      let index: LocalIndex | undefined;
      await Engine.load(platform, path, {
        threads,
        searchers: 0,
        make: ({ keepVectors: _, searchers: __, ...options }) => {
          index = new HnswIndex(options);
          return rowsOf(index).engine;
        },
      });
      rowsOf(index!).adopt();
      return index!;
    }
  };
}
