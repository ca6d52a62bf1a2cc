/*
 * A collection of this process: points by id, searchable from the moment a write resolves, with a graph that follows
 * behind. What its calls promise stands at the interface (api/collection.ts).
 *
 * The write path is write/writer.ts, then write/queue.ts; the read path read/reader.ts; what happens by itself (linking,
 * snapshots, compaction, measuring recall) is set off in upkeep/maintenance.ts.
 */

import type { Collection } from '../api/collection.js';
import type { NewField, ResolvedConfig } from '../api/config.js';
import type { Filter } from '../api/filter.js';
import { OPTIONS } from '../api/options.js';
import type {
  Hit,
  Payload,
  PayloadChoice,
  PointInput,
  StoredPoint,
  VectorChoice,
  VectorUpdate,
} from '../api/points.js';
import type {
  DistancePair,
  Explanation,
  FacetCount,
  FacetOptions,
  Group,
  GroupsQuery,
  MatrixOptions,
  Query,
} from '../api/query.js';
import type {
  CountOptions,
  QueryLike,
  ScrollOptions,
  ScrollPage,
  ScrollPageOptions,
  SearchOptions,
  SearchReport,
} from '../api/reading.js';
import type {
  BuildNowOptions,
  BuildReport,
  CollectionInfo,
  CollectionStatus,
  CollectionVerifyOptions,
  CollectionVerifyReport,
  CompactReport,
  IndexKind,
  RecallOptions,
  RecallReport,
  Stage,
  WaitOptions,
  WatchOptions,
} from '../api/upkeep.js';
import type {
  BatchOptions,
  IngestOptions,
  IngestSummary,
  Operation,
  PointSelector,
  PointSource,
  SetPayloadOptions,
  UpdateVectorsOptions,
  UpsertOptions,
  WriteOptions,
  WriteReceipt,
} from '../api/writing.js';
import { eitherOf } from '../base/aborts.js';
import { atMost, show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { idKeyOf, type PointId } from '../base/ids.js';
import { IDS_MAX } from '../base/limits.js';
import { explainLostThis } from '../base/methods.js';
import { choice, sequence } from '../base/options.js';
import type { Time } from '../platform/time.js';
import { LOOKUP } from '../platform/turns.js';
import { Changes } from './changes.js';
import type { CollectionCore } from './core.js';
import type { LiveIndex } from './live-index.js';
import { checkCount, countPoints } from './read/count.js';
import { readPoint, readPoints } from './read/hydrate.js';
import type { Reader } from './read/reader.js';
import { Searches } from './searches.js';
import { infoOf, statusEvery, statusOf } from './status.js';
import { createField, dropField } from './upkeep/changing-fields.js';
import type { Maintenance } from './upkeep/maintenance.js';
import { definePayloadIndex, dropPayloadIndex } from './upkeep/payload-indexing.js';
import { verifyCollection } from './upkeep/verify.js';
import { Ingest } from './write/ingest.js';
import type { WriteQueue } from './write/queue.js';
import type { Writer } from './write/writer.js';

const STAGE = choice('durable', 'searchable', 'indexed');

/** What stands behind a collection of this process, for the database that made it. */
export let coreOf: (collection: object) => CollectionCore;

export class LocalCollection implements Collection {
  readonly #core: CollectionCore;
  readonly #live: LiveIndex;
  readonly #time: Time;
  readonly #queue: WriteQueue;
  readonly #maintenance: Maintenance;
  readonly #reader: Reader;
  readonly #writer: Writer;
  readonly #changes: Changes;
  readonly #searches: Searches;

  static {
    coreOf = (collection) => (collection as LocalCollection).#core;
    explainLostThis(LocalCollection, 'collection');
  }

  constructor(core: CollectionCore) {
    this.#core = core;
    this.#live = core.live;
    this.#time = core.live.platform.time;
    this.#queue = core.queue;
    this.#maintenance = core.maintenance;
    this.#reader = core.reader;
    this.#writer = core.writer;
    this.#searches = new Searches(core);
    this.#changes = new Changes(core);
  }

  #open(): void {
    this.#core.assertOpen();
  }

  /** For calls that answer without waiting for anything: others have their turn. */
  async #turn(): Promise<void> {
    this.#open();
    const turn = this.#core.current();
    if (turn) await turn;
    this.#open();
  }

  get config(): ResolvedConfig {
    return this.#live.config;
  }

  get name(): string {
    return this.#core.name;
  }

  async upsert(points: PointInput | readonly PointInput[], o: UpsertOptions = {}): Promise<WriteReceipt> {
    this.#core.assertWritable();
    return this.#writer.upsert(points, o);
  }

  async delete(
    which: PointId | readonly PointId[] | { readonly filter: Filter },
    o: WriteOptions = {},
  ): Promise<WriteReceipt> {
    this.#core.assertWritable();
    return this.#writer.delete(which, o);
  }

  async setPayload(which: PointSelector, payload: Payload, o: SetPayloadOptions = {}): Promise<WriteReceipt> {
    return this.#changes.setPayload(which, payload, o);
  }

  async overwritePayload(which: PointSelector, payload: object, o: WriteOptions = {}): Promise<WriteReceipt> {
    return this.#changes.overwritePayload(which, payload, o);
  }

  async deletePayload(
    which: PointSelector,
    paths: readonly string[],
    o: WriteOptions = {},
  ): Promise<WriteReceipt> {
    return this.#changes.deletePayload(which, paths, o);
  }

  async clearPayload(which: PointSelector, o: WriteOptions = {}): Promise<WriteReceipt> {
    return this.#changes.clearPayload(which, o);
  }

  async updateVectors(
    points: VectorUpdate | readonly VectorUpdate[],
    o: UpdateVectorsOptions = {},
  ): Promise<WriteReceipt> {
    return this.#changes.updateVectors(points, o);
  }

  async deleteVectors(
    which: PointSelector,
    fields: readonly string[],
    o: WriteOptions = {},
  ): Promise<WriteReceipt> {
    return this.#changes.deleteVectors(which, fields, o);
  }

  async batch(operations: readonly Operation[], o: BatchOptions = {}): Promise<WriteReceipt> {
    this.#core.assertWritable();
    return this.#writer.batch(operations, o);
  }

  async ingest(points: PointSource, o: IngestOptions = {}): Promise<IngestSummary> {
    this.#core.assertWritable();
    return new Ingest(this.#core.sink(), points, o).run();
  }

  async get(id: PointId): Promise<StoredPoint<Payload, true, true> | undefined> {
    const turn = this.#core.current(LOOKUP);
    if (turn) await turn;
    this.#open();
    return readPoint(this.#live, id);
  }

  async getMany(ids: readonly PointId[]): Promise<(StoredPoint<Payload, true, true> | undefined)[]> {
    this.#open();
    if (!Array.isArray(ids))
      throw new ValidationError('INVALID_OPTION', `ids must be an array of ids, got ${show(ids)}`);
    atMost('ids of getMany', ids.length, IDS_MAX, 'Ask for them in several calls');
    return readPoints(this.#live, [...ids], () => this.#turn());
  }

  async has(id: PointId): Promise<boolean> {
    const key = idKeyOf(id);
    const turn = this.#core.current(LOOKUP);
    if (turn) await turn;
    this.#open();
    return this.#live.store.rowOf(this.#live.collection, key) !== 0;
  }

  scroll<W extends PayloadChoice = true, V extends VectorChoice = false>(
    o: ScrollOptions<Payload, W, V> = {},
  ): AsyncIterable<StoredPoint<Payload, W, V>> {
    this.#open();
    return this.#searches.scroll(o) as AsyncIterable<StoredPoint<Payload, W, V>>;
  }

  async scrollPage<W extends PayloadChoice = true, V extends VectorChoice = false>(
    o: ScrollPageOptions<Payload, W, V> = {},
  ): Promise<ScrollPage<Payload, W, V>> {
    const page = this.#searches.page(o);
    await this.#turn();
    return page() as Promise<ScrollPage<Payload, W, V>>;
  }

  async count(o: CountOptions = {}): Promise<number> {
    this.#open();
    const { filter, signal } = checkCount(o, this.#reader); // before any wait: the caller may change it afterwards
    const turn = this.#core.current(); // one that need not wait counts what is there at the call
    if (turn) await turn;
    this.#open();
    return countPoints(this.#live, this.#reader, filter, signal);
  }

  search<W extends PayloadChoice = true, V extends VectorChoice = false>(
    query: QueryLike,
    o: SearchOptions<Payload, W, V> = {},
  ): Promise<Hit<Payload, W, V>[]> {
    return this.#searches.search(query, o) as Promise<Hit<Payload, W, V>[]>;
  }

  searchBatch<W extends PayloadChoice = true, V extends VectorChoice = false>(
    queries: readonly QueryLike[],
    o: SearchOptions<Payload, W, V> = {},
  ): Promise<Hit<Payload, W, V>[][]> {
    return this.#searches.searchBatch(queries, o) as Promise<Hit<Payload, W, V>[][]>;
  }

  explain<W extends PayloadChoice = true, V extends VectorChoice = false>(
    request: Query<Payload, W, V>,
  ): Promise<Explanation<Payload, W, V>>;
  explain<W extends PayloadChoice = true, V extends VectorChoice = false>(
    query: QueryLike,
    o?: SearchOptions<Payload, W, V>,
  ): Promise<SearchReport<Payload, W, V>>;
  explain(query: QueryLike | Query, o?: SearchOptions): Promise<never> {
    return this.#searches.explain(query, o) as Promise<never>;
  }

  query<W extends PayloadChoice = true, V extends VectorChoice = false>(
    request: Query<Payload, W, V>,
  ): Promise<Hit<Payload, W, V>[]> {
    return this.#searches.query(request) as Promise<Hit<Payload, W, V>[]>;
  }

  queryBatch<W extends PayloadChoice = true, V extends VectorChoice = false>(
    requests: readonly Query<Payload, W, V>[],
  ): Promise<Hit<Payload, W, V>[][]> {
    return this.#searches.queryBatch(requests) as Promise<Hit<Payload, W, V>[][]>;
  }

  queryGroups<W extends PayloadChoice = true, V extends VectorChoice = false>(
    request: GroupsQuery<Payload, W, V>,
  ): Promise<Group<Payload, W, V>[]> {
    return this.#searches.queryGroups(request) as Promise<Group<Payload, W, V>[]>;
  }

  facet(key: string, o: FacetOptions = {}): Promise<FacetCount[]> {
    return this.#searches.facet(key, o);
  }

  distanceMatrix(o: MatrixOptions = {}): Promise<DistancePair[]> {
    return this.#searches.distanceMatrix(o);
  }

  async waitFor(seq: number, stage: Stage, o: WaitOptions = {}): Promise<void> {
    this.#open();
    const { signal } = OPTIONS.waitFor.read(o);
    sequence.of('seq', seq);
    STAGE.of('stage', stage);
    await this.#core.waiters.until(seq, stage === 'indexed' ? 'indexed' : 'searchable', signal);
    if (stage === 'durable') await this.#queue.flush();
  }

  async buildNow(o: BuildNowOptions = {}): Promise<BuildReport> {
    this.#open();
    const { signal, onProgress } = OPTIONS.buildNow.read(o);
    return this.#maintenance.buildNow(signal, onProgress && (() => onProgress(this.#status())));
  }

  pauseIndexing(): void {
    this.#open();
    this.#maintenance.indexer.pause();
  }

  resumeIndexing(): void {
    this.#open();
    this.#maintenance.indexer.resume();
  }

  status(): CollectionStatus {
    this.#open();
    return this.#status();
  }

  #status(): CollectionStatus {
    return statusOf(this.#live, this.#maintenance);
  }

  watch(o: WatchOptions = {}): AsyncIterable<CollectionStatus> {
    this.#open();
    const { intervalMs, signal } = OPTIONS.watch.read(o);
    return statusEvery(this.#time, () => this.#status(), intervalMs, [signal, this.#core.ending]);
  }

  async measureRecall(o: RecallOptions = {}): Promise<RecallReport> {
    this.#open();
    return this.#maintenance.measureRecall(OPTIONS.measureRecall.read(o));
  }

  async verify(o: CollectionVerifyOptions = {}): Promise<CollectionVerifyReport> {
    this.#open();
    const { repair, signal } = OPTIONS.verify.read(o);
    if (repair) this.#core.assertWritable();
    signal?.throwIfAborted();
    const queue = repair ? this.#queue : undefined;
    const either = eitherOf([signal, this.#core.ending]);
    const checking = verifyCollection(this.#live, queue, this.#maintenance, either.signal);
    return checking.finally(either.release);
  }

  async compact(): Promise<CompactReport> {
    this.#open();
    // Behind what was called before: what that replaces or deletes is left out of the new graph.
    await this.#writer.exclusive(() => {});
    return this.#maintenance.compact();
  }

  async createPayloadIndex(path: string, kind: IndexKind): Promise<void> {
    this.#core.assertWritable();
    await this.#writer.exclusive(definePayloadIndex(this.#live, path, kind));
    await this.#maintenance.indexPayloads();
  }

  async dropPayloadIndex(path: string): Promise<boolean> {
    this.#core.assertWritable();
    return this.#writer.exclusive(dropPayloadIndex(this.#live, path));
  }

  async createField(name: string, field: NewField): Promise<LocalCollection> {
    this.#core.assertWritable();
    await this.#writer.exclusive(createField(this.#live, name, field));
    return this;
  }

  async dropField(name: string): Promise<boolean> {
    this.#core.assertWritable();
    const dropped = await this.#writer.exclusive(dropField(this.#live, name));
    if (dropped === undefined) return false;
    this.#core.purgeField(dropped);
    await this.#maintenance.left();
    return true;
  }

  info(): CollectionInfo {
    this.#open();
    return infoOf(this.#live, this.#core.origin);
  }
}
