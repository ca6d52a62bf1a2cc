/* The options of every call, in one table: docs/OPTIONS.md is made from it, and so are checks and the texts of errors. */
import { show } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import { listHint } from '../base/hints.js';
import { ARENA_BYTES_MAX, EF_MAX, INGEST_BATCH_POINTS } from '../base/limits.js';
import {
  above0,
  Call,
  type Check,
  checked,
  checkOf,
  choice,
  defaulting,
  flag,
  integer,
  integerOrNull,
  listener,
  type Option,
  optional,
  signal,
} from '../base/options.js';
import type { Logger, OpenOptions } from './config.js';
import {
  aPath,
  CONFIG,
  type ConfigCalls,
  dimension,
  efConstruction,
  m,
  metric,
  seed,
  threads,
} from './config-options.js';
import type { BackupCollectionOptions, RestoreCollectionOptions } from './database.js';
import type { Payload, PayloadChoice, VectorChoice } from './points.js';
import type { FacetOptions, GroupsQuery, MatrixOptions, Prefetch, Query } from './query.js';
import type { CountOptions, ScrollOptions, ScrollPageOptions, SearchOptions } from './reading.js';
import {
  FACET,
  FILTER,
  filter,
  GROUPS,
  MATRIX,
  orderBy,
  QUERY,
  SEARCH,
  STEP,
  using,
} from './search-options.js';
import { TEXT, type TextCalls } from './text-options.js';
import type {
  BuildNowOptions,
  BuildOptions,
  CollectionVerifyOptions,
  RecallOptions,
  VerifyOptions,
  WaitOptions,
  WatchOptions,
} from './upkeep.js';
import type {
  AsyncIndexBuilderOptions,
  IndexSearchOptions,
  IndexSettings,
  LoadOptions,
} from './vector-index.js';
import type {
  BatchOptions,
  IngestOptions,
  SetPayloadOptions,
  UpdateVectorsOptions,
  UpsertOptions,
  WriteOptions,
} from './writing.js';

const HOUR_MS = 3_600_000;
const DAY_MS = 86_400_000;

// Shared by several calls.
const onlySignal = (says: string): Option<AbortSignal, false> => optional(signal, says);
const withVector: Option<VectorChoice, true> = defaulting(
  checkOf(
    'true or false, or an array of names of fields',
    (value) => typeof value === 'boolean' || Array.isArray(value),
    listHint,
  ),
  false,
  'Whether results have vectors, and where there are named fields, those of which.',
);
const withPayload: Option<PayloadChoice, true> = defaulting(
  checkOf(
    'true, false, `{ include: paths }` or `{ exclude: paths }`',
    (value) =>
      typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
    (value) => (Array.isArray(value) ? '. Write { include: [ … ] }' : ''),
  ),
  true,
  'Whether results have payloads, or which part of them.',
);
const durability: Option<'flushed' | 'committed', true> = defaulting(
  choice('flushed', 'committed'),
  'flushed',
  'Resolves once it is on the disk, or once it survives the end of this process.',
);
const BACKPRESSURE: Option<'wait' | 'error', true> = defaulting(
  choice('wait', 'error'),
  'wait',
  'Where indexing is far behind: waits, or rejects with a BackpressureError.',
);
const writeSignal: Option<AbortSignal, false> = onlySignal(
  'Takes the write back as long as its commit has not begun; by filter, ends it between two commits.',
);
const repair: Option<boolean, true> = defaulting(flag, false, 'Repairs what can be repaired.');

const LEVELS = ['error', 'warn', 'info', 'debug'] as const;
const aLogger: Check<Logger> = {
  type: `an object with the methods ${LEVELS.join(', ')}`,
  of(name, value) {
    const given = (value ?? {}) as Partial<Record<string, unknown>>;
    const missing = LEVELS.find((level) => typeof given[level] !== 'function');
    if (missing === undefined) return value as Logger;
    throw new ValidationError(
      'INVALID_OPTION',
      `${name} must be ${this.type}, got ${show(value)} without ${missing}`,
    );
  },
};

