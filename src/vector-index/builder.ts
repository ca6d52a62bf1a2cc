/*
 * The streaming builder: rows come in at once, the graph follows behind.
 *
 * There is no buffer to hand over. A row is written to the index's arena when it is enqueued, and "buffered"
 * means that it is not linked yet: `bufferLength`, `searchBuffer` and the build all look at the same row states.
 * So a row is findable at every instant, and a build that fails has lost nothing.
 */

import { functionOf, type Id, integerIn, optionsOf, show, signalOf } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { ALL } from '../hnsw/admitted.js';
import type { BuildOptions, BuildProgress, BuildReport } from '../hnsw/build/index-build.js';
import type { Engine } from '../hnsw/engine.js';
import type { VectorLike } from '../kernel/metrics.js';
import { rowsOf, type SearchOptions, type VectorIndex } from './hnsw-index.js';
import type { IdMap, VectorPair } from './id-map.js';

const DAY_MS = 86_400_000;

/** Plain data: what `toJSON` gives, `parseConfig` takes. */
export interface AsyncIndexBuilderConfig {
  /** Buffered rows at which `enqueue` returns true, 1 or more. Default 10,000. */
  merge_threshold: number;
  /** Threads that link, 1 to 64; null: as many as the index has. Default null. */
  segment_count: number | null;
}

const DEFAULTS: Readonly<AsyncIndexBuilderConfig> = { merge_threshold: 10_000, segment_count: null };

function positive(name: string, value: unknown): number {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return value;
  throw new ValidationError('INVALID_OPTION', `${name} must be a positive integer, got ${show(value)}`);
}

/** Fills in defaults; unknown fields are dropped (older configurations carry `sync_mode`). */
function parseConfig(json: unknown): AsyncIndexBuilderConfig {
  if (typeof json !== 'object' || json === null || Array.isArray(json)) {
    throw new ValidationError(
      'INVALID_OPTION',
      `a builder configuration must be an object, got ${show(json)}`,
    );
  }
  const { merge_threshold = DEFAULTS.merge_threshold, segment_count = DEFAULTS.segment_count } =
    json as Partial<Record<keyof AsyncIndexBuilderConfig, unknown>>;
  return {
    merge_threshold: positive('merge_threshold', merge_threshold),
    segment_count: segment_count === null ? null : positive('segment_count', segment_count),
  };
}

/**
 * Feeds an index: `enqueue` accepts rows and makes them searchable, `triggerBuildAsync` (or `flushSync`) links
 * what has gathered.
 *
 * @example
 * const builder = new AsyncIndexBuilder(index, { merge_threshold: 1_000 });
 * if (builder.enqueue([[1, vector]])) builder.triggerBuildAsync().catch(console.error);
 * builder.search(query, 10); // sees every row, linked or not
 */
export class AsyncIndexBuilder {
  readonly #index: VectorIndex;
  readonly #rows: IdMap;
  readonly #engine: Engine;
  readonly #config: AsyncIndexBuilderConfig;

  /** @throws ValidationError for a configuration that `parseConfig` rejects */
  constructor(index: VectorIndex, config: Partial<AsyncIndexBuilderConfig> = {}) {
    this.#config = parseConfig(config);
    this.#index = index;
    this.#rows = rowsOf(index);
    this.#engine = this.#rows.engine;
  }

  get #threads(): number {
    const { threads } = this.#engine.options;
    return Math.min(this.#config.segment_count ?? threads, threads);
  }

  /**
   * Copies rows into the index; they are searchable when this returns. All or none: a bad row rejects the batch.
   * An id that lives already is replaced at once; of an id given twice, the last wins.
   *
   * @returns true when the buffer has reached `mergeThreshold`: time to build
   * @throws ValidationError naming the position of the bad row and the reason
   */
  enqueue(vectors: readonly VectorPair[]): boolean {
    this.#rows.append(vectors);
    return this.bufferLength >= this.mergeThreshold;
  }

  /** Live rows that are not linked yet. */
  get bufferLength(): number {
    return this.#engine.build.pending;
  }

  get mergeThreshold(): number {
    return this.#config.merge_threshold;
  }

  get isBuilding(): boolean {
    return this.#engine.build.running;
  }

  /** Progress of the running build, or of the last one. */
  get progress(): BuildProgress {
    return this.#engine.build.progress;
  }

  /** The k nearest buffered rows, exactly, best first. Rows that cannot be linked count as buffered here. */
  searchBuffer(query: VectorLike, k: number): [Id, number][] {
    integerIn('k', k, 1, Number.MAX_SAFE_INTEGER);
    const o = { vector: query, k, ef: 1, admitted: ALL, exact: true, exactBelow: 0 };
    return this.#rows.scored(this.#engine.answerFromWindow(o));
  }

  /** The k nearest of all rows, buffer and graph together: the same as `search` of the index. */
  search(query: VectorLike, k: number, o: SearchOptions = {}): [Id, number][] {
    return this.#index.search(query, k, o);
  }

  /**
   * Takes the buffered rows out of the index, unindexed, in the order they came. A row that was to replace a
   * linked one is taken out all the same, and its id is gone. A row that a running build links just now stays.
   */
  drainBuffer(): [Id, Float32Array][] {
    return this.#rows.drain();
  }

  /**
   * Links all buffered rows, on all threads, and blocks until that is done.
   *
   * @returns the number of rows linked; 0 if the buffer is empty or a build is already running
   * @throws BuildError if the build fails; what was not linked is still buffered
   */
  flushSync(): number {
    this.#engine.idle();
    return this.#engine.build.runSync(this.#threads);
  }

  /**
   * Starts linking the rows buffered now and returns at once. Joins the running build if there is one; does
   * nothing on an empty buffer. Rejects with BuildError if the build fails (or the reason of `signal`): the rows
   * are still buffered and searchable then.
   */
  triggerBuildAsync(o: BuildOptions = {}): Promise<BuildReport> {
    const own = optionsOf('triggerBuildAsync', o, ['signal', 'onProgress', 'intervalMs']);
    signalOf(own.signal);
    functionOf('onProgress', own.onProgress);
    if (own.intervalMs !== undefined) integerIn('intervalMs', own.intervalMs, 0, DAY_MS);
    this.#engine.idle();
    return this.#engine.build.start(this.#threads, own);
  }

  toJSON(): AsyncIndexBuilderConfig {
    return { ...this.#config };
  }

  /**
   * Completes and checks a configuration read from JSON.
   *
   * @throws ValidationError for what is no object, or a field that is no positive integer
   */
  static parseConfig(json: unknown): AsyncIndexBuilderConfig {
    return parseConfig(json);
  }
}
