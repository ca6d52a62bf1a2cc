/*
 * Rows that find their places in a layout that is there: those that came later, and those that a sample has left out. Each is
 * tied to its nearest rows that have a place, and moves between them; these stay where they are.
 */
import { randomFrom } from '../base/random.js';
import { type Laid, NEIGHBOURS, shownPlaces, type Viewed, within } from './core.js';
import type { Neighbours } from './graph.js';
import { Known } from './known.js';
import { addTo } from './layout.js';
import { Links } from './links.js';
import { Nearest } from './near.js';
import { sampleOf } from './sample.js';

/** Pairs that are compared, at most, for all rows together that no link leads away from: some seconds. */
const PAIRS_MOST = 100_000_000;
/** Rows that each of them is compared with, at least, where there are so many. */
const COMPARED_LEAST = 500;

/** Rows without ties to those that come that push them away as well, so that they do not leave their region. */
const BYSTANDERS = 20_000;

/** Steps of all rows together: many rows need few epochs to be seen, few rows are cheap. */
const STEPS = 1_000_000;
const EPOCHS_MOST = 40;
const EPOCHS_LEAST = 4;

const STEP = 1_000;

/** Shown places that have none in the layout. */
function missing(views: readonly Viewed[], placed: Uint32Array): Uint32Array {
  const shown = shownPlaces(views, false);
  let at = 0;
  return shown.filter((place) => {
    while (at < placed.length && placed[at]! < place) at++;
    return placed[at] !== place;
  });
}

interface Tied {
  readonly graph: Neighbours;
  /** Numbers, in the layout, of the rows that are tied to; they come behind the new ones. */
  readonly anchors: number[];
}

/** For each new row its nearest that have a place. */
function* tiesOf(
  views: readonly Viewed[],
  { places }: Laid,
  fresh: Uint32Array,
  random: () => number,
): Generator<number, Tied> {
  const links = new Links(fresh.length, NEIGHBOURS);
  const found = new Nearest(NEIGHBOURS);
  const anchors: number[] = [];
  for (const viewed of views) {
    const { view, base } = viewed;
    const ours = within(places, viewed);
    const theirs = within(fresh, viewed);
    const rows = places.slice(ours.first, ours.end).map((place) => place - base);
    const known = new Known(view, true);
    for (const [i, row] of rows.entries()) known.numbers[row] = ours.first + i;
    const compared = Math.max(COMPARED_LEAST, Math.floor(PAIRS_MOST / Math.max(1, fresh.length)));
    const some = sampleOf(rows, compared, random);
    const numbers = new Map<number, number>();
    const numberOf = (row: number): number => {
      let number = numbers.get(row);
      if (number === undefined) {
        number = fresh.length + anchors.length;
        numbers.set(row, number);
        anchors.push(known.numbers[row]!);
      }
      return number;
    };
    for (let i = theirs.first; i < theirs.end; i++) {
      const row = fresh[i]! - base;
      found.clear();
      if (view.isLinked(row)) known.byLinks(row, found);
      if (found.size === 0) known.byComparing(row, some, found);
      links.add(found, numberOf);
      if (i % STEP === 0) yield i / fresh.length;
    }
  }
  return { graph: links.done(), anchors };
}

/** The same graph with rows behind that have places and no links of their own. */
function withPlaced({ graph, anchors }: Tied, { xy, places }: Laid, random: () => number) {
  const fresh = graph.rows;
  const everyone = Uint32Array.from(places.keys());
  const behind = [...anchors, ...sampleOf(everyone, BYSTANDERS, random)];
  const rows = fresh + behind.length;
  const starts = new Uint32Array(rows + 1).fill(graph.to.length);
  starts.set(graph.starts);
  const before = new Float32Array(2 * rows);
  for (const [i, number] of behind.entries())
    before.set(xy.subarray(2 * number, 2 * number + 2), 2 * (fresh + i));
  const placed = new Uint8Array(rows).fill(1, fresh);
  return { graph: { ...graph, rows, starts }, before: { xy: before, placed } };
}

function epochsFor(rows: number): number {
  return Math.max(EPOCHS_LEAST, Math.min(EPOCHS_MOST, Math.round(STEPS / Math.max(1, rows))));
}

/** The shown rows that a layout lacks, and where they belong. Gives the share that is done, from 0 to 1, between steps. */
export function* layOutLater(views: readonly Viewed[], laid: Laid, seed: number): Generator<number, Laid> {
  const random = randomFrom(seed);
  const places = missing(views, laid.places);
  if (places.length === 0) return { places, xy: new Float32Array(0) };
  const tying = tiesOf(views, laid, places, random);
  let tied: Tied | undefined;
  while (!tied) {
    const { done, value } = tying.next();
    if (done) tied = value;
    else yield value / 2;
  }
  const { graph, before } = withPlaced(tied, laid, random);
  const adding = addTo(before, graph, { seed, epochs: epochsFor(places.length) });
  for (;;) {
    const { done, value } = adding.next();
    if (done) return { places, xy: value.slice(0, 2 * places.length) };
    yield 0.5 + value / 2;
  }
}
