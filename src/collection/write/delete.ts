/* The points that match a filter, to be taken out or changed. */
import type { Filter } from '../../api/filter.js';
import { OPTIONS } from '../../api/options.js';
import type { WriteMode } from '../../api/writing.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { DELETION_POINTS, GROUP_BYTES } from '../../base/limits.js';
import { checkComplete } from '../../filter/complete.js';
import type { VectorField } from '../../filter/parse.js';
import { plainFilter } from '../../filter/plain.js';
import type { Draft, LiveIndex } from '../live-index.js';
import { bitsOf } from '../read/count.js';
import { type CheckedFilter, checkFilter } from '../read/filters.js';
import type { Reader } from '../read/reader.js';
import { allMatching } from '../read/request.js';
import { SLICE_MS } from '../slices.js';

/**
 * Whether points are named by a filter rather than by their ids.
 *
 * @throws ValidationError where nothing was given
 */
export function isByFilter(which: unknown, call: string): which is { readonly filter: Filter } {
  if (which === undefined)
    throw new ValidationError(
      'INVALID_ID',
      `${call} takes an id, an array of ids, or { filter }; got undefined. For all points, pass { filter: {} }`,
    );
  return typeof which === 'object' && which !== null && !Array.isArray(which);
}

/** @throws ValidationError where there is no filter: `{}` as the filter says that all are meant */
export function checkDeletion(
  which: { readonly filter: Filter },
  fields: readonly VectorField[],
  call = 'delete',
): CheckedFilter {
  if (Symbol.iterator in which)
    throw new ValidationError(
      'INVALID_OPTION',
      `${call} takes an id, an array of ids, or { filter }; got ${show(which)}. Pass [...ids]`,
    );
  const ids = (['ids', 'id'] as const).find((member) => member in which);
  if (ids !== undefined)
    throw new ValidationError(
      'INVALID_OPTION',
      `${call} takes an id, an array of ids, or { filter }; got an object with the member ${ids}. Pass what that has: ${call}(${ids})`,
    );
  const { filter: given } = OPTIONS.delete.read(which, call);
  if (given === undefined)
    throw new ValidationError(
      'INVALID_OPTION',
      `${call} takes an id, an array of ids, or { filter }; the filter is missing. For all points, pass { filter: {} }`,
    );
  const own = plainFilter(given, 'filter') as Filter;
  const filter = checkFilter(own, fields);
  checkComplete(own, call === 'delete' ? 'deletion' : 'write by filter', call);
  return filter;
}

/**
 * What a stored point must meet to be written by `call`; undefined where that is not asked.
 *
 * @throws ValidationError INVALID_FILTER for a condition with a part that is missing: it would be met too easily
 */
export function checkCondition(
  given: Filter | undefined,
  fields: readonly VectorField[],
  call = 'upsert',
): CheckedFilter | undefined {
  if (given === undefined) return undefined;
  const own = plainFilter(given, 'condition') as Filter;
  const condition = checkFilter(own, fields, 'condition');
  checkComplete(own, 'condition', call);
  return condition;
}

/** The condition of an upsert. @throws ValidationError also where no stored point is ever replaced */
export function checkReplacing(
  given: Filter | undefined,
  mode: WriteMode,
  fields: readonly VectorField[],
): CheckedFilter | undefined {
  if (given !== undefined && mode === 'insert')
    throw new ValidationError(
      'INVALID_OPTION',
      'mode "insert" never replaces a point, so a condition has no effect: give one of the two options',
    );
  return checkCondition(given, fields);
}

/**
 * Some of the points that match now, to be taken out or changed (by `bytesEach` more of each payload): the first behind row
 * number `after`, and the row number of the last of them. Null where there are none; `more`: there may be others behind it.
 *
 * They are read in slices: 10,000 in one turn would hold the event loop for tens of milliseconds. `breathe` lets others go on,
 * and throws where this is not to go on. Nobody writes meanwhile who could wait; whatever else becomes of a row, the draft says
 * which row each id must name.
 */
export async function draftMatching(
  reader: Reader,
  filter: CheckedFilter,
  after: number,
  { live, signal, breathe }: Matching,
  draftOf: (keys: readonly Uint8Array[], rows: readonly number[]) => Draft,
  bytesEach = 0,
): Promise<{ readonly draft: Draft; readonly last: number; readonly more: boolean } | null> {
  const rows = await reader.answer({ params: allMatching(filter), signal }, ({ rows: all }, found) =>
    all.of(bitsOf(found), after, DELETION_POINTS),
  );
  if (rows.length === 0) return null;
  const { time } = live.platform;
  let until = time.now() + SLICE_MS;
  let last = 0;
  const keys: Uint8Array[] = [];
  const named: number[] = [];
  let bytes = 0;
  for (const row of rows) {
    if (time.now() > until) {
      await breathe();
      until = time.now() + SLICE_MS;
    }
    last = row;
    const point = live.stored.head(row); // one that is unreadable matches no filter
    if (!point) continue;
    keys.push(new Uint8Array(point.id)); // a copy
    named.push(row);
    bytes += point.payload.length + bytesEach;
    if (bytes > GROUP_BYTES) break;
  }
  const own = draftOf(keys, named);
  const draft = own.kind === 'patch' ? { ...own, rewritten: bytes } : own;
  return { draft, last, more: rows.length === DELETION_POINTS || last !== rows.at(-1) };
}

interface Matching {
  readonly live: LiveIndex;
  readonly signal: AbortSignal | undefined;
  readonly breathe: () => Promise<void>;
}
