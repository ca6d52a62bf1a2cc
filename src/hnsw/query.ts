/* What goes into a search of the engine, and what comes out. Rows are named by their slots (slots.ts). */
import type { VectorLike } from '../kernel/metrics.js';
import type { Admitted } from './admitted.js';
import type { SearchTrace } from './trace.js';

export interface Query {
  readonly vector: VectorLike;
  readonly k: number;
  readonly ef: number;
  readonly admitted: Admitted;
  /** Compare all rows, whatever the graph could do; or if fewer live than so many. */
  readonly exact: boolean;
  readonly exactBelow: number;
  /** Filled in where it is given. */
  readonly trace?: SearchTrace | undefined;
}

/** A row that was found, and its distance: smaller is nearer. */
export interface Match {
  readonly slot: number;
  readonly distance: number;
}

/** Nearest first, then in the order of writing. */
export function byDistance(a: Match, b: Match): number {
  return a.distance - b.distance || a.slot - b.slot;
}
