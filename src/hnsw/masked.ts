/*
 * Which rows of an arena are masked, as bits: what a filter admits is cut down to live rows a word at a time. Only
 * the calling thread masks rows, and only it reads this.
 */
import { countOnes, onesOf } from '../base/ones.js';

/** Words of a set of bits, of the rows of an arena, and how many are set. */
export interface BitsOfRows {
  readonly words: Uint32Array;
  readonly count: number;
}

interface Live extends BitsOfRows {
  /** Rows masked then. */
  readonly masked: number;
}

export class MaskedRows {
  #bits = new Uint32Array(32);
  #count = 0;
  /** Of sets asked for before: a filter that is used again need not be cut down again. */
  readonly #known = new WeakMap<Uint32Array, Live>();
  readonly #whole = new WeakMap<Uint32Array, BitsOfRows>();

  get bytes(): number {
    return this.#bits.byteLength;
  }

  /** A row that is masked now. */
  add(row: number): void {
    const word = row >>> 5;
    if (word >= this.#bits.length) {
      const larger = new Uint32Array(Math.max(2 * this.#bits.length, word + 1));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[word]! |= 1 << (row & 31);
    this.#count++;
  }

  has(row: number): boolean {
    return ((this.#bits[row >>> 5] ?? 0) & (1 << (row & 31))) !== 0;
  }

  /** How many rows from `row` on are masked. */
  countFrom(row: number): number {
    const words = this.#bits.subarray(row >>> 5);
    if (words.length === 0) return 0;
    return countOnes(words) - onesOf(words[0]! & ~(-1 << (row & 31)));
  }

  /** Of the words [from, to) of `bits`, the bits of live rows, and how many they are. `bits` must not change. */
  liveOf(bits: Uint32Array, from: number, to: number): Live {
    const known = this.#known.get(bits);
    if (known && known.masked === this.#count && known.words.length === to - from) return known;
    const live = this.#cut(bits.subarray(from, to), to - from);
    this.#known.set(bits, live);
    return live;
  }

  /** The words [from, to) of `bits`, as far as there are so many, and how many bits are set. Likewise. */
  allOf(bits: Uint32Array, from: number, to: number): BitsOfRows {
    const words = bits.subarray(from, to);
    const known = this.#whole.get(bits);
    if (known?.words.length === words.length) return known;
    const whole = { words, count: countOnes(words) };
    this.#whole.set(bits, whole);
    return whole;
  }

  #cut(words: Uint32Array, length: number): Live {
    if (this.#count === 0 && words.length === length) return { masked: 0, words, count: countOnes(words) };
    const live = new Uint32Array(length);
    live.set(words);
    const masked = this.#bits;
    for (let i = Math.min(length, masked.length) - 1; i >= 0; i--) live[i]! &= ~masked[i]!;
    return { masked: this.#count, words: live, count: countOnes(live) };
  }

  /** How many bits are set of live rows, in the words [from, to) of bits that may change. */
  countLive(bits: Uint32Array, from: number, to: number): number {
    return this.#cut(bits.subarray(from, to), to - from).count;
  }
}

/** Writes the words of `bits` from `from` on to `into`. Returns how many bits are set. */
export function copyBits(bits: Uint32Array, from: number, into: Uint32Array): number {
  const words = bits.subarray(from, from + into.length);
  into.set(words);
  into.fill(0, words.length);
  return countOnes(words);
}
