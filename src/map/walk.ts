/* What is told of the walk of one query through a graph, round by round. Types alone: the dashboard's page has them as well. */

/** A point by its number in the map, -1 where it is not in it. */
export interface Met {
  readonly number: number;
  readonly distance: number;
}

export interface MapWalk {
  /** The beam: points that it keeps, at most. */
  readonly ef: number;
  readonly steps: readonly {
    /** The first step has the entry point, and level -1. */
    readonly level: number;
    /** Points whose links were followed. */
    readonly expanded: readonly number[];
    /** Points that were met there, and compared. */
    readonly met: readonly Met[];
  }[];
  readonly found: readonly Met[];
}
