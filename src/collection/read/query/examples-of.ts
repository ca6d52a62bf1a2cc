/* What a step compares with, as of now: those of stored points change as these are written. */
import { atMost, show, showId } from '../../../base/checks.js';
import { SiltError } from '../../../base/errors.js';
import { idOfKey } from '../../../base/ids.js';
import { MULTI_VECTORS_MAX } from '../../../base/limits.js';
import type { SparseSpec, ValueSpec } from '../../../fields/field.js';
import type { SparseField } from '../../../fields/sparse/sparse-field.js';
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import { checkQuery } from '../../../hnsw/vectors.js';
import type { LiveIndex } from '../../live-index.js';
import { MISSING } from '../../stored-rows.js';
import { fieldOf } from '../inverted.js';
import { RowUnreadableError } from '../unreadable.js';
import {
  allOf,
  averageOf,
  averageOfSparse,
  bestScore,
  contextScore,
  directionOf,
  discoverScore,
  sumScores,
  weighedSum,
} from './examples.js';
import { within } from './places.js';
import type { Ask, Compared, Comparison, Example, Value } from './tree.js';

/** What a step compares with. */
export interface Examples {
  readonly values: readonly Value[];
  /** Slots of the points that are named: they are left out of what is found. */
  readonly without: ReadonlySet<number>;
  /** Tells which rows the values are of, and since when. */
  readonly key: string;
}

function examplesOf(ask: Comparison): readonly Example[] {
  switch (ask.kind) {
    case 'nearest':
      return [ask.to];
    case 'average':
    case 'recommend':
      return [...ask.positive, ...ask.negative];
    case 'discover':
      return [ask.target, ...ask.pairs.flatMap(({ positive, negative }) => [positive, negative])];
    case 'context':
      return ask.pairs.flatMap(({ positive, negative }) => [positive, negative]);
    case 'feedback':
      return [ask.target, ...ask.examples];
  }
}

function rowOf(live: LiveIndex, key: Uint8Array, place: string): number {
  const row = live.store.rowOf(live.collection, key);
  if (row !== 0) return row;
  throw new SiltError(
    'POINT_NOT_FOUND',
    `${place}: there is no point with the id ${showId(idOfKey(key))}. Write it first, or give a vector`,
  );
}

/** A row, and by which operation it has the value in a field that it has now. */
function versionOf({ stored }: LiveIndex, row: number, { number }: { readonly number: number }): string {
  return `${row}@${stored.changedAt(row, number)}`;
}

/** Why a row has nothing in a field to be compared with. */
function withoutValue(
  live: LiveIndex,
  { key, place }: { readonly key: Uint8Array; readonly place: string },
  row: number,
  name: string,
): SiltError {
  const { stored } = live;
  const id = idOfKey(key);
  if (stored.plain || stored.whyOf(row) !== undefined || !stored.has(row))
    return new RowUnreadableError(id, row, stored.whyOf(row) ?? MISSING);
  return new SiltError(
    'POINT_NOT_FOUND',
    `${place}: the point ${showId(id)} has no vector in the field ${show(name)} to compare with`,
  );
}

/** What the point of a row has. */
export function valueIn(live: LiveIndex, { field, spec }: Compared, row: number): Value | undefined {
  return field ? field.vectorOf(row) : (live.stored.value(row, spec) as Value | undefined);
}

/** @throws SiltError POINT_NOT_FOUND; RowUnreadableError; ValidationError for a mean that has no direction */
export function comparedBy(ask: Comparison & Compared, place: string, live: LiveIndex): Examples {
  const { spec } = ask;
  const byDirection = ask.kind === 'average' && spec.kind === 'dense' && spec.metric === 'cosine';
  const without = new Set<number>();
  const rows: string[] = [];
  const values = examplesOf(ask).map((one) => {
    if (one.value) return one.value;
    const row = rowOf(live, one.key, one.place);
    const value = valueIn(live, ask, row);
    if (!value) throw withoutValue(live, one, row, spec.name);
    const slot = live.rows.slotOf(row);
    if (slot !== undefined) without.add(slot);
    rows.push(versionOf(live, row, spec));
    return byDirection ? directionOf(value as Float32Array) : value;
  });
  if (spec.kind === 'multi')
    atMost(
      `vectors of the examples of ${within(place, 'query')}`,
      (values as readonly (readonly Float32Array[])[]).reduce((sum, { length }) => sum + length, 0),
      MULTI_VECTORS_MAX,
      'Give fewer examples',
    );
  const key = rows.join();
  if (ask.kind !== 'average') return { values, without, key };
  const { length } = ask.positive;
  return { values: [meanOf(spec, values.slice(0, length), values.slice(length), place)], without, key };
}

/** Sparse vectors as they count among the points of now, by how rare their indices are. The index has taken in all points. */
export function weighedBy(live: LiveIndex, spec: SparseSpec, values: readonly Value[]): SparseValue[] {
  const { slots } = live;
  const field = fieldOf<SparseField>(live, spec);
  field.takeIn(slots, live.stored, () => false);
  return values.map((value) => {
    const terms = field.plan(value as SparseValue, 1, slots, slots.liveBits)?.weighed.terms ?? [];
    return { indices: terms.map(({ name }) => name), values: terms.map(({ weight }) => weight) };
  });
}

function meanOf(
  spec: ValueSpec,
  positive: readonly Value[],
  negative: readonly Value[],
  place: string,
): Value {
  if (spec.kind === 'sparse') return averageOfSparse(positive as SparseValue[], negative as SparseValue[]);
  if (spec.kind === 'multi') return allOf(positive as Float32Array[][], negative as Float32Array[][]);
  const mean = averageOf(positive as Float32Array[], negative as Float32Array[]);
  checkQuery(mean, spec.metric, `the mean of ${within(place, 'query.recommend')}`);
  return mean;
}

/** How a point is scored by its similarities to the vectors of a step. */
export function scoreBy(ask: Ask): (similar: readonly number[]) => number {
  switch (ask.kind) {
    case 'recommend': {
      const { length } = ask.positive;
      const by = ask.strategy === 'best_score' ? bestScore : sumScores;
      return (similar) => by(similar, length);
    }
    case 'discover':
      return discoverScore;
    case 'feedback':
      return (similar) => weighedSum(similar, ask.weights);
    default:
      return contextScore;
  }
}
