/*
 * What searches of fields with inverted indexes, sparse vectors and texts, begin with: their options are checked, and what an index
 * has not taken in yet, it takes in, a few milliseconds at a time; the last of it in the turn of the answer.
 */
import type { Payload, PayloadChoice, VectorChoice } from '../../api/points.js';
import type { SearchOptions } from '../../api/reading.js';
import { fieldDropped } from '../../fields/field.js';
import type { SparseField } from '../../fields/sparse/sparse-field.js';
import type { TextField } from '../../fields/text/text-field.js';
import type { LiveIndex } from '../live-index.js';
import { SLICE_MS } from '../slices.js';
import type { Reader } from './reader.js';
import { type CheckedSearch, checkSearch, EXACT_AIM } from './request.js';
import { otherField } from './shape.js';

export type Inverted = SparseField | TextField;
export type AnySearch = SearchOptions<Payload, PayloadChoice, VectorChoice>;

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
