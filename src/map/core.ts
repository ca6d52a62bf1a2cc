/*
 * What of a field is laid out first: all rows that its graph has, or a sample of them, with their neighbours by the links of
 * the graph. The others find their places between them (later.ts).
 */
import { randomFrom } from '../base/random.js';
import { Around, type Charted, NEIGHBOURS, STARTS } from './around.js';
import type { Neighbours } from './graph.js';
import { followedFor, Known, NO_NUMBER } from './known.js';
import { layOut } from './layout.js';
import { Links } from './links.js';
import { sampleOf } from './sample.js';
import type { Placed } from './turn.js';
import { type Laid, shownPlaces, type Viewed, within } from './views.js';

/** So few rows are compared with each other, whether they are linked or not: a third of a second. */
const COMPARED_MOST = 3_000;

/** Rows of a sample that are met from each, about: the nearest fifteen of them are chosen. */
const KNOWN_MET = 100;

/** Rows, about, that are compared with those of other arenas. */
const BRIDGES = 4_000;

/** Rows between two looks at how far it has come. */
const STEP = 1_000;

export interface CoreOptions {
  readonly seed: number;
  /** Rows that are laid out, at most. */
  readonly limit: number;
  /** Where some of them lay before. */
  readonly before?: Laid | undefined;
}

/** The arenas, with numbers for the rows of some places, in their order. */
export function chart(
  views: readonly Viewed[],
  places: Uint32Array,
  o: { readonly met: number; readonly starts: number; readonly random: () => number },
): (Charted & { readonly rows: Uint32Array; readonly first: number })[] {
  return views.map((viewed) => {
    const { view, base } = viewed;
    const { first, end } = within(places, viewed);
    const known = new Known(view, followedFor(view, end - first, o.met));
    const rows = places.slice(first, end).map((place) => place - base);
    for (const [i, row] of rows.entries()) known.numbers[row] = first + i;
    return { view, base, known, rows, first, starts: sampleOf(rows, o.starts, o.random) };
  });
}

/** The neighbours of some rows among themselves. Some rows tie the graph of an arena to those of the others. */
function* neighboursOf(
  views: readonly Viewed[],
  places: Uint32Array,
  compares: boolean,
  random: () => number,
): Generator<number, Neighbours> {
  const starts = compares ? places.length : STARTS;
  const charts = chart(views, places, { met: KNOWN_MET, starts, random });
  const around = new Around(charts);
  const links = new Links(places.length, NEIGHBOURS + 1);
  const bridge = compares ? 1 : Math.ceil(places.length / BRIDGES);
  for (const charted of charts) {
    const { rows, first, known, view } = charted;
    for (const [i, row] of rows.entries()) {
      if (compares) around.byComparing(charted, row, rows);
      else around.byLinks(charted, row);
      if (charts.length > 1 && i % bridge === 0) around.across(charted, row, compares);
      const trunk = compares ? NO_NUMBER : known.trunkOf(row);
      if (trunk === NO_NUMBER) links.add(around.near);
      else links.add(around.near, { number: known.numbers[trunk]!, distance: view.distance(row, trunk) });
      if (i % STEP === 0) yield (first + i) / places.length;
    }
  }
  return links.done();
}

/** Places of before, which ascend as well, by the numbers that rows have now. None, where none of them is left. */
function placedOf(places: Uint32Array, before: Laid): Placed | undefined {
  const xy = new Float32Array(2 * places.length);
  const placed = new Uint8Array(places.length);
  for (let number = 0, at = 0; number < places.length && at < before.places.length; ) {
    const ahead = before.places[at]! - places[number]!;
    if (ahead === 0) {
      placed[number] = 1;
      xy.set(before.xy.subarray(2 * at, 2 * at + 2), 2 * number);
    }
    if (ahead <= 0) at++;
    if (ahead >= 0) number++;
  }
  return placed.includes(1) ? { xy, placed } : undefined;
}

/** Of the time that a layout takes. */
const READING_SHARE = 0.15;

/** Gives the share that is done, from 0 to 1, between steps. */
export function* layOutCore(
  views: readonly Viewed[],
  { seed, limit, before }: CoreOptions,
): Generator<number, Laid> {
  const random = randomFrom(seed);
  const linked = shownPlaces(views, true);
  const compares = linked.length < COMPARED_MOST;
  const all = compares ? shownPlaces(views, false) : linked;
  const places = sampleOf(all, Math.min(limit, compares ? COMPARED_MOST : limit), random);
  const reading = neighboursOf(views, places, compares, random);
  let graph: Neighbours | undefined;
  while (!graph) {
    const { done, value } = reading.next();
    if (done) graph = value;
    else yield value * READING_SHARE;
  }
  const laying = layOut(graph, { seed, before: before && placedOf(places, before) });
  for (;;) {
    const { done, value } = laying.next();
    if (done) return { places, xy: value };
    yield READING_SHARE + value * (1 - READING_SHARE);
  }
}
