/*
 * A collection: points by id, findable from the moment a write resolves, with a graph that follows behind.
 *
 * The write path is write/writer.ts, then write/queue.ts; the read path read/reader.ts; what happens by itself (linking,
 * snapshots, compaction, measuring recall) is set off in upkeep/maintenance.ts.
 */
import {
  atMost,
  flagOf,
  functionOf,
  integerIn,
  oneOf,
  optionsOf,
  shareOf,
  show,
  signalOf,
  valueOr,
} from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import type { PointId } from '../base/ids.js';
import { EF_MAX, HITS_MAX, IDS_MAX, QUERIES_MAX } from '../base/limits.js';
import type { Filter } from '../filter/grammar.js';
import type { IndexKind } from '../filter/indexes/value-index.js';
import type { BuildReport } from '../hnsw/build/index-build.js';
import type { VectorLike } from '../kernel/metrics.js';
import type { Time } from '../platform/time.js';
import { type Kind, LOOKUP } from '../platform/turns.js';
import type { ResolvedConfig } from './config.js';
import type { CollectionCore } from './core.js';
import type { LiveIndex } from './live-index.js';
import type { CollectionInfo, Stage, UpsertOptions } from './options.js';
import { countPoints } from './read/count.js';
import type { SearchReport } from './read/explain.js';
import { type Hit, readPoint, readPoints, type StoredPoint } from './read/hydrate.js';
import type { Reader } from './read/reader.js';
import { checkSearch, copyOf, type SearchOptions } from './read/request.js';
import { checkScroll, type ScrollOptions, scrollPoints } from './read/scroll.js';
import { type CollectionStatus, statusEvery, statusOf } from './status.js';
import type { CompactReport } from './upkeep/compaction.js';
import type { Maintenance } from './upkeep/maintenance.js';
import { definePayloadIndex, dropPayloadIndex } from './upkeep/payload-indexing.js';
import type { RecallOptions, RecallReport } from './upkeep/recall.js';
import { type CollectionVerifyReport, verifyCollection } from './upkeep/verify.js';
import { Ingest, type IngestOptions, type IngestSummary } from './write/ingest.js';
import type { Point } from './write/points.js';
import type { WriteQueue } from './write/queue.js';
import type { WriteReceipt } from './write/receipt.js';
import type { PointSource } from './write/source.js';
import type { Waiters } from './write/waiting.js';
import type { Writer } from './write/writer.js';

/** For the database that made it. */
export let coreOf: (collection: Collection) => CollectionCore;

export class Collection {
  readonly name: string;
  readonly config: ResolvedConfig;
  readonly #core: CollectionCore;
  readonly #live: LiveIndex;
  readonly #time: Time;
  readonly #queue: WriteQueue;
  readonly #maintenance: Maintenance;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #waiters: Waiters;
  readonly #ending: AbortSignal;

  static {
    coreOf = (collection) => collection.#core;
  }

  /** @internal Made by a database. */
  constructor(core: CollectionCore) {
    this.#core = core;
    this.name = core.name;
    this.config = core.live.config;
    this.#live = core.live;
    this.#time = core.live.platform.time;
    this.#queue = core.queue;
    this.#maintenance = core.maintenance;
    this.#reader = core.reader;
    this.#writer = core.writer;
    this.#waiters = core.waiters;
    this.#ending = core.ending;
  }

