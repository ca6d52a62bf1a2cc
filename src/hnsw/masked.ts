/*
 * Which rows of an arena are masked, as bits: what a filter admits is cut down to live rows a word at a time. Only
 * the calling thread masks rows, and only it reads this.
 */

/** Bits set in a word. */
function ones(word: number): number {
  const pairs = word - ((word >>> 1) & 0x5555_5555);
  const fours = (pairs & 0x3333_3333) + ((pairs >>> 2) & 0x3333_3333);
  return Math.imul((fours + (fours >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

export class MaskedRows {
  #bits = new Uint32Array(32);

  add(row: number): void {
    const word = row >>> 5;
    if (word >= this.#bits.length) {
      const larger = new Uint32Array(Math.max(2 * this.#bits.length, word + 1));
      larger.set(this.#bits);
      this.#bits = larger;
    }
    this.#bits[word]! |= 1 << (row & 31);
  }

  /** How many bits are set of live rows, in `words` words from `from` on. */
  countLive(bits: Uint32Array, from: number, words: number): number {
    const masked = this.#bits;
    let count = 0;
    for (let i = 0; i < words; i++) count += ones((bits[from + i] ?? 0) & ~(masked[i] ?? 0));
    return count;
  }

  /** Writes the bits from word `from` on to `into`, those of live rows alone. Returns how many are set. */
  copyLive(bits: Uint32Array, from: number, into: Uint32Array): number {
    const masked = this.#bits;
    let count = 0;
    for (let i = 0; i < into.length; i++) {
      const word = (bits[from + i] ?? 0) & ~(masked[i] ?? 0);
      into[i] = word;
      count += ones(word);
    }
    return count;
  }
}

/** Writes the bits from word `from` on to `into`. Returns how many are set. */
export function copyBits(bits: Uint32Array, from: number, into: Uint32Array): number {
  let count = 0;
  for (let i = 0; i < into.length; i++) {
    const word = bits[from + i] ?? 0;
    into[i] = word;
    count += ones(word);
  }
  return count;
}
