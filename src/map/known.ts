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

export class Known {
  readonly view: GraphView;
  /** In the layout, by row; NO_NUMBER for none. */
  readonly numbers: Uint32Array;
  /** In which turn a row was met last. */
  readonly #met: Uint32Array;
  #turn = 0;
  readonly #links: Uint32Array;
  readonly #more: Uint32Array;
  readonly #first: Nearest;

  /** `few`: most rows are not known, so that more links have to be followed to those that are. */
  constructor(view: GraphView, few: boolean) {
    this.view = view;
    this.numbers = new Uint32Array(view.rows).fill(NO_NUMBER);
    this.#met = new Uint32Array(view.rows);
    this.#links = new Uint32Array(view.degree);
    this.#more = new Uint32Array(view.degree);
    this.#first = new Nearest(few ? view.degree : view.rows > MANY ? FOLLOWED_OF_MANY : FOLLOWED);
  }

  /** The nearest known rows that are met in one step or two along links from a row. */
  byLinks(row: number, found: Nearest): void {
    const { view, numbers } = this;
    const links = this.#links;
    const met = this.#met;
    const turn = ++this.#turn;
    const first = this.#first;
    found.clear();
    first.clear();
    met[row] = turn;
    const count = view.linksOf(row, links);
    for (let i = 0; i < count; i++) {
      const other = links[i]!;
      if (other >= numbers.length || met[other] === turn) continue; // newer than the view, or being rewritten
      met[other] = turn;
      const distance = view.distance(row, other);
      first.offer(other, distance);
      if (numbers[other] !== NO_NUMBER) found.offer(other, distance);
    }
    for (let i = 0; i < first.size; i++) this.#follow(row, first.rows[i]!, found);
  }

  /** The known row that a row hangs on: the first of its links, by which each row is reached from every other. NO_NUMBER for none. */
  trunkOf(row: number): number {
    const count = this.view.linksOf(row, this.#links);
    const other = this.#links[0]!;
    return count > 0 && other !== row && other < this.numbers.length && this.numbers[other] !== NO_NUMBER
      ? other
      : NO_NUMBER;
  }

  #follow(row: number, from: number, found: Nearest): void {
    const { view, numbers } = this;
    const more = this.#more;
    const met = this.#met;
    const turn = this.#turn;
    const count = view.linksOf(from, more);
    for (let i = 0; i < count; i++) {
      const other = more[i]!;
      if (other >= numbers.length || met[other] === turn) continue;
      met[other] = turn;
      if (numbers[other] !== NO_NUMBER) found.offer(other, view.distance(row, other));
    }
  }

  /** The nearest of some rows. */
  byComparing(row: number, among: ArrayLike<number>, found: Nearest): void {
    found.clear();
    for (let i = 0; i < among.length; i++)
      if (among[i] !== row) found.offer(among[i]!, this.view.distance(row, among[i]!));
  }
}
