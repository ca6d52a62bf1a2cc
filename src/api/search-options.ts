/* Options of searches and queries: of several calls, in the table of options.ts. */
import { EF_MAX, FACET_VALUES_MAX, GROUPS_MAX, K_MAX, MATRIX_SAMPLE_MAX } from '../base/limits.js';
import {
  above0,
  type Check,
  checked,
  checkOf,
  defaulting,
  finite,
  flag,
  integer,
  limited,
  type Option,
  optional,
  sequence,
  signal,
  type Table,
} from '../base/options.js';
import type { Filter } from './filter.js';
import type { OrderBy } from './order.js';
import type { FacetOptions, GroupsQuery, MatrixOptions, Prefetch, Query } from './query.js';
import type { SearchOptions } from './reading.js';
import type { HighlightOptions } from './text.js';

export const FILTER: Check<Filter> = checked('a filter');
export const filter: Option<Filter, false> = optional(FILTER, 'Only points that match it (see FILTERS.md).');
const k: Option<number, true> = defaulting(
  limited(1, K_MAX, 'scroll reads any number of points'),
  10,
  'How many points.',
);
const recall: Option<number, false> = optional(
  above0(1),
  'The share of the k nearest points to be found, in the mean over many queries; 1 compares all points, as searches by words, sparse and several vectors do either way.',
  { shown: '0.98' },
);
const ef: Option<number, false> = optional(
  integer(1, EF_MAX),
  'Beam width of the graph, where it is asked; with `recall` as well, the most that a search spends on that. At least k.',
  { shown: 'what `recall` needs' },
);
const exact: Option<boolean, true> = defaulting(flag, false, 'Compares all points.');
const indexedOnly: Option<boolean, true> = defaulting(
  flag,
  false,
  'Leaves out points that are not indexed yet: faster where indexing is far behind.',
);
const minSeq: Option<number, true> = defaulting(
  sequence,
  0,
  'Waits until the write with this sequence number is searchable.',
);
const scoreThreshold: Option<number, false> = optional(
  finite,
  'Leaves out results that are worse than this score.',
  { shown: 'none' },
);
const offset: Option<number, true> = defaulting(
  limited(0, K_MAX, 'scroll reads any number of points'),
  0,
  'Skips the first n results: for the next page.',
);

const highlight: Option<boolean | HighlightOptions, false> = optional(
  checkOf(
    'true, false or an object',
    (value) =>
      typeof value === 'boolean' || (typeof value === 'object' && value !== null && !Array.isArray(value)),
  ),
  'Of searches by text: gives each hit `highlights`, where words were found in its text.',
  { shown: 'false' },
);

const fieldName = checkOf<string>('the name of a field', (value) => typeof value === 'string');

export const using: Option<string, false> = optional(fieldName, 'The field that is searched.', {
  shown: 'the unnamed one, or the only one',
});

const withSeq: Option<boolean, true> = defaulting(
  flag,
  false,
  'Gives each hit `seq`, the sequence number of the write that it comes from.',
);

type Searching = Omit<SearchOptions, 'withPayload' | 'withVector' | 'signal'>;

export const SEARCH: Table<Searching, 'k' | 'exact' | 'indexedOnly' | 'minSeq' | 'offset' | 'withSeq'> = {
  using,
  k,
  recall,
  ef,
  exact,
  indexedOnly,
  filter,
  minSeq,
  scoreThreshold,
  offset,
  highlight,
  withSeq,
};

/** Of each step of a query. */
export const STEP: Table<Prefetch, 'k' | 'exact' | 'indexedOnly' | 'offset'> = {
  query: optional<NonNullable<Prefetch['query']>>(
    checked('an object or a vector'),
    'What is looked for, or how what `prefetch` found is ranked (see QUERIES.md).',
    { shown: 'points in the order of their ids' },
  ),
  using: optional(fieldName, 'The field that `query` compares by.', {
    shown: 'the unnamed one, or the only one of its kind',
  }),
  prefetch: optional<NonNullable<Prefetch['prefetch']>>(
    checked('an object or an array of them'),
    'Queries that find the points which this one ranks; 8 deep at most.',
  ),
  filter,
  k,
  offset,
  scoreThreshold,
  recall,
  ef,
  exact,
  indexedOnly,
};

export const QUERY: Table<
  Prefetch & Pick<Query, 'minSeq' | 'withSeq'>,
  'k' | 'exact' | 'indexedOnly' | 'offset' | 'minSeq' | 'withSeq'
> = {
  ...STEP,
  minSeq,
  withSeq,
};

const aSignal: Option<AbortSignal, false> = optional(signal, 'Gives up, and rejects with its reason.');
const seed: Option<number, false> = optional(
  integer(0, 0xffff_ffff),
  'The same points again, as long as nothing is written.',
);

export const orderBy: Option<string | OrderBy, false> = optional(
  checked('an object or a path'),
  'In the order of numbers or times at a path: a path, or `{ key, direction, startFrom }`.',
  { shown: 'in the order of ids' },
);

export const GROUPS: Table<Pick<GroupsQuery, 'groupSize' | 'groups'>, 'groupSize'> = {
  groupSize: defaulting(integer(1, GROUPS_MAX), 3, 'Maximum number of points of a group.'),
  groups: optional(integer(1, GROUPS_MAX), 'How many groups.', { shown: '`k`' }),
};

export const FACET: Table<FacetOptions, 'limit'> = {
  filter,
  limit: defaulting(integer(1, FACET_VALUES_MAX), 10, 'Maximum number of values.'),
  signal: aSignal,
};

export const MATRIX: Table<MatrixOptions, 'sample' | 'limit'> = {
  using,
  sample: defaulting(integer(2, MATRIX_SAMPLE_MAX), 10, 'Points at random.'),
  limit: defaulting(integer(1, MATRIX_SAMPLE_MAX), 3, 'The nearest of the sample, for each of its points.'),
  seed,
  filter,
  signal: aSignal,
};
