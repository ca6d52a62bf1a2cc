/*
 * Rows that find their places in a layout that is there: those that came later, and those that a sample has left out. Each is
 * tied to its nearest rows that have a place, and moves between them; these stay where they are.
 */
import { randomFrom } from '../base/random.js';
import { Around, NEIGHBOURS, STARTS } from './around.js';
import { chart } from './core.js';
import type { Neighbours } from './graph.js';
import { addTo } from './layout.js';
import { Links } from './links.js';
import { sampleOf } from './sample.js';
import { type Laid, shownPlaces, type Viewed, within } from './views.js';

/** Rows with places that are met from each, about. */
const KNOWN_MET = 16;
/** A row that no link leads away from is compared with so many, as long as all of them together are soon done. */
const COMPARED_MOST = 3_000;
const PAIRS = 10_000_000;

/** Of an arena that has fewer rows with places, rows are compared with those of the others as well. */
const FEW = 1_000;

/** Rows without ties to those that come that push them away as well, so that they do not leave their region. */
const BYSTANDERS = 20_000;

/** Steps of all rows together: many rows need few epochs to be seen, few rows are cheap. */
const STEPS = 1_000_000;
const EPOCHS_MOST = 40;
const EPOCHS_LEAST = 4;

/** Rows that are placed at a time: of more, some from everywhere. So they appear as they come, and memory is bounded. */
const TOGETHER = 100_000;

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

/** For each new row its nearest that have a place. Where an arena has few of these, they may be of another. */
function* tiesOf(
  views: readonly Viewed[],
  { places }: Laid,
  fresh: Uint32Array,
  random: () => number,
): Generator<number, Tied> {
  const compared = Math.min(COMPARED_MOST, Math.floor(PAIRS / Math.max(1, fresh.length)));
  const charts = chart(views, places, { met: KNOWN_MET, starts: Math.max(STARTS, compared), random });
  const around = new Around(charts);
  const links = new Links(fresh.length, NEIGHBOURS);
  const anchors: number[] = [];
  const anchorOf = new Map<number, number>();
  const tie = (number: number): number => {
    let anchor = anchorOf.get(number);
    if (anchor === undefined) {
      anchor = fresh.length + anchors.length;
      anchorOf.set(number, anchor);
      anchors.push(number);
    }
    return anchor;
  };
  for (const charted of charts) {
    const { first, end } = within(fresh, charted);
    for (let i = first; i < end; i++) {
      const row = fresh[i]! - charted.base;
      around.byLinks(charted, row);
      if (charts.length > 1 && charted.rows.length < FEW) around.across(charted, row, false);
      const { near } = around;
      for (let n = 0; n < near.size; n++) near.rows[n] = tie(near.rows[n]!);
      links.add(near);
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

/** Shown rows that a layout lacks, and where they belong. Gives the share that is done, from 0 to 1, between steps. */
export function* layOutLater(views: readonly Viewed[], laid: Laid, seed: number): Generator<number, Laid> {
  const random = randomFrom(seed);
  const places = sampleOf(missing(views, laid.places), TOGETHER, random);
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
