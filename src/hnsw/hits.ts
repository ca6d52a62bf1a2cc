/* What a search finds in one arena. */

/** A row and its distance, smaller is nearer. */
export interface RowHit {
  readonly row: number;
  readonly distance: number;
}

/** Nearest first, then in the order of writing. */
export function byDistance(a: RowHit, b: RowHit): number {
  return a.distance - b.distance || a.row - b.row;
}
