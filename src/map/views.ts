/* The arenas of a field as the thread of the map looks at them, and rows of them by their places in the field. */
import type { GraphView } from '../kernel/graph-view.js';

/** An arena with the place of its first row in the field. */
export interface Viewed {
  readonly view: GraphView;
  readonly base: number;
}

/** Places in the field, ascending, with two numbers for each. */
export interface Laid {
  readonly places: Uint32Array;
  readonly xy: Float32Array;
}

/** Places of the rows that are shown; of those alone that the graph has. */
export function shownPlaces(views: readonly Viewed[], linkedAlone: boolean): Uint32Array {
  const places = new Uint32Array(views.reduce((sum, { view }) => sum + view.rows, 0));
  let count = 0;
  for (const { view, base } of views)
    for (let row = 0; row < view.rows; row++)
      if (view.isShown(row) && (!linkedAlone || view.isLinked(row))) places[count++] = base + row;
  return places.subarray(0, count);
}

/** The rows of one arena among places that ascend: from which one on, and how many. */
export function within(places: Uint32Array, { view, base }: Viewed): { first: number; end: number } {
  const from = (place: number): number => {
    let low = 0;
    let high = places.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (places[middle]! < place) low = middle + 1;
      else high = middle;
    }
    return low;
  };
  return { first: from(base), end: from(base + view.rows) };
}
