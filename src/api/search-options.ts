/* Options of searches and queries: of several calls, in the table of options.ts. */
import { EF_MAX, K_MAX } from '../base/limits.js';
import {
  above0,
  type Check,
  checked,
  defaulting,
  finite,
  flag,
  integer,
  limited,
  type Option,
  optional,
  sequence,
  type Table,
} from '../base/options.js';
import type { Filter } from './filter.js';
import type { Prefetch } from './query.js';

export const FILTER: Check<Filter> = checked('a filter');
export const filter: Option<Filter, false> = optional(FILTER, 'Only points that match it (see FILTERS.md).');
export const k: Option<number, true> = defaulting(
  limited(1, K_MAX, 'scroll reads any number of points'),
  10,
  'How many points.',
);
export const recall: Option<number, false> = optional(
  above0(1),
  'The share of the k nearest points to be found, in the mean over many queries; 1 compares all points.',
  { shown: '0.98' },
);
export const ef: Option<number, false> = optional(
  integer(1, EF_MAX),
  'Beam width; with `recall` as well, the most that a search spends on that. At least k.',
  { shown: 'what `recall` needs' },
);
export const exact: Option<boolean, true> = defaulting(flag, false, 'Compares all points.');
export const minSeq: Option<number, true> = defaulting(
  sequence,
  0,
  'Waits until the write with this sequence number is searchable.',
);
export const scoreThreshold: Option<number, false> = optional(
  finite,
  'Leaves out results that are worse than this score.',
  { shown: 'none' },
);
export const offset: Option<number, true> = defaulting(
  limited(0, K_MAX, 'scroll reads any number of points'),
  0,
  'Skips the first n results: for the next page.',
);

/** Of each step of a query. */
export const STEP: Table<Prefetch, 'k' | 'exact' | 'offset'> = {
  query: optional<NonNullable<Prefetch['query']>>(
    checked('an object or a vector'),
    'What is looked for, or how what `prefetch` found is ranked (see QUERIES.md).',
    { shown: 'points in the order of their ids' },
  ),
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
};
