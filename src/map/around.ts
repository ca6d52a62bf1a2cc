/*
 * The nearest of the rows that are known, whichever arena they are in: by their numbers in the layout. Arenas have graphs of their
 * own, and no link leads from one to another: there, a walk begins at some rows and goes where it is nearer.
 */
import { type Known, NO_NUMBER } from './known.js';
import { Nearest } from './near.js';
import type { Viewed } from './views.js';

export const NEIGHBOURS = 15;

/** Rows at which a walk begins that comes from elsewhere. */
export const STARTS = 200;

/** An arena, and what is known of it. */
export interface Charted extends Viewed {
  readonly known: Known;
  /** Known rows of it, some or all: those that a walk begins at. */
  readonly starts: Uint32Array;
}

export class Around {
  /** By number. */
  readonly near: Nearest = new Nearest(NEIGHBOURS);
  readonly #found = new Nearest(NEIGHBOURS);
  readonly #charts: readonly Charted[];
  readonly #read: Float32Array;

  constructor(charts: readonly Charted[]) {
    this.#charts = charts;
    this.#read = new Float32Array(charts[0]?.view.dimension ?? 0);
  }

  /** What links lead to; where none does, what a walk meets. */
  byLinks({ view, known, starts }: Charted, row: number): void {
    const found = this.#found;
    found.clear();
    if (view.isLinked(row)) known.byLinks(row, found);
    if (found.size === 0) known.bySearching(row, starts, found);
    this.near.clear();
    this.#take(known);
  }

  /** Of `among`, in the same arena. */
  byComparing({ known }: Charted, row: number, among: Uint32Array): void {
    known.byComparing(row, among, this.#found);
    this.near.clear();
    this.#take(known);
  }

  /** Those of other arenas as well, where they are nearer. `all`: each of their starts is compared. */
  across(own: Charted, row: number, all: boolean): void {
    own.view.read(row, this.#read);
    for (const { known, starts, view } of this.#charts) {
      if (view === own.view || starts.length === 0) continue;
      if (all) known.byComparingFrom(this.#read, starts, this.#found);
      else known.bySearchingFrom(this.#read, starts, this.#found);
      this.#take(known);
    }
  }

  #take({ numbers }: Known): void {
    const { rows, distances, size } = this.#found;
    for (let i = 0; i < size; i++)
      if (numbers[rows[i]!] !== NO_NUMBER) this.near.offer(numbers[rows[i]!]!, distances[i]!);
  }
}