interface Calls extends ConfigCalls, TextCalls {
  readonly open: Call<OpenOptions, 'closeBudgetMs' | 'readOnly'>;
  readonly backupCollection: Call<BackupCollectionOptions>;
  readonly restoreCollection: Call<RestoreCollectionOptions, 'replace'>;
  readonly upsert: Call<UpsertOptions, 'onInvalid' | 'durability' | 'backpressure' | 'mode'>;
  readonly batch: Call<BatchOptions, 'durability' | 'backpressure'>;
  readonly delete: Call<Pick<CountOptions, 'filter'>>;
  readonly write: Call<WriteOptions, 'durability'>;
  readonly setPayload: Call<SetPayloadOptions, 'durability'>;
  readonly updateVectors: Call<UpdateVectorsOptions, 'durability'>;
  readonly ingest: Call<IngestOptions, 'batchSize' | 'onInvalid' | 'durability'>;
  readonly scroll: Call<ScrollOptions<Payload, PayloadChoice, VectorChoice>, 'withPayload' | 'withVector'>;
  readonly scrollPage: Call<
    ScrollPageOptions<Payload, PayloadChoice, VectorChoice>,
    'limit' | 'withPayload' | 'withVector'
  >;
  readonly count: Call<CountOptions>;
  readonly facet: Call<FacetOptions, 'limit'>;
  readonly distanceMatrix: Call<MatrixOptions, 'sample' | 'limit'>;
  readonly search: Call<
    SearchOptions<Payload, PayloadChoice, VectorChoice>,
    'k' | 'exact' | 'indexedOnly' | 'minSeq' | 'offset' | 'withPayload' | 'withVector' | 'withSeq'
  >;
  readonly query: Call<
    Query<Payload, PayloadChoice, VectorChoice>,
    'k' | 'exact' | 'indexedOnly' | 'offset' | 'minSeq' | 'withPayload' | 'withVector' | 'withSeq'
  >;
  readonly groups: Call<Pick<GroupsQuery, 'groupSize' | 'groups'>, 'groupSize'>;
  readonly prefetch: Call<Prefetch, 'k' | 'exact' | 'indexedOnly' | 'offset'>;
  readonly waitFor: Call<WaitOptions>;
  readonly buildNow: Call<BuildNowOptions>;
  readonly watch: Call<WatchOptions, 'intervalMs'>;
  readonly measureRecall: Call<RecallOptions, 'sample' | 'k'>;
  readonly verify: Call<CollectionVerifyOptions, 'repair'>;
  readonly index: Call<
    IndexSettings,
    'dimension' | 'metric' | 'm' | 'efConstruction' | 'seed' | 'arenaBytes'
  >;
  readonly loadIndex: Call<LoadOptions>;
  readonly verifyIndex: Call<VerifyOptions, 'repair'>;
  readonly searchIndex: Call<IndexSearchOptions>;
  readonly builder: Call<AsyncIndexBuilderOptions, 'merge_threshold' | 'segment_count'>;
  readonly triggerBuildAsync: Call<BuildOptions>;
}

