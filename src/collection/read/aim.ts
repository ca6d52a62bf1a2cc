/*
 * From the recall that is asked for to what a search may spend: by what was learned of this collection (hnsw/calibration.ts),
 * or, where too little was, by more than such targets need elsewhere.
 */
import { EF_MAX } from '../../base/limits.js';
import type { Calibration, Kind, Reached } from '../../hnsw/calibration.js';
import { limitsFor } from '../../hnsw/effort.js';
import { EF_DEFAULT } from '../../hnsw/plan.js';
import type { LiveField } from '../live-field.js';
import type { LiveIndex } from '../live-index.js';

/** What is asked for where the caller says nothing. */
const RECALL_DEFAULT = 0.98;

/** What a search spends, and why. */
export interface Aim {
  readonly ef: number;
  readonly bound: number | undefined;
  readonly exact: boolean;
  /** None where the caller gave `ef` alone. */
  readonly target: number | undefined;
  /** What it rests on: what can be promised, by how many queries, measured when (milliseconds since 1970). */
  readonly basis: (Reached & { readonly at: number }) | undefined;
  /** In words: what stands in the way of a basis. */
  readonly why: string | undefined;
}

/** What is asked for. */
export interface Wish {
  readonly k: number;
  readonly recall: number | undefined;
  readonly ef: number | undefined;
  readonly filtered: boolean;
}

/** Share of the rows that may have changed since it was learned. */
const CHANGED_SHARE = 0.5;

/** Whether too much has changed since it was learned. */
export function isStale({ seq }: Calibration, live: LiveIndex): boolean {
  return live.rows.changedSince(seq) > CHANGED_SHARE * live.rows.slots;
}

/** The beam of a search for few results: 500 for .98, 1,000 for .99; and for each result. */
const WIDTH = 10;
const WIDTH_EACH = 4;
/** With a filter and a bound that was learned, no narrower than this: 500 for .99, and EF_DEFAULT up to .98. */
const WIDTH_BOUNDED = 5;

/**
 * The beam where nothing is known of the data: no narrower than it is by default elsewhere. Where it would be wider than beams can
 * be, as for .9999, all points are to be compared.
 */
function cautiousEf(target: number, k: number): number {
  return Math.max(EF_DEFAULT, WIDTH_EACH * k, Math.round(WIDTH / (1 - target)));
}

/** Among the rows that match, a bound finds more than among all; but those may be far from the query, and near one another. */
function boundedEf(target: number, k: number): number {
  return Math.max(EF_DEFAULT, k, Math.round(WIDTH_BOUNDED / (1 - target)));
}

/**
 * By which kinds of queries it must have been measured. By dot product, a query need not be like the rows that answer it: with all
 * products negative, .98 by the rows alone was .53.
 */
const NEEDED: readonly Kind[] = ['rows'];
const NEEDED_DOT: readonly Kind[] = ['rows', 'asked'];

function aimFor(live: LiveIndex, field: LiveField, { k, recall, ef, filtered }: Wish): Aim {
  const nothing = { bound: undefined, exact: false, target: undefined, basis: undefined, why: undefined };
  if (recall === undefined && ef !== undefined) return { ...nothing, ef };
  const target = recall ?? RECALL_DEFAULT;
  const most = ef ?? Infinity;
  const exactly = { ...nothing, target, ef: EF_DEFAULT, exact: true };
  if (target === 1) return exactly;
  const width = cautiousEf(target, k);
  const cautious: Aim =
    width > EF_MAX && ef === undefined ? exactly : { ...nothing, target, ef: Math.min(most, width) };
  const { calibration } = field;
  if (!calibration) return { ...cautious, why: 'not measured yet' };
  if (isStale(calibration, live)) return { ...cautious, why: 'too much has changed since it was measured' };
  const isDot = field.spec.metric === 'dot';
  const reached = calibration.reach(target, k, isDot ? NEEDED_DOT : NEEDED);
  if (reached === 'unknown' && isDot)
    return {
      ...cautious,
      why: 'too few queries were asked and measured: by dot product, rows do not tell what queries find',
    };
  if (reached === 'unknown')
    return { ...cautious, why: 'too few queries were measured for so high a recall' };
  if (reached === 'beyond' && ef !== undefined)
    return { ...cautious, ef, why: 'no walk that was measured finds so much' };
  if (reached === 'beyond') return { ...exactly, why: 'no walk that was measured finds so much' };
  const limits = limitsFor(reached.effort, k, field.engine.live, calibration.growth);
  const basis = { ...reached, at: calibration.at };
  // Patience depends on the width of the beam: for many results, of long rows by dot product, a beam of `k` found .81 where .9 was
  // asked for.
  const beam = filtered ? Math.max(boundedEf(target, k), limits.ef) : limits.ef;
  return { ...nothing, target, ef: Math.min(most, EF_MAX, beam), bound: limits.bound, basis };
}

/** Kinds of searches that are remembered. */
const KEPT = 64;

/** Those of searches before stand for the next ones, which mostly ask for the same. */
export class Aims {
  readonly #live: LiveIndex;
  readonly #field: LiveField;
  readonly #known = new Map<string, Aim>();
  #last: { readonly wish: Wish; readonly aim: Aim } | undefined;
  #of: Calibration | undefined;
  #until = 0;

  constructor(live: LiveIndex, field: LiveField) {
    this.#live = live;
    this.#field = field;
  }

  for(wish: Wish): Aim {
    const live = this.#live;
    if (this.#of !== this.#field.calibration || live.seq >= this.#until) this.#forget();
    if (this.#last && isSame(this.#last.wish, wish)) return this.#last.aim;
    const { k, recall, ef, filtered } = wish;
    const name = `${k} ${recall} ${ef} ${filtered}`;
    let aim = this.#known.get(name);
    if (!aim) {
      aim = aimFor(live, this.#field, wish);
      if (this.#known.size >= KEPT) this.#known.clear();
      this.#known.set(name, aim);
    }
    this.#last = { wish, aim };
    return aim;
  }

  /** Rows come and go: all is looked at again when a hundredth of them has. */
  #forget(): void {
    const { seq, rows } = this.#live;
    this.#known.clear();
    this.#last = undefined;
    this.#of = this.#field.calibration;
    this.#until = seq + 1 + rows.slots / 100;
  }
}

function isSame(a: Wish, b: Wish): boolean {
  return a.k === b.k && a.recall === b.recall && a.ef === b.ef && a.filtered === b.filtered;
}
