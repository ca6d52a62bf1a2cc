/* What is told of the walk of one query through a graph, round by round. Types alone: the dashboard's page has them as well. */

/** A point by its number in the map, -1 where it is not in it. */
export interface Met {
  readonly number: number;
  readonly distance: number;
}

export interface MapWalk {
  /** The beam: points that it keeps, at most. */
  readonly ef: number;
  /** The point whose vector is the query; -1 where it is not one of the map. */
  readonly query: number;
  readonly steps: readonly {
    /** The first step has the entry point, and level -1. */
    readonly level: number;
    /** Points whose links were followed. */
    readonly expanded: readonly number[];
    /** Points that were met there, and compared; each with the one whose link led to it, -1 where that is not on the map. */
    readonly met: readonly (Met & { readonly from: number })[];
  }[];
  readonly found: readonly Met[];
}
