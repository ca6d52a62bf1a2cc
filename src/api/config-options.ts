/* The options of configurations: of a collection, of its fields, of their graphs and of indexing. See options.ts. */
import { DIMENSION_MAX, EF_CONSTRUCTION_MAX, M_MAX, M_MIN, THREADS_MAX } from '../base/limits.js';
import {
  above0,
  Call,
  type Check,
  checked,
  checkOf,
  choice,
  defaulting,
  flag,
  from0,
  integer,
  type Option,
  optional,
  required,
} from '../base/options.js';
import type {
  CollectionOptions,
  DenseConfig,
  HnswConfig,
  IndexingConfig,
  NewField,
  SparseConfig,
  TextConfig,
} from './config.js';
import { type Metric, metricName } from './metric.js';

const DAY_MS = 86_400_000;

const METRICS =
  '`cosine`, `dot` (also `ip`, `inner`, `dotproduct`), `jaccard`, `euclidean` (also `l2`), `manhattan` (also `l1`, `taxicab`, `cityblock`) or `hamming`.';

// Shared by several calls.
/** Of the unnamed field, where there is one. */
export const DIMENSION: Check<number> = integer(1, DIMENSION_MAX);
export const METRIC: Check<Metric> = checked('the name of a metric', metricName);
export const dimension: Option<number, true> = required(DIMENSION, 'Components of every vector.');
export const metric: Option<Metric, true> = required(METRIC, `How vectors are compared: ${METRICS}`);
export const m: Option<number, true> = defaulting(
  integer(M_MIN, M_MAX),
  16,
  'Links per point on the upper levels of the graph; twice as many on level 0.',
);
export const efConstruction: Option<number, true> = defaulting(
  integer(1, EF_CONSTRUCTION_MAX),
  200,
  'Beam width while building: a better graph for more time.',
);
export const seed: Option<number, true> = defaulting(integer(0, 0xffff_ffff), 1, 'Seed of the levels.');
export const threads: Option<number, false> = optional(integer(1, THREADS_MAX), 'Threads that index.', {
  aliases: ['segmentCount', 'segment_count'],
  shown: 'the parallelism of the machine',
});
/** Looked at closely by whoever uses it. */
export const aPath: Check<string> = checkOf(
  'a path such as a.b, a[].b, a[0] or "a b".c',
  (value) => typeof value === 'string',
);
/** Where vectors are. */
export const STORAGE: Check<'memory' | 'disk'> = choice('memory', 'disk');
const storageSays =
  'Where searches read float32 vectors; the disk takes less memory and is slower. With `manhattan`, and in a database in memory, they are in memory either way.';
const namedFields = <T>(what: string): Option<T, false> =>
  optional(checked<T>('an object of fields by their names'), what, { shown: 'none' });

/** The options of a new field, of which one is given. */
type FieldOptions = { readonly [K in keyof NewField]?: object | undefined };

export interface ConfigCalls {
  readonly createCollection: Call<CollectionOptions>;
  readonly createField: Call<FieldOptions>;
  readonly dense: Call<DenseConfig, 'dimension' | 'metric' | 'storage' | 'multi'>;
  readonly sparse: Call<SparseConfig, 'modifier'>;
  readonly text: Call<TextConfig, 'path' | 'language' | 'k1' | 'b' | 'positions'>;
  readonly hnsw: Call<HnswConfig, 'm' | 'efConstruction' | 'seed'>;
  readonly indexing: Call<IndexingConfig, 'mergeThreshold' | 'maxBufferAgeMs' | 'scanBudgetMs' | 'paused'>;
}

/** By call, in the order of the documentation. */
export const CONFIG: ConfigCalls = {
  createCollection: new Call(
    'createCollection',
    {
      dimension: optional(DIMENSION, 'Components of every vector of the unnamed field.', {
        shown: 'no unnamed field',
      }),
      metric: optional(
        METRIC,
        `How vectors of the unnamed field are compared; with \`dimension\`: ${METRICS}`,
      ),
      storage: optional(STORAGE, storageSays, { shown: "'memory'" }),
      hnsw: optional(checked('an object'), 'The graph: see below.'),
      vectors: namedFields('Fields of dense vectors, by name: see below.'),
      sparse: namedFields('Fields of sparse vectors, by name: see below.'),
      text: namedFields('Fields of text, by name: see below.'),
      indexing: optional(
        checked('an object'),
        'When points are indexed, and by how many threads: see below.',
      ),
    },
    { what: 'a configuration' },
  ),
  createField: new Call(
    'createField',
    {
      vector: optional(checked('an object'), 'A field of dense vectors, as one of `vectors`: see below.', {
        shown: 'none',
      }),
      sparse: optional(checked('an object'), 'A field of sparse vectors: see below.', { shown: 'none' }),
      text: optional(checked('an object'), 'A field of text: see below.', { shown: 'none' }),
    },
    { what: 'a field' },
  ),
  dense: new Call(
    'vectors',
    {
      dimension,
      metric,
      storage: defaulting(STORAGE, 'memory', storageSays),
      hnsw: optional(checked('an object'), 'The graph: see below.'),
      multi: defaulting(
        flag,
        false,
        'Each point has several vectors in this field, which are compared all with all (MaxSim), without a graph.',
      ),
    },
    { what: 'a field of vectors' },
  ),
  sparse: new Call(
    'sparse',
    {
      modifier: defaulting(
        choice('none', 'idf'),
        'none',
        'Whether values of a query are weighed by how few points have their index.',
      ),
    },
    { what: 'a field of sparse vectors' },
  ),
  text: new Call(
    'text',
    {
      path: required(aPath, 'Where in the payload.'),
      language: defaulting(
        checkOf('a language', (value) => typeof value === 'string'),
        'none',
        'Of stop words and stems.',
      ),
      k1: defaulting(
        from0(100),
        1.2,
        'Term-frequency saturation (BM25): how much it counts that a word comes again.',
      ),
      b: defaulting(from0(1), 0.75, 'Length normalization (BM25): how much less longer texts count.'),
      positions: defaulting(flag, true, 'Whether phrases can be searched for.'),
    },
    { what: 'a field of text' },
  ),
  hnsw: new Call('hnsw', { m, efConstruction, seed }, { what: 'hnsw', prefix: 'hnsw.' }),
  indexing: new Call(
    'indexing',
    {
      mergeThreshold: defaulting(
        integer(1, 2 ** 32),
        10_000,
        'Indexing starts when so many points are pending.',
        {
          aliases: ['merge_threshold'],
        },
      ),
      threads,
      maxBufferAgeMs: defaulting(
        above0(DAY_MS),
        5_000,
        'Indexing starts when a point has been pending for so many milliseconds.',
      ),
      scanBudgetMs: defaulting(
        above0(DAY_MS),
        2,
        'Indexing starts when a scan of the pending points costs more milliseconds than this.',
      ),
      paused: defaulting(flag, false, 'Points stay pending until `resumeIndexing`.'),
    },
    { what: 'indexing', prefix: 'indexing.' },
  ),
};
