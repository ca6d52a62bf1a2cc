/* A collection, as everybody sees it: in this process, behind a server, or a mock of it. */
import type { PointId } from '../base/ids.js';
import type { NewField, ResolvedConfig } from './config.js';
import type { AnyFields, ChoiceOf, Fields, VectorName, WithField } from './fields.js';
import type { PathInto } from './paths.js';
import type {
  Hit,
  Payload,
  PayloadChange,
  PayloadChoice,
  PayloadInput,
  PointOf,
  StoredPoint,
  VectorUpdate,
} from './points.js';
import type {
  DistancePair,
  Explanation,
  FacetCount,
  FacetOptions,
  Group,
  GroupsQuery,
  MatrixOptions,
  Query,
} from './query.js';
import type {
  CountOptions,
  QueryLike,
  ScrollOptions,
  ScrollPage,
  ScrollPageOptions,
  SearchOptions,
  SearchReport,
} from './reading.js';
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
} from './upkeep.js';
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
} from './writing.js';

/**
 * Points by id, searchable from the moment a write resolves.
 *
 * `P` is the type of the payloads. It is what the caller says it is: nothing compares it with what is stored. `F` are the
 * fields, their kinds by their names, as `createCollection` takes them from the configuration; where they are not known, any
 * name passes.
 *
 * Each call rejects with ValidationError for an option that is unknown, of the wrong type or out of range, before any
 * effect; with ClosedError once the collection is closed; and, where it writes, with ReadOnlyError if the database was
 * opened with `readOnly`.
 */
export interface Collection<P extends object = Payload, in out F extends Fields = AnyFields> {
  readonly name: string;
  /** The configuration, with all defaults filled in. */
  readonly config: ResolvedConfig;

  /**
   * Writes points; one whose id is there already replaces it. When the promise resolves, they are on the disk and
   * every search considers them. Vector and payload are replaced; a payload that is left out is removed. All or none,
   * except for what the receipt lists as rejected: what `onInvalid: 'skip'` leaves out, a point whose id comes again
   * later in the same call (DUPLICATE_ID), and what `mode` and `condition` do not let through.
   *
   * @throws ValidationError naming the point that is invalid, and why; nothing was written
   * @throws StoreError when the disk refuses (STORE_FAILED, DISK_FULL); nothing was written
   * @throws BackpressureError with `backpressure: 'error'`, when the write would have to wait
   */
  upsert(points: PointOf<P, F> | readonly PointOf<P, F>[], o?: UpsertOptions<P, F>): Promise<WriteReceipt>;

  /**
   * Deletes points by id, or all that match a filter. Ids that are not there are ignored; `deleted` counts those
   * that were. A point that is written again while its match is being deleted stays. More than 10,000 matches are
   * deleted in several commits, each of them all or none.
   *
   * @throws ValidationError if an id or the filter is invalid; nothing was deleted
   */
  delete(which: PointSelector<P, F>, o?: WriteOptions): Promise<WriteReceipt>;

  /**
   * Merges members into the payloads of points, by id or by filter: a member that is there is replaced, `null` removes it,
   * the others stay. Vectors and index are not touched. Ids that are not there are ignored; `updated` counts those that
   * were. Each id is updated once, however often it is named.
   *
   * A point whose payload would become too large stays as it was, and is listed in `rejected` of the receipt; so does one
   * whose payload is damaged on the disk, and what is beyond 256 MiB of payloads that one call by ids writes.
   *
   * @throws ValidationError if an id, the filter, the payload or the path is invalid, or no point could be changed for the
   * reasons above; nothing was written
   */
  setPayload(
    which: PointSelector<P, F>,
    payload: PayloadChange<P>,
    o?: SetPayloadOptions & { readonly path?: undefined },
  ): Promise<WriteReceipt>;
  setPayload(
    which: PointSelector<P, F>,
    payload: object,
    o: SetPayloadOptions & { readonly path: string },
  ): Promise<WriteReceipt>;

  /** Replaces the payloads of points, as `setPayload` does. */
  overwritePayload(
    which: PointSelector<P, F>,
    payload: PayloadInput<P>,
    o?: WriteOptions,
  ): Promise<WriteReceipt>;

  /** Deletes members of payloads, by their paths, one after another: `a`, `a.b`, `a[0]`, `a[].b`. As `setPayload`. */
  deletePayload(
    which: PointSelector<P, F>,
    paths: readonly PathInto<P>[],
    o?: WriteOptions,
  ): Promise<WriteReceipt>;

  /** Deletes the payloads of points. As `setPayload`. */
  clearPayload(which: PointSelector<P, F>, o?: WriteOptions): Promise<WriteReceipt>;

