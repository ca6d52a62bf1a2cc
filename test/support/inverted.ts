/* What the tests of inverted indexes share: random slots that live, and the naive best of all scores. */

import type { Live } from '#silt/fields/inverted/live.js';
import { hasBit, newBits, setBit } from '#silt/filter/bits.js';
import type { SlotScore } from '#silt/kernel/postings-record.js';

/** Bits of the slots below `rows` that `lives` is true of. */
export function bitsWhere(rows: number, lives: (slot: number) => boolean): Uint32Array {
  const bits = newBits(rows);
  for (let slot = 0; slot < rows; slot++) if (lives(slot)) setBit(bits, slot);
  return bits;
}

let versions = 0;

export function liveWhere(rows: number, lives: (slot: number) => boolean): Live {
  return { rows, bits: bitsWhere(rows, lives), version: ++versions };
}

/** Best first, equal ones by slot, of the slots below `rows` that are allowed. */
export function bestOf(
  scores: ReadonlyMap<number, number>,
  k: number,
  { rows, bits }: { readonly rows: number; readonly bits?: Uint32Array | undefined },
): SlotScore[] {
  return [...scores]
    .filter(([slot]) => slot < rows && (!bits || hasBit(bits, slot)))
    .map(([slot, score]) => ({ slot, score }))
    .sort((a, b) => b.score - a.score || a.slot - b.slot)
    .slice(0, k);
}

/** What an index finds in one go. */
export function searched<Query, Slots>(
  index: { searching(query: Query, slots: Slots): Generator<void, SlotScore[]> },
  query: Query,
  slots: Slots,
): SlotScore[] {
  const step = index.searching(query, slots).next();
  if (!step.done) throw new Error('it stopped, and nobody has asked for that');
  return step.value;
}
