/*
 * The rows of every shelf, as dense sets. Where a row has one entry at most, each set has the rows of its shelf and
 * of all before it: the rows of any run of shelves are the difference of two sets then, however long the run is.
 * Where rows have several entries, that would lose those with one before the run as well, and a set has the rows of
 * its own shelf alone.
 */
import { orBelow, orDifference, orInto } from '../bits.js';

/** What there are sets of. */
interface Rows {
  /** Adds the rows below `rows`. */
  markAll(words: Uint32Array, rows: number): void;
}

export class ShelfRows {
  /** Whether a row has one entry at most. */
  readonly single: boolean;
  readonly #sets: Uint32Array[] = [];
  /** Words of a set. */
  #room = 0;

  constructor(single: boolean) {
    this.single = single;
  }

  /** Makes the sets of shelves, of slots below `end`. */
  build(shelves: readonly Rows[], end: number): void {
    this.#sets.length = 0;
    this.#room = roomFor(end);
    for (const shelf of shelves) this.#sets.push(this.#setOf(shelf, this.#sets.at(-1)));
  }

  #setOf(shelf: Rows, before: Uint32Array | undefined): Uint32Array {
    const set = this.single && before ? before.slice() : new Uint32Array(this.#room);
    shelf.markAll(set, 32 * this.#room);
    return set;
  }

  /** Adds a row to a shelf. */
  add(place: number, slot: number): void {
    const sets = this.#sets;
    if (sets.length === 0) return;
    const at = slot >>> 5;
    if (at >= this.#room) this.#grow(slot + 1);
    const end = this.single ? sets.length : place + 1;
    for (let i = place; i < end; i++) sets[i]![at]! |= 1 << slot;
  }

  #grow(end: number): void {
    this.#room = roomFor(end);
    for (const [i, set] of this.#sets.entries()) {
      this.#sets[i] = new Uint32Array(this.#room);
      this.#sets[i]!.set(set);
    }
  }

  /** A shelf was split in two. */
  split(place: number, left: Rows, right: Rows): void {
    const before = this.#sets[place - 1];
    if (this.single) this.#sets.splice(place, 0, this.#setOf(left, before));
    else this.#sets.splice(place, 1, this.#setOf(left, before), this.#setOf(right, before));
  }

  /** A shelf and the next one became one. */
  join(place: number): void {
    if (!this.single) orInto(this.#sets[place + 1]!, this.#sets[place]!);
    this.#sets.splice(place, 1);
  }

  /** How many words `mark` goes through for these shelves, the last one included. */
  cost(first: number, last: number): number {
    return this.#room * (this.single ? 1 : last - first + 1);
  }

  /** Adds the rows below `rows` of the shelves from `first` to `last`. */
  mark(first: number, last: number, words: Uint32Array, rows: number): void {
    if (!this.single) for (let i = first; i <= last; i++) orBelow(words, this.#sets[i]!, rows);
    else if (first === 0) orBelow(words, this.#sets[last]!, rows);
    else orDifference(words, this.#sets[last]!, this.#sets[first - 1]!, rows);
  }

  /** Adds the rows below `rows` of all shelves that are not among others. */
  markBut(others: Uint32Array, words: Uint32Array, rows: number): void {
    orDifference(words, this.#sets.at(-1)!, others, rows);
  }

  dispose(): void {
    this.#sets.length = 0;
  }
}

/** With an eighth to spare. */
function roomFor(end: number): number {
  return Math.ceil((end * 1.125) / 32);
}
