/* Searches that leave out what is not indexed yet: a filter of their own, on the rows in front of the window of each arena. */
import { newBits, setRange } from '../../filter/bits.js';
import { type Admitted, ALL } from '../../hnsw/admitted.js';
import type { Engine } from '../../hnsw/engine.js';
import type { LiveField } from '../live-field.js';
import type { SearchParams } from './request.js';

/** What a search of a field may find, by places, of that which is admitted, by slots. */
export function admittedIn(
  { engine, part }: LiveField,
  bySlots: Admitted,
  { indexedOnly }: SearchParams,
): Admitted {
  const admitted = bySlots === ALL ? ALL : part.admitted(bySlots);
  return indexedOnly ? indexedOf(engine, admitted) : admitted;
}

/** Rows that were linked before others that came earlier may be left out, too. */
function indexedOf({ arenas, slots }: Engine, admitted: Admitted): Admitted {
  const bits = newBits(slots);
  for (const arena of arenas) setRange(bits, arena.base, arena.base + arena.advanceWindow());
  const among = admitted.kind === 'all' ? undefined : admitted.bits;
  if (among) for (let i = 0; i < bits.length; i++) bits[i]! &= among[i] ?? 0;
  return admitted.kind === 'asked' ? { ...admitted, bits } : { kind: 'bits', bits };
}
