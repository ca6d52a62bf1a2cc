/*
 * The rows that match one filter, as far as is known: decided by indexes, or by reading payloads, one row at a time
 * and each only once. What was decided holds until the payload of the row is patched; rows that come later are added.
 *
 * One thread uses it. Searches read the sets in the turn in which they asked for them.
 */
import type { Cardinality } from '../api/reading.js';
import { clearBit, hasBit, setBit } from './bits.js';
import type { Bounds } from './resolve.js';

/** A sample speaks for so many times the rows that it is of: what comes later may match more often, or less. */
const SAMPLE_GROWTH = 1.125;

export class Selection {
  /** Slots below are looked at. */
  rows = 0;
  /** Payloads read so far. */
  read = 0;
  sure: Uint32Array = new Uint32Array(0);
  possible: Uint32Array = this.sure;
  /** Words of which every row is decided. */
  #looked = 0;
  /** Whether a row matches, by its payload. */
  readonly #matches: (slot: number) => boolean;
  /** Among the rows that were picked at random, of so many: how many were asked about, how many of them matched. */
  #sample = { rows: 0, asked: 0, matched: 0 };

  constructor(matches: (slot: number) => boolean) {
    this.#matches = matches;
  }

  /** Takes up what is known of the first `rows` rows; what was decided before stays. */
  extend(bounds: Bounds, rows: number): void {
    keepDecided(bounds, this, this.rows);
    this.sure = bounds.sure;
    this.possible = bounds.possible;
    // The last word may have got more rows; all before it were looked at, or will be.
    this.#looked = Math.min(this.#looked, this.rows >>> 5);
    this.rows = rows;
    if (rows > SAMPLE_GROWTH * this.#sample.rows) this.#sample = { rows, asked: 0, matched: 0 };
  }

  /** Takes out rows that match no filter, whatever their index says: their payloads are damaged. */
  exclude(slots: readonly number[]): void {
    if (slots.length === 0) return;
    // Copies: who was given the sets before takes them for what they were.
    const { open } = this;
    this.sure = this.sure.slice();
    this.possible = open ? this.possible.slice() : this.sure;
    for (const slot of slots) {
      clearBit(this.sure, slot);
      clearBit(this.possible, slot);
    }
  }

  /** Whether rows match is to be found out again: their payloads were patched. True where some of them could not match before. */
  undecide(slots: readonly number[]): boolean {
    const known = slots.filter((slot) => slot < this.rows);
    if (known.length === 0) return false;
    const more = known.some((slot) => !hasBit(this.possible, slot));
    // Copies, as above.
    this.possible = this.possible.slice();
    this.sure = this.sure.slice();
    for (const slot of known) {
      clearBit(this.sure, slot);
      setBit(this.possible, slot);
      this.#looked = Math.min(this.#looked, slot >>> 5);
    }
    return more;
  }

  /** Bytes of its sets, about; an arena keeps as much of what it cut down to live rows. */
  get bytes(): number {
    return 2 * (this.sure.byteLength + (this.open ? this.possible.byteLength : 0));
  }

  /** Whether it may be that some rows are undecided. */
  get open(): boolean {
    return this.sure !== this.possible;
  }

  /** Whether a row matches; reads its payload if that is not known yet. */
  admits(slot: number): boolean {
    if (hasBit(this.sure, slot)) return true;
    if (!hasBit(this.possible, slot)) return false;
    this.read++;
    const matches = this.#matches(slot);
    if (matches) setBit(this.sure, slot);
    else clearBit(this.possible, slot);
    return matches;
  }

  isOpen(slot: number): boolean {
    return hasBit(this.possible, slot) && !hasBit(this.sure, slot);
  }

  /** Undecided slots, ascending, from where the last call was left; those that are decided meanwhile are left out. */
  *undecided(): Generator<number> {
    for (; this.#looked < this.sure.length; this.#looked++) {
      const i = this.#looked;
      for (let word = this.possible[i]! & ~this.sure[i]!; word !== 0; word &= word - 1)
        yield i * 32 + 31 - Math.clz32(word & -word);
    }
  }

  /** Whether `undecided` has come to the end. */
  get decided(): boolean {
    return this.#looked === this.sure.length;
  }

  decideAll(): void {
    for (const slot of this.undecided()) this.admits(slot);
    this.settle();
  }

  /** All are decided. */
  settle(): void {
    this.possible = this.sure;
  }

  /** Asks about a row that was picked at random. */
  sample(slot: number): void {
    this.#sample.asked++;
    if (this.admits(slot)) this.#sample.matched++;
  }

  get sampled(): number {
    return this.#sample.asked;
  }

  /** How many rows match, where `sure` rows do for certain and `undecided` are open. */
  cardinality(sure: number, undecided: number): Cardinality {
    const { asked, matched } = this.#sample;
    const [low, mean, high] = shareOf(matched, asked);
    return {
      min: Math.floor(sure + low * undecided),
      expected: Math.round(sure + mean * undecided),
      max: Math.ceil(sure + high * undecided),
    };
  }
}

/** Of `asked` picked at random, `matched`: the share in all, with its bounds at 99 % (Agresti & Coull 1998). */
function shareOf(matched: number, asked: number): [low: number, mean: number, high: number] {
  if (asked === 0) return [0, 0.5, 1];
  const z2 = 6.63;
  const n = asked + z2;
  const mean = (matched + z2 / 2) / n;
  const margin = Math.sqrt((z2 * mean * (1 - mean)) / n);
  return [Math.max(0, mean - margin), mean, Math.min(1, mean + margin)];
}

/** What was decided about the first `rows` rows stays so. */
function keepDecided(bounds: Bounds, before: Bounds, rows: number): void {
  if (bounds.sure === bounds.possible) return;
  const whole = rows >>> 5;
  bounds.sure.set(before.sure.subarray(0, whole));
  bounds.possible.set(before.possible.subarray(0, whole));
  const below = (1 << (rows & 31)) - 1;
  if (below === 0) return;
  bounds.sure[whole] = (before.sure[whole]! & below) | (bounds.sure[whole]! & ~below);
  bounds.possible[whole] = (before.possible[whole]! & below) | (bounds.possible[whole]! & ~below);
}
