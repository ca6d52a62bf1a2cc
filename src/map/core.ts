/*
 * What of a field is laid out first: all rows that its graph has, or a sample of them, with their neighbours by the links of
 * the graph. The others find their places between them (later.ts).
 */

import { randomFrom } from '../base/random.js';
import type { GraphView } from '../kernel/graph-view.js';
import type { Neighbours } from './graph.js';
import { Known, NO_NUMBER } from './known.js';
import { layOut } from './layout.js';
import { Links } from './links.js';
import { Nearest } from './near.js';
import { sampleOf } from './sample.js';

export const NEIGHBOURS = 15;

/** So few rows are compared with each other, whether they are linked or not: a third of a second. */
const COMPARED_MOST = 3_000;

/** Rows between two looks at how far it has come. */
const STEP = 1_000;

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

export interface CoreOptions {
  readonly seed: number;
  /** Rows that are laid out, at most. */
  readonly limit: number;
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

/** The neighbours of some rows among themselves. Arenas have graphs of their own: no link leads from one to another. */
function* neighboursOf(
  views: readonly Viewed[],
  places: Uint32Array,
  compares: boolean,
  few: boolean,
): Generator<number, Neighbours> {
  const links = new Links(places.length, NEIGHBOURS + 1);
  const found = new Nearest(NEIGHBOURS);
  for (const viewed of views) {
    const { first, end } = within(places, viewed);
    const known = new Known(viewed.view, few);
    const rows = places.slice(first, end).map((place) => place - viewed.base);
    for (const [i, row] of rows.entries()) known.numbers[row] = first + i;
    const numberOf = (row: number): number => known.numbers[row]!;
    for (const [i, row] of rows.entries()) {
      if (compares) known.byComparing(row, rows, found);
      else known.byLinks(row, found);
      const trunk = compares ? NO_NUMBER : known.trunkOf(row);
      if (trunk === NO_NUMBER) links.add(found, numberOf);
      else links.add(found, numberOf, { row: trunk, distance: viewed.view.distance(row, trunk) });
      if (i % STEP === 0) yield (first + i) / places.length;
    }
  }
  return links.done();
}

/** Of the time that a layout takes. */
const READING_SHARE = 0.15;

/** Gives the share that is done, from 0 to 1, between steps. */
export function* layOutCore(views: readonly Viewed[], { seed, limit }: CoreOptions): Generator<number, Laid> {
  const random = randomFrom(seed);
  const linked = shownPlaces(views, true);
  const compares = linked.length < COMPARED_MOST;
  const all = compares ? shownPlaces(views, false) : linked;
  const places = sampleOf(all, Math.min(limit, compares ? COMPARED_MOST : limit), random);
  const reading = neighboursOf(views, places, compares, places.length < all.length);
  let graph: Neighbours | undefined;
  while (!graph) {
    const { done, value } = reading.next();
    if (done) graph = value;
    else yield value * READING_SHARE;
  }
  const laying = layOut(graph, { seed });
  for (;;) {
    const { done, value } = laying.next();
    if (done) return { places, xy: value };
    yield READING_SHARE + value * (1 - READING_SHARE);
  }
}
