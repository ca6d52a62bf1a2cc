/* The rows of an arena that have a place in a layout or will have one, and which of them are near another row. */
import type { GraphView } from '../kernel/graph-view.js';
import { Nearest } from './near.js';

/** Of a row that has no number. */
export const NO_NUMBER = 0xffff_ffff;

/** Rows whose links are followed where all rows are known: a walk of two steps meets nearly all of the nearest fifteen. */
const FOLLOWED = 10;
/** Where there are more than `MANY`, for which it would take longer than the layout does. */
const FOLLOWED_OF_MANY = 5;
const MANY = 25_000;

/** The rows that a walk along links keeps, which begins far from where it is to end. */
const BEAM = 24;

/** How many links of a row to follow so that, of known rows, about `wanted` are met: fewer are known, more are followed. */
export function followedFor({ rows, degree }: GraphView, known: number, wanted: number): number {
  const least = rows > MANY ? FOLLOWED_OF_MANY : FOLLOWED;
  const each = (degree * known) / Math.max(1, rows);
  return Math.min(degree, Math.max(least, Math.ceil(wanted / Math.max(each, 1e-9))));
}

export class Known {
  readonly view: GraphView;
  /** In the layout, by row; NO_NUMBER for none. */
  readonly numbers: Uint32Array;
  /** In which turn a row was met last; its links were followed where that is one more. Turns are even. */
  readonly #met: Uint32Array;
  #turn = 0;
  readonly #links: Uint32Array;
  readonly #first: Nearest;
  readonly #beam = new Nearest(BEAM);
  #distanceTo: (other: number) => number = () => 0;

  /** `followed`: links of a row that are followed, the nearest of them. */
  constructor(view: GraphView, followed: number) {
    this.view = view;
    this.numbers = new Uint32Array(view.rows).fill(NO_NUMBER);
    this.#met = new Uint32Array(view.rows);
    this.#links = new Uint32Array(view.degree);
    this.#first = new Nearest(followed);
  }

  #begin(row: number, found: Nearest): void {
    this.#turn += 2;
    found.clear();
    this.#met[row] = this.#turn;
    this.#distanceTo = (other) => this.view.distance(row, other);
  }

  /** The nearest known rows that are met in one step or two along links from a row. */
  byLinks(row: number, found: Nearest): void {
    this.#begin(row, found);
    const first = this.#first;
    first.clear();
    this.#follow(row, found, first);
    for (let i = 0; i < first.size; i++) this.#follow(first.rows[i]!, found);
  }

  /** The nearest known rows that a walk meets which begins at some rows: for a row that has no links yet. */
  bySearching(row: number, starts: ArrayLike<number>, found: Nearest): void {
    this.#begin(row, found);
    this.#search(starts, found);
  }

  /** The same for a row of another arena, as it was read there. */
  bySearchingFrom(other: Float32Array, starts: ArrayLike<number>, found: Nearest): void {
    this.#turn += 2;
    found.clear();
    this.#distanceTo = (row) => this.view.distanceFrom(other, row);
    this.#search(starts, found);
  }

  #search(starts: ArrayLike<number>, found: Nearest): void {
    const beam = this.#beam;
    beam.clear();
    for (let i = 0; i < starts.length; i++) this.#meet(starts[i]!, found, beam);
    for (let at = 0; at < beam.size; ) {
      const next = beam.rows[at]!;
      if (this.#met[next] !== this.#turn) {
        at++;
        continue;
      }
      this.#met[next] = this.#turn + 1;
      this.#follow(next, found, beam);
      at = 0; // nearer ones may have come
    }
  }

  /** The known row that a row hangs on: the first of its links, by which each row is reached from every other. NO_NUMBER for none. */
  trunkOf(row: number): number {
    const count = this.view.linksOf(row, this.#links);
    const other = this.#links[0]!;
    return count > 0 && other !== row && other < this.numbers.length && this.numbers[other] !== NO_NUMBER
      ? other
      : NO_NUMBER;
  }

  /** Meets the rows that a row is linked to. */
  #follow(from: number, found: Nearest, beam?: Nearest): void {
    const links = this.#links;
    const count = this.view.linksOf(from, links);
    for (let i = 0; i < count; i++) this.#meet(links[i]!, found, beam);
  }

  #meet(other: number, found: Nearest, beam?: Nearest): void {
    const isKnown = this.numbers[other] !== NO_NUMBER;
    // Newer than the view, or being rewritten.
    if (other >= this.numbers.length || this.#met[other]! >= this.#turn) return;
    this.#met[other] = this.#turn;
    if (!isKnown && !beam) return;
    const distance = this.#distanceTo(other);
    beam?.offer(other, distance);
    if (isKnown) found.offer(other, distance);
  }

  /** The nearest of some rows. */
  byComparing(row: number, among: ArrayLike<number>, found: Nearest): void {
    found.clear();
    for (let i = 0; i < among.length; i++)
      if (among[i] !== row) found.offer(among[i]!, this.view.distance(row, among[i]!));
  }

  /** The same for a row of another arena, as it was read there. */
  byComparingFrom(other: Float32Array, among: ArrayLike<number>, found: Nearest): void {
    found.clear();
    for (let i = 0; i < among.length; i++) found.offer(among[i]!, this.view.distanceFrom(other, among[i]!));
  }
}
