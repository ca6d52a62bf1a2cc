/* What commands ask of a collection, of a folder or of a server; and where they find one. */
import type { CollectionConfig, NewField, ResolvedConfig } from '../../api/config.js';
import type { Filter } from '../../api/filter.js';
import type { Hit, PointInput, StoredPoint } from '../../api/points.js';
import type { Explanation, Query } from '../../api/query.js';
import type {
  QueryLike,
  ScrollOptions,
  ScrollPage,
  ScrollPageOptions,
  SearchOptions,
  SearchReport,
} from '../../api/reading.js';
import type {
  BuildNowOptions,
  CollectionInfo,
  CollectionStatus,
  CollectionVerifyReport,
  CompactReport,
  IndexKind,
  RecallOptions,
  RecallReport,
} from '../../api/upkeep.js';
import type { UpsertOptions, WriteReceipt } from '../../api/writing.js';
import type { PointId } from '../../base/ids.js';

/** A report of a server, which has timed searches by itself: those from here would be slower by the way there. */
export type MeasuredRecall = RecallReport & { readonly searchMs?: number | null };

/** A collection of a folder is one as it is. */
export interface Asked {
  readonly name: string;
  readonly config: ResolvedConfig;
  getMany(ids: readonly PointId[]): Promise<(StoredPoint | undefined)[]>;
  count(o: { readonly filter?: Filter | undefined }): Promise<number>;
  scroll(o: Omit<ScrollOptions, 'after' | 'orderBy'>): AsyncIterable<StoredPoint>;
  scrollPage(o: Omit<ScrollPageOptions, 'orderBy'>): Promise<ScrollPage>;
  search(query: QueryLike, o: SearchOptions): Promise<Hit[]>;
  query(request: Query): Promise<Hit[]>;
  explain(request: Query): Promise<Explanation>;
  explain(query: QueryLike, o: SearchOptions): Promise<SearchReport>;
  upsert(
    points: readonly PointInput[],
    o?: Pick<UpsertOptions, 'onInvalid' | 'signal'>,
  ): Promise<WriteReceipt>;
  delete(
    which: readonly PointId[] | { readonly filter: Filter },
    o?: Pick<UpsertOptions, 'signal'>,
  ): Promise<WriteReceipt>;
  createField(name: string, field: NewField): Promise<unknown>;
  createPayloadIndex(path: string, kind: IndexKind): Promise<unknown>;
  /** A server does it by itself. */
  buildNow?(o: BuildNowOptions): Promise<unknown>;
  measureRecall(o: RecallOptions): Promise<MeasuredRecall>;
  verify(o: { readonly repair: boolean }): Promise<CollectionVerifyReport>;
  compact(): Promise<CompactReport>;
  status(): CollectionStatus | Promise<CollectionStatus>;
  info(): CollectionInfo | Promise<CollectionInfo>;
}

export interface Place {
  /** The folder, or the address. */
  readonly path: string;
  names(): Promise<readonly string[]>;
  /** The collection of this name, or the only one. @throws CommandError */
  collection(name: string | undefined): Promise<Asked>;
  create(name: string, config: CollectionConfig): Promise<void>;
  /** One that is there. */
  drop(name: string): Promise<void>;
  /** Of all, to a folder that is not there, or is empty. */
  backup(to: string): Promise<void>;
  /** To a file that is not there. Resolves with its points, if they are known. */
  backupCollection(name: string, to: string): Promise<number | undefined>;
  /** Resolves with its points. */
  restoreCollection(name: string, from: string, o: { readonly replace: boolean }): Promise<number>;
}
