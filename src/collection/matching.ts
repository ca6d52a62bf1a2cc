/* The points that match a filter: counted, or taken out. */
import { optionsOf } from '../base/checks.js';
import { ValidationError } from '../base/errors.js';
import type { Filter } from '../filter/grammar.js';
import { ALL_KNOWN, type CheckedFilter, checkFilter, type Filters } from './filters.js';
import type { LiveIndex } from './live-index.js';
import { type Draft, removalsOf } from './points.js';

/** @throws ValidationError for a filter or option that is not right */
export async function countPoints(
  live: LiveIndex,
  filters: Filters,
  o: { readonly filter?: Filter | undefined },
): Promise<number> {
  optionsOf('count', o, ['filter']);
  if (o.filter === undefined) return live.index.size;
  const filter = checkFilter(o.filter);
  await filters.settle(filter, ALL_KNOWN);
  return live.countLive(filters.choose(filter, ALL_KNOWN).admission.bits);
}

/** Whether points to be deleted are named by a filter rather than by their ids. */
export function isByFilter(which: unknown): which is { readonly filter: Filter } {
  return typeof which === 'object' && which !== null && !Array.isArray(which);
}

/** @throws ValidationError where there is no filter: `{}` as the filter says that all are meant */
export function checkDeletion(which: { readonly filter: Filter }): CheckedFilter {
  optionsOf('delete', which, ['filter']);
  if (which.filter === undefined)
    throw new ValidationError(
      'INVALID_OPTION',
      'delete takes an id, ids, or { filter }; the filter is missing',
    );
  return checkFilter(which.filter);
}

/** Points to be taken out: those that match now. One that is replaced before the draft is committed stays. */
export async function draftMatching(
  live: LiveIndex,
  filters: Filters,
  filter: CheckedFilter,
): Promise<Draft> {
  await filters.settle(filter, ALL_KNOWN);
  const rows = live.rowsOf(filters.choose(filter, ALL_KNOWN).admission.bits);
  const keys = rows.map((row) => Uint8Array.from(live.store.point(live.collection, row)!.id));
  return removalsOf(keys, rows);
}