  /**
   * Changes the vectors of stored points in the fields that are named; the other fields and the payload stay as they are, and so
   * do the graphs of the other fields. Ids that are not there are ignored; `updated` counts those that were. Where a point is
   * given twice, what it names later counts. With `condition`, points that do not meet it are passed over, and listed in `rejected`.
   *
   * @throws ValidationError naming the point that is invalid, and why; nothing was written
   */
  updateVectors(
    points: VectorUpdate<F> | readonly VectorUpdate<F>[],
    o?: UpdateVectorsOptions<P, F>,
  ): Promise<WriteReceipt>;

  /**
   * Deletes the vectors of points in some fields, '' for the unnamed one, by id or by filter. The points stay, and are not found
   * by these fields any more. Ids that are not there are ignored; `updated` counts those that were, whether they had such a
   * vector or not. Not where the unnamed field is the only one.
   *
   * @throws ValidationError if an id, the filter or a name is invalid; nothing was written
   */
  deleteVectors(
    which: PointSelector<P, F>,
    fields: readonly VectorName<F>[],
    o?: WriteOptions,
  ): Promise<WriteReceipt>;

  /**
   * Several operations in one commit: all of them or none, in order. Each finds what those before it leave: a filter matches
   * points that an operation before has written, and not those that it has deleted. No search and no other process ever sees
   * a part of it. So the chunks of a document are replaced by
   *
   *     await chunks.batch([
   *       { delete: { filter: { must: { key: 'document', match: { value: 'report.pdf' } } } } },
   *       { upsert: newChunks },
   *     ]);
   *
   * The receipt has the sums, and in `rejected` the position of the `operation`. A batch has 1,000 operations at most, 100 of
   * them with a filter or a condition; all together may write 100,000 points, and name or match 100,000 others.
   *
   * @throws ValidationError naming the operation that is invalid, and why; or LIMIT_EXCEEDED; nothing was written
   */
  batch(operations: readonly Operation<P, F>[], o?: BatchOptions): Promise<WriteReceipt>;

  /**
   * Writes points from any source, in batches, with bounded memory. Resolves with a summary, also when `signal` ends
   * it early.
   *
   * @throws IngestError when the source fails or gives an invalid point; its `summary` says what was written
   */
  ingest(points: PointSource<P, F>, o?: IngestOptions): Promise<IngestSummary>;

  /**
   * The point with this id, with its vector as float32; undefined where there is none.
   *
   * @throws RowUnreadableError for a point that is damaged on the disk
   */
  get(id: PointId): Promise<StoredPoint<P, true, true, F> | undefined>;

  /** Points by id, in the order of `ids`; undefined where there is none. */
  getMany(ids: readonly PointId[]): Promise<(StoredPoint<P, true, true, F> | undefined)[]>;

  /** Whether there is a point with this id. */
  has(id: PointId): Promise<boolean>;

