/* What a search of an index is after, and what that is for one arena. */
import type { Id } from '../base/checks.js';
import { ADMITTED, ASKED, UNFILTERED } from '../kernel/layout.js';
import type { Arena } from './arena.js';
import type { ArenaQuery, SearchTrace } from './search.js';
import { slotOf } from './slots.js';

/** Which rows a search may find. */
export interface Admission {
  /** A bit for each slot that matches; with `accepts`, for each that may. */
  readonly bits: Uint32Array;
  /** Whether a slot with a bit matches. */
  accepts?(slot: number): boolean;
  /** Nearly everything matches: ask about so many of the nearest, once they are found. */
  readonly take?: number;
}

/** What a search is after. */
export interface Wanted {
  readonly k: number;
  readonly ef: number;
  readonly filter?: (id: Id) => boolean;
  readonly admission?: Admission;
  readonly exact?: boolean;
  readonly exactBelow?: number;
  readonly turnMs?: number;
  readonly trace?: SearchTrace;
}

/** Ids with their scores. */
export type Pairs = [Id, number][];

const everything = (): boolean => true;

/** Whether a row matches, as a function. */
export function askedOf({ filter, admission }: Wanted): (arena: Arena, row: number) => boolean {
  if (filter) return (arena, row) => filter(arena.idOf(row)) === true;
  if (!admission) return everything;
  const { bits, accepts } = admission;
  return (arena, row) => {
    const slot = slotOf(arena, row);
    return ((bits[slot >>> 5] ?? 0) & (1 << (slot & 31))) !== 0 && (accepts?.(slot) ?? true);
  };
}

/** What a search of any arena is told. */
export function queryOf({
  filter,
  admission,
  ...wanted
}: Wanted): Omit<ArenaQuery, 'wide' | 'vector' | 'metric' | 'accepts'> {
  if (!admission) return { ...wanted, filter: filter ? ASKED : UNFILTERED };
  const { bits, accepts, take } = admission;
  if (!accepts) return { ...wanted, filter: ADMITTED, bits };
  return { ...wanted, filter: ASKED, ...(take !== undefined && { take }) };
}
