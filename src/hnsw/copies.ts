/*
 * Which rows of an arena are equal, as far as their contents tell (kernel/contents.ts): a hash table of them. So a search
 * finds what equals its query, whatever a walk on codes can tell apart (equal.ts).
 *
 * The table is made of parts that are never made larger: each takes the next rows, and twice as many as the part before,
 * so that no write waits for a table that is copied. A part is an open table with an entry for each content: the last row
 * that has it, below some bits of its hash. Where more rows of the part have it, they stand in a ring in the order of
 * writing, the first behind the last; rings take memory only where there is one. So an answer takes the first `k` of a
 * million copies in `k` steps. Masked rows, which never live again, leave the ring when one comes along.
 *
 * Publishing a row must not fail: parts are made when rows are staged, and where there is no memory for rings, a part knows the
 * last row of each content alone.
 *
 * Of the calling thread alone: it adds rows as it publishes them, and looks up in the turn in which an answer is given.
 */
import { SiltError } from '../base/errors.js';
import type { Contents } from '../kernel/contents.js';
import type { Kernel } from '../kernel/kernel.js';
import { DEAD } from './admitted.js';

/** Rows of the first part, which takes far less than the first block of an arena; and entries for each row. */
const FIRST = 4_096;
const SPARE = 1.375;
/** Each part takes twice as many rows as the one before, and their numbers are below 2^32. */
const PARTS_MAX = 32;

/** Told of a row with the same contents; says what to do next. */
export type Offer = (row: number) => 'next' | 'drop' | 'end';

class Part {
  readonly first: number;
  readonly rows: number;
  readonly #contents: Contents;
  readonly #entries: Int32Array;
  /** Bits of an entry that are a row's number in this part, from 1 on; the others are of the hash. */
  readonly #bits: number;
  /** For each row that is one of several: the next in the ring. 0: none. */
  #next: Int32Array | undefined;

  constructor(contents: Contents, first: number, rows: number) {
    this.#contents = contents;
    this.first = first;
    this.rows = rows;
    this.#bits = 32 - Math.clz32(rows);
    this.#entries = new Int32Array(rows * SPARE);
  }

  get bytes(): number {
    return this.#entries.byteLength + (this.#next?.byteLength ?? 0);
  }

  /** `at`: where the contents of the row are. */
  add(row: number, at: number, hash: number): void {
    const place = this.#find(at, hash);
    const own = row - this.first + 1;
    const last = this.#rowIn(place);
    const next = last === 0 ? undefined : (this.#next ??= newRing(this.rows + 1));
    if (next) {
      next[own] = next[last]! || last;
      next[last] = own;
    }
    this.#entries[place] = this.#marked(hash) | own;
  }

  clear(): void {
    this.#entries.fill(0);
    this.#next = undefined;
  }

  /** Offers the rows that have the contents at `at`, in the order of writing. False where `offer` wants no more. */
  offer(at: number, hash: number, offer: Offer): boolean {
    const place = this.#find(at, hash);
    const last = this.#rowIn(place);
    if (last === 0) return true;
    const { first } = this;
    const next = this.#next;
    if (!next?.[last]) return offer(first + last - 1) !== 'end';
    let before = last;
    for (let all = false; !all; ) {
      const own = next[before]!;
      all = own === last;
      const told = offer(first + own - 1);
      if (told === 'end') return false;
      if (told === 'drop' && own !== before) {
        next[before] = next[own]!;
        if (all) this.#entries[place] = this.#marked(hash) | before;
      } else before = own;
    }
    return true;
  }

  #marked(hash: number): number {
    return hash << this.#bits;
  }

  #rowIn(place: number): number {
    return this.#entries[place]! & ((1 << this.#bits) - 1);
  }

  /** Where the entry for contents with this hash is looked for first. */
  #begin(hash: number): number {
    return Math.floor((hash >>> 0) * 2 ** -32 * this.#entries.length);
  }

  /** The entry there: 0 where no row has such contents. */
  firstFor(hash: number): number {
    return this.#entries[this.#begin(hash)]!;
  }

  /** The place of the entry for these contents, or where it will be. */
  #find(at: number, hash: number): number {
    const entries = this.#entries;
    const bits = this.#bits;
    const marked = hash << bits;
    let place = this.#begin(hash);
    for (;;) {
      const entry = entries[place]!;
      if (entry === 0) return place;
      if ((entry ^ marked) >>> bits === 0 && this.#contents.isAt(at, this.first + this.#rowIn(place) - 1))
        return place;
      if (++place === entries.length) place = 0;
    }
  }
}

function newRing(entries: number): Int32Array | undefined {
  try {
    return new Int32Array(entries);
  } catch {
    return undefined;
  }
}

export class Copies {
  readonly #contents: Contents;
  readonly #kernel: Kernel;
  readonly #parts: Part[] = [];
  /** For each part, the entry at which a look-up begins. */
  readonly #first = new Int32Array(PARTS_MAX);
  /** Rows that the parts have room for. */
  #room = 0;

  constructor(contents: Contents, kernel: Kernel) {
    this.#contents = contents;
    this.#kernel = kernel;
  }

  get bytes(): number {
    return this.#parts.reduce((sum, { bytes }) => sum + bytes, 0);
  }

  /**
   * Gets the memory for so many rows.
   *
   * @throws SiltError OUT_OF_MEMORY
   */
  reserve(rows: number): void {
    while (rows > this.#room) {
      const more = 2 ** this.#parts.length * FIRST;
      try {
        this.#parts.push(new Part(this.#contents, this.#room, more));
      } catch (cause) {
        throw new SiltError(
          'OUT_OF_MEMORY',
          `out of memory: no room for a table of ${more} points. Give the process more memory, or close what you do not use`,
          { cause },
        );
      }
      this.#room += more;
    }
  }

  /** Adds a row, behind all that were added before. */
  add(row: number): void {
    const part = this.#parts[31 - Math.clz32(row / FIRST + 1)]!; // each takes twice as many as the one before
    const at = this.#contents.of(row);
    part.add(row, at, this.#contents.hashAt(at));
  }

  /** Adds the rows below `rows`, and those alone: they came from a file, or what they contain has changed. */
  takeUp(rows: number): void {
    for (const part of this.#parts) part.clear();
    for (let row = 0; row < rows; row++) if ((this.#kernel.stateGet(row) & DEAD) === 0) this.add(row);
  }

  /** Offers the rows that have the contents of the query in scratch, in the order of writing, until it wants no more. */
  offer(offer: Offer): void {
    const at = this.#contents.ofQuery();
    const hash = this.#contents.hashAt(at);
    const parts = this.#parts;
    const first = this.#first;
    // Each part's is a cache miss: all are asked for before the first is understood, so that they overlap.
    for (let i = 0; i < parts.length; i++) first[i] = parts[i]!.firstFor(hash);
    for (let i = 0; i < parts.length; i++) if (first[i] !== 0 && !parts[i]!.offer(at, hash, offer)) return;
  }
}