  /** All points, or those that match a filter, in the order of their ids: integers first, then strings by their bytes. */
  scroll<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    o?: ScrollOptions<P, W, V, F>,
  ): AsyncIterable<StoredPoint<P, W, V, F>>;

  /** The same, a page at a time: `next` of one page is the `cursor` of the next. */
  scrollPage<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    o?: ScrollPageOptions<P, W, V, F>,
  ): Promise<ScrollPage<P, W, V, F>>;

  /** How many points there are, or match a filter; exactly. */
  count(o?: CountOptions<P, F>): Promise<number>;

  /**
   * The k nearest points, best first; fewer only if there are fewer. Every point whose write has resolved is
   * considered, indexed or not.
   *
   * @param query a vector; or `{ id }` for points like that one, which is left out
   * @throws ValidationError for a query or option that is invalid
   * @throws SiltError POINT_NOT_FOUND where there is no point with that id
   */
  search<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    query: QueryLike,
    o?: SearchOptions<P, W, V, F>,
  ): Promise<Hit<P, W, V, F>[]>;

  /** Many searches with the same options; other events are handled in between. */
  searchBatch<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    queries: readonly QueryLike[],
    o?: SearchOptions<P, W, V, F>,
  ): Promise<Hit<P, W, V, F>[][]>;

  /**
   * The points of a tree of queries: by a vector, like some points and unlike others, by a value of their payloads, at random;
   * fused from several lists, ranked anew by a formula or by another vector. All of an answer is of one moment.
   *
   * @throws ValidationError for a query that is invalid; the message names the place
   * @throws SiltError POINT_NOT_FOUND where it names a point that does not exist
   */
  query<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    request: Query<P, W, V, F>,
  ): Promise<Hit<P, W, V, F>[]>;

  /** Many queries, each with its own options; other events are handled in between. */
  queryBatch<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    requests: readonly Query<P, W, V, F>[],
  ): Promise<Hit<P, W, V, F>[][]>;

  /**
   * The points of a query by groups of one value: the groups of the best points, and the best points of each. The query is asked
   * for more until all groups are full, or it finds no more.
   */
  queryGroups<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    request: GroupsQuery<P, W, V, F>,
  ): Promise<Group<P, W, V, F>[]>;

  /** How many points have each value at a path, exactly; the most frequent first. A point counts once for each of its values. */
  facet(key: PathInto<P>, o?: FacetOptions<P, F>): Promise<FacetCount[]>;

  /**
   * How near the points of a random sample are to one another: for each of them, in the order of their ids, the nearest others,
   * best first.
   */
  distanceMatrix(o?: MatrixOptions<P, F>): Promise<DistancePair[]>;

  /** Runs a query and explains it: a tree of what each step did, with counts and times. */
  explain<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    request: Query<P, W, V, F>,
  ): Promise<Explanation<P, W, V, F>>;
  /** Runs a search and explains it: plan, counts of what was looked at, and the time of each step. */
  explain<W extends PayloadChoice = true, V extends ChoiceOf<F> = false>(
    query: QueryLike,
    o?: SearchOptions<P, W, V, F>,
  ): Promise<SearchReport<P, W, V, F>>;

  /**
   * Resolves when the write with sequence number `seq` (and all before it) has reached `stage`. Pass the `seq` of a
   * receipt; for a number that has not been written yet, it waits until it is.
   *
   * In a database that was opened with `readOnly`, `'durable'` resolves when `'searchable'` does: this process sees what
   * the other has committed, and is not told when that is flushed. Wait for it where it was written.
   *
   * @throws the reason of `signal`; ClosedError when the collection is closed meanwhile
   */
  waitFor(seq: number, stage: Stage, o?: WaitOptions): Promise<void>;

  /**
   * Indexes what is pending now, paused or not. Joins a build that is running.
   *
   * @throws BuildError if indexing fails, the reason of `signal` if that aborts; the rest is still pending and searchable
   */
  buildNow(o?: BuildNowOptions): Promise<BuildReport>;

  /** Stops automatic indexing until `resumeIndexing`. Points are found all the same, by exact comparison. */
  pauseIndexing(): void;
  resumeIndexing(): void;

  /** What the collection is doing. Computed at the call, from counters; never blocks. */
  status(): CollectionStatus;

  /** The status at once, and then every `intervalMs`, until `signal` aborts or the collection closes. */
  watch(o?: WatchOptions): AsyncIterable<CollectionStatus>;

  /** Compares the graph's answers with exact ones, for stored points and for queries that were asked lately. */
  measureRecall(o?: RecallOptions<F>): Promise<RecallReport>;

  /** Checks the graph, the bytes of the store, and that both have the same points. */
  verify(o?: CollectionVerifyOptions): Promise<CollectionVerifyReport>;

  /** Builds a new graph without the rows that were replaced or deleted before the call. Reads and writes go on. */
  compact(): Promise<CompactReport>;

  /**
   * Makes an index of the values at a path of the payloads, so that filters on it need not read payloads. It is
   * maintained by every write, and persistent. Resolves when the points that are there are in it; they are taken in
   * in the background, and filters work meanwhile. Does nothing where there is the same index. An index never
   * changes which points match.
   *
   * @param path as in the `key` of a condition: `a.b`, `a[].b`
   * @throws ValidationError for an invalid path or kind
   * @throws SiltError PAYLOAD_INDEX_EXISTS where the path has an index of another kind
   */
  createPayloadIndex(path: PathInto<P>, kind: IndexKind): Promise<void>;

  /** Deletes a payload index. False if there was none. Filters on its path read payloads from here on. */
  dropPayloadIndex(path: PathInto<P>): Promise<boolean>;

  /**
   * Adds a field. Durable when it resolves; writes called from then on may have values in it. Points that are there have none; a
   * field of text takes in the texts of all of them, in the background: searches are exact meanwhile, and writes wait as behind a load
   * of texts.
   *
   * @param field `{ vector: { dimension, metric } }`, `{ sparse: {} }` or `{ text: { path } }`, with the options of a configuration
   * @returns this collection, as one that has the field for the compiler
   * @throws ValidationError for a name or an option that is invalid, a name that another field has, more than 64 fields
   */
  createField<const N extends string, const C extends NewField>(
    name: N,
    field: C,
  ): Promise<Collection<P, WithField<F, N, C>>>;

  /**
   * Drops a named field, with its graph or index. False if there is none. What points have in it is gone for good: a field that
   * is added later under the same name begins empty. Searches by it that are under way reject.
   *
   * @throws ValidationError for the unnamed field, which cannot be dropped
   */
  dropField(name: string): Promise<boolean>;

  info(): CollectionInfo;
}