  #open(): void {
    this.#core.assertOpen();
  }

  /** What a read waits for: that what another process has committed is taken up, and its turn. Undefined for nothing. */
  #current(kind?: Kind): Promise<void> | undefined {
    const behind = this.#core.catchUp?.();
    return behind ? behind.then(() => this.#time.takeTurn(kind)) : this.#time.takeTurn(kind);
  }

  /** For calls that answer without waiting for anything: others have their turn. */
  async #turn(): Promise<void> {
    this.#open();
    const turn = this.#current();
    if (turn) await turn;
    this.#open();
  }

  /**
   * Writes points; one whose id is there already replaces it. When the promise resolves, they are on the disk and
   * every search finds them. All or none, but for what `onInvalid: 'skip'` leaves out.
   *
   * @throws ValidationError naming the point that is bad, and why; nothing was written
   * @throws StoreError when the disk refuses (STORE_FAILED, DISK_FULL); nothing was written
   * @throws BackpressureError with `backpressure: 'error'`, when the write would have to wait
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  async upsert(points: Point | readonly Point[], o: UpsertOptions = {}): Promise<WriteReceipt> {
    this.#core.assertWritable();
    return this.#writer.upsert(points, o);
  }

  /**
   * Takes points out, by id, or all that match a filter. Ids that are not there are passed over; `deleted` counts those
   * that were. A point that is written again while its match is being deleted stays.
   *
   * @throws ValidationError for what is no id, or a filter that is not right; nothing was deleted
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  async delete(which: PointId | readonly PointId[] | { readonly filter: Filter }): Promise<WriteReceipt> {
    this.#core.assertWritable();
    return this.#writer.delete(which);
  }

  /**
   * Writes points from anywhere, in batches, with bounded memory. Resolves with a summary, also when `signal` ends
   * it early.
   *
   * @throws IngestError when the source fails or gives a bad point; its `summary` says what was written
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  async ingest(points: PointSource, o: IngestOptions = {}): Promise<IngestSummary> {
    this.#core.assertWritable();
    return new Ingest(this.#core.sink(), points, o).run();
  }

  /** The point with this id, with its vector exactly as it was written. */
  async get(id: PointId): Promise<StoredPoint | undefined> {
    const turn = this.#current(LOOKUP);
    if (turn) await turn;
    this.#open();
    return readPoint(this.#live, id);
  }

  /** Points by id, in the order of `ids`; undefined where there is none. Many are read over several turns. */
  async getMany(ids: readonly PointId[]): Promise<(StoredPoint | undefined)[]> {
    this.#open();
    if (!Array.isArray(ids))
      throw new ValidationError('INVALID_OPTION', `ids must be an array of ids, got ${show(ids)}`);
    atMost('ids of getMany', ids.length, IDS_MAX, 'Ask for them in several calls');
    return readPoints(this.#live, [...ids], () => this.#turn());
  }

  /**
   * All points, or those that match a filter, in the order of their ids: integers first, then strings by their bytes.
   *
   * @throws ValidationError for an option or a filter that is not right
   */
  scroll(o: ScrollOptions = {}): AsyncIterable<StoredPoint> {
    this.#open();
    return scrollPoints(this.#live, this.#reader, checkScroll(o), this.#ending, this.#core.catchUp);
  }

  /**
   * How many points there are, or match a filter; exactly.
   *
   * @throws ValidationError for a filter that is not right
   */
  async count(o: { readonly filter?: Filter } = {}): Promise<number> {
    const turn = this.#current(); // one that need not wait counts what is there at the call
    if (turn) await turn;
    this.#open();
    return countPoints(this.#live, this.#reader, o);
  }

  /**
   * The k nearest points, best first; fewer only if there are fewer. Every point whose write has resolved is
   * considered, linked or not.
   *
   * @throws ValidationError for a query or option that is out of range
   */
  async search(query: VectorLike, o: SearchOptions = {}): Promise<Hit[]> {
    this.#open();
    const { params, minSeq, signal } = checkSearch(o, this.#reader.aims);
    const reached = this.#reached(minSeq, signal);
    // A typed array that is read in this turn cannot change, nor run code of the caller's.
    if (!reached && ArrayBuffer.isView(query) && !(query.buffer instanceof SharedArrayBuffer))
      return this.#reader.search(query, params, signal, false);
    const own = copyOf(query);
    if (reached) await (minSeq > this.#live.seq ? reached : this.#reader.waiting(reached));
    return this.#reader.search(own, params, signal, true);
  }

  /** What a search has to wait for: what it is to find, and its turn. Undefined where that is nothing. */
  #reached(minSeq: number, signal: AbortSignal | undefined): Promise<void> | undefined {
    const turn =
      minSeq > this.#live.seq
        ? this.waitFor(minSeq, 'searchable', { signal }).then(() => this.#time.takeTurn())
        : this.#current();
    return turn?.then(() => {
      signal?.throwIfAborted();
      this.#ending.throwIfAborted();
    });
  }

  /** Many searches; other events are handled in between. */
  async searchBatch(queries: readonly VectorLike[], o: SearchOptions = {}): Promise<Hit[][]> {
    this.#open();
    if (!Array.isArray(queries))
      throw new ValidationError('INVALID_OPTION', `queries must be an array, got ${show(queries)}`);
    const { params, minSeq, signal } = checkSearch(o, this.#reader.aims);
    const instead = 'Search in several batches';
    atMost('queries of a batch', queries.length, QUERIES_MAX, instead);
    atMost('queries times k of a batch', queries.length * params.k, HITS_MAX, instead);
    const own = queries.map(copyOf);
    await this.#reached(minSeq, signal);
    return this.#reader.searchBatch(own, params, signal);
  }

  /** Answers a search, and says how: plan, counts of what was looked at, and the time of each step. */
  async explain(query: VectorLike, o: SearchOptions = {}): Promise<SearchReport> {
    this.#open();
    const { params, minSeq, signal } = checkSearch(o, this.#reader.aims);
    const own = copyOf(query);
    await this.#reached(minSeq, signal);
    return this.#reader.explain(own, params, signal);
  }

  /**
   * Resolves when the write with sequence number `seq` (and all before it) has come to `stage`.
   *
   * In a database that was opened with `readOnly`, `'durable'` resolves when `'searchable'` does: this process sees what
   * the other has committed, and is not told when that is flushed. Who must know waits for it where it was written.
   *
   * @throws the reason of `signal`; ClosedError when the collection is closed meanwhile
   */
  async waitFor(
    seq: number,
    stage: Stage,
    o: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<void> {
    this.#open();
    const signal = signalOf(optionsOf('waitFor', o, ['signal']).signal);
    integerIn('seq', seq, 0, Number.MAX_SAFE_INTEGER);
    oneOf('stage', stage, ['durable', 'searchable', 'indexed']);
    await this.#waiters.until(seq, stage === 'indexed' ? 'indexed' : 'searchable', signal);
    if (stage === 'durable') await this.#queue.flush();
  }

  /**
   * Links what waits now, paused or not. Joins a build that is running.
   *
   * @throws BuildError if linking fails, the reason of `signal` if that aborts; the rest still waits and is findable
   */
  async buildNow(
    o: {
      readonly signal?: AbortSignal | undefined;
      readonly onProgress?: ((status: CollectionStatus) => void) | undefined;
    } = {},
  ): Promise<BuildReport> {
    this.#open();
    const { signal, onProgress } = optionsOf('buildNow', o, ['signal', 'onProgress']);
    signalOf(signal);
    functionOf('onProgress', onProgress);
    return this.#maintenance.buildNow(signal, onProgress && (() => onProgress(this.#status())));
  }

  /** No linking by itself until `resumeIndexing`. Rows are found all the same. */
  pauseIndexing(): void {
    this.#open();
    this.#maintenance.indexer.pause();
  }

  resumeIndexing(): void {
    this.#open();
    this.#maintenance.indexer.resume();
  }

  /** What the collection is doing. Computed at the call, from counters; never blocks. */
  status(): CollectionStatus {
    this.#open();
    return this.#status();
  }

  #status(): CollectionStatus {
    const { indexer, recall, failures } = this.#maintenance;
    return statusOf(this.#live, indexer, recall, failures);
  }

  /** The status at once, and then every `intervalMs` (default 1,000), until `signal` aborts or the collection closes. */
  watch(
    o: { readonly intervalMs?: number | undefined; readonly signal?: AbortSignal | undefined } = {},
  ): AsyncIterable<CollectionStatus> {
    this.#open();
    const { intervalMs, signal } = optionsOf('watch', o, ['intervalMs', 'signal']);
    signalOf(signal);
    const ms = integerIn('intervalMs', valueOr(intervalMs, 1_000), 1, 86_400_000);
    return statusEvery(this.#time, () => this.#status(), ms, [signal, this.#ending]);
  }

  /** Compares the graph's answers with exact ones, for stored rows and for queries that were asked lately. */
  async measureRecall(o: RecallOptions = {}): Promise<RecallReport> {
    this.#open();
    const { sample, k, recall, ef } = optionsOf('measureRecall', o, ['sample', 'k', 'recall', 'ef']);
    return this.#maintenance.measureRecall({
      sample: integerIn('sample', valueOr(sample, 100), 1, 100_000),
      k: integerIn('k', valueOr(k, 10), 1, EF_MAX),
      ...(recall !== undefined && { recall: shareOf('recall', recall) }),
      ...(ef !== undefined && { ef: integerIn('ef', ef, 1, EF_MAX) }),
    });
  }

  /**
   * Checks graph and store against each other; `repair` mends links of the graph, and ids that lost their points.
   *
   * @throws ReadOnlyError with `repair`, where the database was opened with `readOnly`
   */
  async verify(o: { readonly repair?: boolean | undefined } = {}): Promise<CollectionVerifyReport> {
    this.#open();
    const repair = flagOf('repair', optionsOf('verify', o, ['repair']).repair, false);
    if (repair) this.#core.assertWritable();
    const queue = repair ? this.#queue : undefined;
    return verifyCollection(this.#live, queue, this.#maintenance, this.#ending);
  }

  /** Makes a new graph without the rows that were replaced or deleted. Reads and writes go on. */
  async compact(): Promise<CompactReport> {
    this.#open();
    // Behind what was called before: what that replaces or deletes is left out of the new graph.
    await this.#writer.exclusive(() => {});
    return this.#maintenance.compact();
  }

  /**
   * Makes an index of the values at a path of the payloads, so that filters on it need not read payloads. It is kept
   * up from here on, and there again after the next opening. Resolves when the rows that are there are in it; they are
   * taken in in the background, and filters work meanwhile. Does nothing where there is the same index.
   *
   * With a 'text' index, `match.text` finds words; without, any part of a string.
   *
   * @param path as in the `key` of a condition: `a.b`, `a[].b`
   * @throws ValidationError for a bad path or kind
   * @throws SiltError PAYLOAD_INDEX_EXISTS where the path has an index of another kind
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  async createPayloadIndex(path: string, kind: IndexKind): Promise<void> {
    this.#core.assertWritable();
    await this.#writer.exclusive(definePayloadIndex(this.#live, path, kind));
    await this.#maintenance.indexPayloads();
  }

  /**
   * Takes a payload index away. False if there was none. Filters on its path read payloads from here on.
   *
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  async dropPayloadIndex(path: string): Promise<boolean> {
    this.#core.assertWritable();
    return this.#writer.exclusive(dropPayloadIndex(this.#live, path));
  }

  info(): CollectionInfo {
    this.#open();
    const { engine, seq, payloadIndexes, rows } = this.#live;
    const { name, config } = this;
    return {
      name,
      config,
      createdAt: this.#core.createdAt,
      points: engine.live,
      memoryBytes: engine.memoryBytes,
      seq,
      payloadIndexes: payloadIndexes.info(rows.slots),
    };
  }
}
