/*
 * The streaming builder: rows come in at once, the graph follows behind.
 *
 * There is no buffer to hand over. A row is written to the index's arena when it is enqueued, and "buffered"
 * means that it is not linked yet: `bufferLength`, `searchBuffer` and the build all look at the same row states.
 * So a row is findable at every instant, and a build that fails has lost nothing.
 */

import { OPTIONS } from '../api/options.js';
import type { BuildOptions, BuildProgress, BuildReport } from '../api/upkeep.js';
import type {
  AsyncIndexBuilderConfig,
  AsyncIndexBuilderOptions,
  IndexBuilder,
  IndexSearchOptions,
  VectorIndex,
  VectorPair,
} from '../api/vector-index.js';
import { type Id, integerIn } from '../base/checks.js';
import { ALL } from '../hnsw/admitted.js';
import type { Engine } from '../hnsw/engine.js';
import type { VectorLike } from '../kernel/metrics.js';
import { rowsOf } from './hnsw-index.js';
import type { IdMap } from './id-map.js';

/** Unknown fields are dropped: older configurations carry `sync_mode`. */
function parseConfig(json: unknown): AsyncIndexBuilderConfig {
  return OPTIONS.builder.read(OPTIONS.builder.known(json));
}

/** `AsyncIndexBuilder` over an index of this process. What its calls promise stands at the interface. */
export class LocalBuilder implements IndexBuilder {
  readonly #index: VectorIndex;
  readonly #rows: IdMap;
  readonly #engine: Engine;
  readonly #config: AsyncIndexBuilderConfig;

  constructor(index: VectorIndex, config: AsyncIndexBuilderOptions = {}) {
    this.#config = parseConfig(config);
    this.#index = index;
    this.#rows = rowsOf(index);
    this.#engine = this.#rows.engine;
  }

  get #threads(): number {
    const { threads } = this.#engine.options;
    return Math.min(this.#config.segment_count ?? threads, threads);
  }

  enqueue(vectors: readonly VectorPair[]): boolean {
    this.#rows.append(vectors);
    return this.bufferLength >= this.mergeThreshold;
  }

  get bufferLength(): number {
    return this.#engine.build.pending;
  }

  get mergeThreshold(): number {
    return this.#config.merge_threshold;
  }

  get isBuilding(): boolean {
    return this.#engine.build.running;
  }

  get progress(): BuildProgress {
    return this.#engine.build.progress;
  }

  searchBuffer(query: VectorLike, k: number): [Id, number][] {
    integerIn('k', k, 1, Number.MAX_SAFE_INTEGER);
    const o = { vector: query, k, ef: 1, admitted: ALL, exact: true, exactBelow: 0 };
    return this.#rows.scored(this.#engine.answerFromWindow(o));
  }

  search(query: VectorLike, k: number, o: IndexSearchOptions = {}): [Id, number][] {
    return this.#index.search(query, k, o);
  }

  drainBuffer(): [Id, Float32Array][] {
    return this.#rows.drain();
  }

  flushSync(): number {
    this.#engine.idle();
    return this.#engine.build.runSync(this.#threads);
  }

  triggerBuildAsync(o: BuildOptions = {}): Promise<BuildReport> {
    const own = OPTIONS.triggerBuildAsync.read(o);
    this.#engine.idle();
    return this.#engine.build.start(this.#threads, own);
  }

  toJSON(): AsyncIndexBuilderConfig {
    return { ...this.#config };
  }

  static parseConfig(json: unknown): AsyncIndexBuilderConfig {
    return parseConfig(json);
  }
}
