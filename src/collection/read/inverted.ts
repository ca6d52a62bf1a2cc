/*
 * Searches of fields with inverted indexes, sparse vectors and texts: exact best scores among the live points that match. What
 * an index has not taken in yet, it takes in first: a few milliseconds at a time, the last of it in the turn of the answer.
 */
import type { Hit, Payload, PayloadChoice, VectorChoice } from '../../api/points.js';
import type { SearchOptions } from '../../api/reading.js';
import { fieldDropped } from '../../fields/field.js';
import type { InvertedPlan } from '../../fields/inverted/plan.js';
import type { SparseField } from '../../fields/sparse/sparse-field.js';
import type { TextField } from '../../fields/text/text-field.js';
import { NO_ASPECT } from '../../filter/aspects.js';
import { andInto } from '../../filter/bits.js';
import { newPostingsTrace, type PostingsTrace, type SlotScore } from '../../kernel/postings-record.js';
import type { LiveIndex } from '../live-index.js';
import { bitsOf } from './count.js';
import { hitsOf } from './hydrate.js';
import type { Reader } from './reader.js';
import { type CheckedSearch, checkSearch, EXACT_AIM, type Use } from './request.js';
import { otherField } from './shape.js';

export type Inverted = SparseField | TextField;
export type AnySearch = SearchOptions<Payload, PayloadChoice, VectorChoice>;

/** How long slots are taken in at a time. */
const SLICE_MS = 2;
/** Slots that may be left to the turn of the answer: a text takes some dozens of microseconds. */
export const FEW_SLOTS = 32;

/** A search that is checked, and the field that it uses. */
export interface InvertedSearch<F extends Inverted> extends CheckedSearch {
  readonly spec: F['spec'];
}

/** The one of some fields that `using` names, or the only one. `kind`: what they are called. @throws ValidationError */
function fieldFor<F extends Inverted>(
  fields: readonly F[],
  using: string | undefined,
  kind: string,
  reader: Reader,
): F {
  const [first, ...others] = fields;
  if (using === undefined && first && others.length === 0) return first;
  const found = fields.find(({ spec }) => spec.name === using);
  if (found) return found;
  const names = fields.map(({ spec }) => spec.name);
  throw names.length === 0 ? reader.without(kind) : otherField(kind, using, names);
}

/** @throws ValidationError */
export function checkInverted<F extends Inverted>(
  fields: readonly F[],
  kind: string,
  reader: Reader,
  o: AnySearch,
): InvertedSearch<F> {
  let spec: F['spec'] | undefined;
  const checked = checkSearch(o, {
    searched: (using) => {
      spec = fieldFor(fields, using, kind, reader).spec;
      return { field: undefined, aims: { for: () => EXACT_AIM } };
    },
    vectors: (choice) => reader.vectors(choice),
    filter: (given) => reader.filter(given),
    texts: kind === 'text',
  });
  return { ...checked, params: { ...checked.params, metric: 'dot' }, spec: spec! };
}

/** That of now: a compaction makes another. @throws ValidationError where the field was dropped */
export function fieldOf<F extends Inverted>(live: LiveIndex, wanted: F['spec']): F {
  const found = live.inverted.find(({ spec }) => spec.number === wanted.number);
  if (!found) throw fieldDropped(wanted);
  return found as F;
}

/**
 * Takes in what a field lacks when it is called, in slices. What comes meanwhile is left to the turn of the answer: where writes come as
 * fast as they are taken in, a search would wait for these without end; how many there are is what backpressure lets in. `pause` lets
 * others go on.
 */
export async function caughtUp(
  live: LiveIndex,
  spec: Inverted['spec'],
  pause: () => Promise<void>,
): Promise<void> {
  const { time } = live.platform;
  let field: Inverted | undefined;
  let isTaken = (): boolean => false;
  for (;;) {
    const now = fieldOf(live, spec);
    // A compaction makes another, which lacks other slots.
    if (now !== field) isTaken = now.lacking(live.slots);
    field = now;
    if (isTaken() || field.pending(live.slots) <= FEW_SLOTS) return;
    const until = time.now() + SLICE_MS;
    field.takeIn(live.slots, live.stored, () => time.now() > until);
    await pause();
  }
}

/** How a search of an inverted index was done. */
export interface InvertedTrace {
  /** None where there was nothing to search. */
  plan: InvertedPlan | undefined;
  /** Points that were taken in before, in the turn of the answer. */
  takenIn: number;
  postings: PostingsTrace;
}

export function newInvertedTrace(): InvertedTrace {
  return { plan: undefined, takenIn: 0, postings: newPostingsTrace() };
}

interface Planner<Q> {
  pending: Inverted['pending'];
  takeIn: Inverted['takeIn'];
  plan(
    query: Q,
    k: number,
    of: LiveIndex['slots'],
    bits: Uint32Array,
    counted: boolean,
  ): InvertedPlan | undefined;
  find(plan: InvertedPlan, trace: PostingsTrace | undefined): readonly SlotScore[];
}

/**
 * The best `k` of the points that have a bit by their slots, or of all, best first, ties by slot: in this turn, in which what the
 * field lacks is taken in before. `trace`: filled in where it is given.
 */
export function bestOf<Q>(
  live: LiveIndex,
  spec: Inverted['spec'],
  query: Q,
  { k, admitted, trace }: { k: number; admitted: Uint32Array | undefined; trace?: InvertedTrace | undefined },
): readonly SlotScore[] {
  const { slots, stored } = live;
  const field = fieldOf(live, spec) as unknown as Planner<Q>;
  if (trace) trace.takenIn = field.pending(slots);
  field.takeIn(slots, stored, () => false);
  const alive = slots.liveBits;
  const plan = field.plan(query, k, slots, admitted ? both(alive, admitted) : alive, trace !== undefined);
  if (trace) trace.plan = plan;
  return plan ? field.find(plan, trace?.postings) : [];
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

/** `query`: nobody else changes it. `showing`: gives, in the turn in which they are found, what shows hits. */
export async function searchInverted<Q>(
  live: LiveIndex,
  reader: Reader,
  query: Q,
  { spec, params, signal }: InvertedSearch<Inverted>,
  ending: AbortSignal,
  showing: () => (hits: Hit[]) => Hit[] = () => (hits) => hits,
): Promise<Hit[]> {
  await caughtUp(live, spec, async () => {
    await live.platform.time.breathe();
    signal?.throwIfAborted();
    ending.throwIfAborted();
  });
  const use: Use<Hit[]> = (_, found, asked, atOnce) => {
    const best = bestOf(live, spec, query, { k: asked.k, admitted: found.filter && bitsOf(found) });
    // A smaller distance is nearer everywhere.
    const matches = best.map(({ slot, score }) => ({ slot, distance: -score }));
    const shown = showing();
    const aspects = spec.kind === 'text' ? fieldOf<TextField>(live, spec).aspects : NO_ASPECT;
    const hits = hitsOf(live, { ...found, matches, aspects }, asked, atOnce);
    return hits instanceof Promise ? hits.then((some) => some && shown(some)) : shown(hits);
  };
  return reader.answer({ params, signal, own: true }, use);
}