/** By call, in the order of the documentation. */
export const OPTIONS: Calls = {
  open: new Call('open', {
    closeBudgetMs: defaulting(
      integer(0, HOUR_MS),
      1_500,
      'Milliseconds that `close` may take for snapshots; the next opening indexes again what was not saved.',
    ),
    readOnly: defaulting(
      flag,
      false,
      'Opens a database that another process may be writing, and follows what that commits.',
    ),
    logger: optional(aLogger, 'Receives each log event: pino, or anything with its four methods.', {
      shown: 'silent',
    }),
  }),
  backupCollection: new Call('backupCollection', {
    note: optional(
      checkOf(
        'an object of JSON values',
        (value) => typeof value === 'object' && value !== null && !Array.isArray(value),
      ),
      'Goes into the file, for who restores it.',
      { shown: 'nothing' },
    ),
  }),
  restoreCollection: new Call('restoreCollection', {
    replace: defaulting(flag, false, 'Takes the place of a collection of this name, if there is one.'),
  }),
  ...CONFIG,
  upsert: new Call('upsert', {
    onInvalid: defaulting(
      choice('throw', 'skip'),
      'throw',
      'Whether an invalid point rejects the call, or is left out and reported in the receipt.',
    ),
    durability,
    backpressure: BACKPRESSURE,
    mode: defaulting(
      choice('upsert', 'insert', 'update'),
      'upsert',
      'Which points are written: all, only those whose id is new, or only those whose id is there.',
    ),
    condition: optional(FILTER, 'A stored point is replaced only if it matches (see FILTERS.md).'),
    signal: onlySignal('Takes the write back as long as its commit has not begun.'),
  }),
  batch: new Call('batch', {
    durability,
    backpressure: BACKPRESSURE,
    signal: onlySignal('Takes the batch back as long as its commit has not begun.'),
  }),
  delete: new Call('delete', {
    filter: optional(FILTER, 'Deletes the points that match it; `{}` matches all.'),
  }),
  write: new Call('delete', { durability, signal: writeSignal }),
  setPayload: new Call('setPayload', {
    path: optional(aPath, 'Where in the payload.', { shown: 'the payload itself' }),
    durability,
    signal: writeSignal,
  }),
  updateVectors: new Call('updateVectors', {
    condition: optional(FILTER, 'Vectors of a point are changed only if it matches (see FILTERS.md).'),
    durability,
    signal: onlySignal('Takes the write back as long as its commit has not begun.'),
  }),
  ingest: new Call('ingest', {
    durability,
    total: optional(integer(0), 'Points in all, for `etaSeconds` of the progress.', {
      shown: 'the length of an array, or the size of a set',
    }),
    batchSize: defaulting(
      integer(1, INGEST_BATCH_POINTS),
      1_000,
      'Points a batch; fewer where they take more than 64 MiB.',
    ),
    onInvalid: defaulting(
      choice('throw', 'skip'),
      'throw',
      'Whether an invalid point ends the ingest with an IngestError, or is left out and reported in the summary.',
    ),
    signal: onlySignal('Ends the ingest after the batches on their way; the summary says what was written.'),
    onProgress: optional(listener(), 'Called after each batch, with an IngestProgress.'),
  }),
  scroll: new Call('scroll', {
    filter,
    limit: optional(integer(0), 'Maximum number of points.', { shown: 'all' }),
    after: optional(checked('an id'), 'Begins after this id.'),
    orderBy,
    withPayload,
    withVector,
    signal: onlySignal('Ends the iteration, which then throws its reason.'),
  }),
  scrollPage: new Call('scrollPage', {
    filter,
    limit: defaulting(integer(1, 10_000), 100, 'Points of a page.'),
    cursor: optional(
      checkOf('the `next` of the page before', (value) => value === null || typeof value === 'string'),
      'Where the page begins.',
      {
        shown: 'the first page',
      },
    ),
    orderBy,
    withPayload,
    withVector,
    signal: onlySignal('Gives up, and rejects with its reason.'),
  }),
  count: new Call('count', { filter, signal: onlySignal('Gives up, and rejects with its reason.') }),
  facet: new Call('facet', FACET),
  distanceMatrix: new Call('distanceMatrix', MATRIX),
  search: new Call('search', {
    ...SEARCH,
    withPayload,
    withVector,
    signal: onlySignal('Rejects with its reason while the search waits; one that has begun is finished.'),
  }),
  ...TEXT,
  query: new Call(
    'query',
    {
      ...QUERY,
      withPayload,
      withVector,
      signal: onlySignal('Gives up, and rejects with its reason.'),
    },
    { what: 'a query' },
  ),
  groups: new Call('queryGroups', GROUPS),
  prefetch: new Call('prefetch', STEP, { what: 'a prefetch' }),
  waitFor: new Call('waitFor', { signal: onlySignal('Gives up waiting.') }),
  buildNow: new Call('buildNow', {
    signal: onlySignal('Ends the build; what is left stays pending and searchable.'),
    onProgress: optional(listener(), 'Called with the status as the build goes on, and at its end.'),
  }),
  watch: new Call('watch', {
    intervalMs: defaulting(integer(1, DAY_MS), 1_000, 'Milliseconds between two statuses.'),
    signal: onlySignal('Ends the iteration.'),
  }),
  measureRecall: new Call('measureRecall', {
    using,
    sample: defaulting(integer(1, 100_000), 100, 'Queries.'),
    k: defaulting(integer(1, EF_MAX), 10, 'How many points each.'),
    recall: optional(above0(1), 'The recall that searches ask for.', { shown: '0.98' }),
    ef: optional(integer(1, EF_MAX), 'Beam width.', { shown: 'what `recall` needs' }),
    signal: onlySignal('Stops between two queries.'),
  }),
  verify: new Call('verify', {
    repair,
    signal: onlySignal('Ends the check; what is mended by then stays so.'),
  }),
  index: new Call('index', {
    dimension,
    metric,
    m,
    efConstruction,
    threads,
    seed,
    arenaBytes: defaulting(
      integer(65_536, ARENA_BYTES_MAX),
      ARENA_BYTES_MAX,
      'Maximum number of bytes of one arena; when it is full, another begins.',
    ),
  }),
  loadIndex: new Call('load', { threads }),
  verifyIndex: new Call('verify', { repair }),
  searchIndex: new Call('search', {
    ef: optional(integer(1, EF_MAX), 'Beam width: more recall for more time. At least k.', { shown: '256' }),
    filter: optional(
      listener(),
      'Admits ids to the results; called during the walk, must not call the index.',
    ),
  }),
  builder: new Call(
    'builder',
    {
      merge_threshold: defaulting(integer(1), 10_000, 'Buffered rows at which `enqueue` returns true.', {
        aliases: ['mergeThreshold'],
      }),
      segment_count: defaulting(
        integerOrNull(1),
        null,
        'Threads that link; null: as many as the index has.',
        { aliases: ['segmentCount', 'threads'] },
      ),
    },
    { what: 'a builder configuration' },
  ),
  triggerBuildAsync: new Call('triggerBuildAsync', {
    signal: onlySignal('Stops after the rows at hand; the rest stays buffered.'),
    onProgress: optional(listener(), 'Called every `intervalMs`, and at the end, with a BuildProgress.'),
    intervalMs: optional(integer(0, DAY_MS), 'Milliseconds between two calls of `onProgress`.', {
      shown: '250',
    }),
  }),
};
