/* The vectors that a step compares with, as of now: those of stored points change as these are written. */
import { show } from '../../../base/checks.js';
import { SiltError } from '../../../base/errors.js';
import { idOfKey } from '../../../base/ids.js';
import type { SparseValue } from '../../../fields/sparse/sparse-index.js';
import { checkQuery } from '../../../hnsw/vectors.js';
import type { LiveField } from '../../live-field.js';
import type { LiveIndex } from '../../live-index.js';
import { MISSING } from '../../stored-rows.js';
import { RowUnreadableError } from '../hydrate.js';
import type { CheckedText } from '../text.js';
import { averageOf, bestScore, contextScore, directionOf, discoverScore, sumScores } from './examples.js';
import { within } from './places.js';
import type { Ask, AskOf, Comparison, Example } from './tree.js';

/** What a step compares with. */
export interface Compared {
  readonly vectors: readonly Float32Array[];
  /** Slots of the points that are named: they are left out of what is found. */
  readonly without: ReadonlySet<number>;
  /** Tells which rows the vectors are of, and since when. */
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
  }
}

function rowOf(live: LiveIndex, key: Uint8Array, place: string): number {
  const row = live.store.rowOf(live.collection, key);
  if (row !== 0) return row;
  throw new SiltError(
    'POINT_NOT_FOUND',
    `${place}: there is no point with the id ${show(idOfKey(key))}. Write it first, or give a vector`,
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
    `${place}: the point ${show(id)} has no vector in the field ${show(name)} to compare with`,
  );
}

/** @throws SiltError POINT_NOT_FOUND; RowUnreadableError; ValidationError for a mean that has no direction */
export function comparedBy(
  ask: Comparison & { readonly field: LiveField },
  place: string,
  live: LiveIndex,
): Compared {
  const { field } = ask;
  const byDirection = ask.kind === 'average' && field.spec.metric === 'cosine';
  const without = new Set<number>();
  const rows: string[] = [];
  const vectors = examplesOf(ask).map((one) => {
    if (one.vector) return one.vector;
    const row = rowOf(live, one.key, one.place);
    const vector = field.vectorOf(row);
    if (!vector) throw withoutValue(live, one, row, field.spec.name);
    const slot = live.rows.slotOf(row);
    if (slot !== undefined) without.add(slot);
    rows.push(versionOf(live, row, field.spec));
    return byDirection ? directionOf(vector) : vector;
  });
  const key = rows.join();
  if (ask.kind !== 'average') return { vectors, without, key };
  const mean = averageOf(vectors.slice(0, ask.positive.length), vectors.slice(ask.positive.length));
  checkQuery(mean, field.spec.metric, `the mean of ${within(place, 'query.recommend')}`);
  return { vectors: [mean], without, key };
}

/** The vectors that points of a field with several are compared with, likewise; and whose they are. */
export function multiBy(
  { spec, to }: AskOf<'multi'>,
  live: LiveIndex,
): { readonly query: readonly Float32Array[]; readonly without: number | undefined; readonly key: string } {
  if (to.vectors) return { query: to.vectors, without: undefined, key: '' };
  const row = rowOf(live, to.key, to.place);
  const value = live.stored.value(row, spec);
  if (!value) throw withoutValue(live, to, row, spec.name);
  return {
    query: value as readonly Float32Array[],
    without: live.rows.slotOf(row),
    key: versionOf(live, row, spec),
  };
}

/** What an inverted index is asked for, and the slot of the point whose vector that is. */
export function invertedBy(
  ask: AskOf<'sparse' | 'text'>,
  live: LiveIndex,
): { readonly query: SparseValue | CheckedText; readonly without: number | undefined } {
  if (ask.kind === 'text') return { query: ask.query, without: undefined };
  const { spec, to } = ask;
  if (to.value) return { query: to.value, without: undefined };
  const row = rowOf(live, to.key, to.place);
  const value = live.stored.value(row, spec);
  if (!value) throw withoutValue(live, to, row, spec.name);
  return { query: value as SparseValue, without: live.rows.slotOf(row) };
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
    default:
      return contextScore;
  }
}
