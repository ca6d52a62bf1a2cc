/*
 * Searches of sparse fields: exact best dot products among the live points that have an index in common with the query. What the
 * inverted index has not taken in yet, it takes in first: a few milliseconds at a time, the last of it in the turn of the answer.
 */
import type { Hit, Payload, PayloadChoice, SparseVector, VectorChoice } from '../../api/points.js';
import type { SearchOptions } from '../../api/reading.js';
import { show } from '../../base/checks.js';
import { ValidationError } from '../../base/errors.js';
import { didYouMean } from '../../base/hints.js';
import type { SparseSpec } from '../../fields/field.js';
import type { SparseField } from '../../fields/sparse/sparse-field.js';
import type { SparseValue } from '../../fields/sparse/sparse-index.js';
import { checkSparse } from '../../fields/values.js';
import { andInto } from '../../filter/bits.js';
import type { Match } from '../../hnsw/query.js';
import { isNumbers } from '../../hnsw/vectors.js';
import type { LiveIndex } from '../live-index.js';
import type { Aim } from './aim.js';
import { bitsOf } from './count.js';
import { hitsOf } from './hydrate.js';
import type { Reader } from './reader.js';
import { type CheckedSearch, checkSearch, type Found, type SearchParams, type Use } from './request.js';
import { listed } from './vectors.js';

type AnySearch = SearchOptions<Payload, PayloadChoice, VectorChoice>;

/** Everything is compared. */
const EXACT: Aim = {
  ef: 1,
  bound: undefined,
  exact: true,
  target: undefined,
  basis: undefined,
  why: undefined,
};

/** How long slots are taken in at a time. */
const SLICE_MS = 2;

export function isSparse(query: unknown): query is SparseVector {
  return typeof query === 'object' && query !== null && !isNumbers(query) && 'indices' in query;
}

/** A search that is checked, and the field that it uses. */
export interface SparseSearch extends CheckedSearch {
  readonly spec: SparseSpec;
}

/** @throws ValidationError */
export function checkSparseSearch(live: LiveIndex, reader: Reader, o: AnySearch): SparseSearch {
  let spec: SparseSpec | undefined;
  const checked = checkSearch(o, {
    searched: (using) => {
      spec = fieldFor(live, using).spec;
      return { field: undefined, aims: { for: () => EXACT } };
    },
    vectors: (choice) => reader.vectors(choice),
  });
  return { ...checked, params: { ...checked.params, metric: 'dot' }, spec: spec! };
}

function fieldFor({ sparse }: LiveIndex, using: string | undefined): SparseField {
  const [first, ...others] = sparse;
  if (using === undefined && first && others.length === 0) return first;
  const found = sparse.find(({ spec }) => spec.name === using);
  if (found) return found;
  const names = sparse.map(({ spec }) => spec.name);
  const what =
    using === undefined
      ? 'using must name the sparse field to be searched'
      : `there is no sparse field ${show(using)}`;
  const hint = using === undefined ? '' : didYouMean(using, names);
  throw new ValidationError('INVALID_OPTION', `${what}: there ${listed(names)}${hint}`);
}

/** A copy of a query. @throws ValidationError INVALID_VECTOR */
export function sparseQuery(query: unknown): SparseValue {
  return checkSparse(query, { field: '' });
}

/** That of now: a compaction makes another. */
function fieldOf({ sparse }: LiveIndex, number: number): SparseField {
  return sparse.find(({ spec }) => spec.number === number)!;
}

/** Takes in slots until `until`, or all. */
function takeIn(live: LiveIndex, field: SparseField, isOver: () => boolean): void {
  const { slots, stored } = live;
  while (field.upTo < slots.count && !isOver()) {
    const slot = field.upTo;
    field.add(slot, slots.isLiveAt(slot) ? stored.value(slots.rowAt(slot), field.spec) : undefined);
  }
}

export async function searchSparse(
  live: LiveIndex,
  reader: Reader,
  query: SparseValue,
  { spec: { number }, params, signal }: SparseSearch,
  ending: AbortSignal,
): Promise<Hit[]> {
  const { time } = live.platform;
  while (fieldOf(live, number).upTo < live.slots.count) {
    const until = time.now() + SLICE_MS;
    takeIn(live, fieldOf(live, number), () => time.now() > until);
    await time.breathe();
    signal?.throwIfAborted();
    ending.throwIfAborted();
  }
  const use: Use<Hit[]> = (_, found, asked, atOnce) => {
    const field = fieldOf(live, number);
    takeIn(live, field, () => false); // what came since, in this turn
    const matches = bestOf(live, field, query, found, asked);
    return hitsOf(live, { ...found, matches }, asked, atOnce);
  };
  return reader.answer({ params, signal, own: true }, use);
}

/** As a smaller distance is nearer everywhere: the negated scores. */
function bestOf(
  live: LiveIndex,
  { index }: SparseField,
  query: SparseValue,
  found: Found,
  { k }: SearchParams,
): Match[] {
  const { slots } = live;
  const alive = slots.liveBits;
  const bits = found.filter ? both(alive, bitsOf(found)) : alive;
  const weighed = index.weigh(query, { rows: slots.count, bits: alive, version: slots.version });
  const best = index.search(weighed, { k, rows: slots.count, bits });
  return best.map(({ slot, score }) => ({ slot, distance: -score }));
}

function both(alive: Uint32Array, bits: Uint32Array): Uint32Array {
  const all = alive.slice();
  andInto(all, bits.length < all.length ? lengthened(bits, all.length) : bits);
  return all;
}

function lengthened(bits: Uint32Array, length: number): Uint32Array {
  const longer = new Uint32Array(length);
  longer.set(bits);
  return longer;
}
