/* What scores depend on beside a document and a query: how many documents live, how long they are, how many have a term. */
import { onesOf } from '../../base/ones.js';

/** The slots that live: those below `rows` whose bit is set. */
export interface Live {
  readonly rows: number;
  readonly bits: Uint32Array;
  /** Another number whenever `rows` or a bit has changed. */
  readonly version: number;
}

/** Numbers of documents that live and have a value, kept up with the bits: only words that changed are looked at. */
export class LiveCounts {
  readonly #lengthOf: ((slot: number) => number) | undefined;
  #seen = new Uint32Array(0);
  #version: number | undefined;
  /** By term; forgotten when anything changes. */
  readonly #frequencies = new Map<number, number>();
  count = 0;
  /** Of all documents together. */
  length = 0;

  constructor(lengthOf?: (slot: number) => number) {
    this.#lengthOf = lengthOf;
  }

  get averageLength(): number {
    return this.count === 0 ? 0 : this.length / this.count;
  }

  /** Counts those of `present` that live. */
  follow({ rows, bits, version }: Live, present: Uint32Array): void {
    if (version === this.#version) return;
    this.#version = version;
    this.#frequencies.clear();
    const words = Math.max(Math.ceil(rows / 32), this.#seen.length);
    if (this.#seen.length < words) this.#seen = grown(this.#seen, words);
    for (let i = 0; i < words; i++) {
      const now = (bits[i] ?? 0) & (present[i] ?? 0) & maskBelow(rows - 32 * i);
      const before = this.#seen[i]!;
      if (now >>> 0 === before) continue;
      this.#seen[i] = now;
      this.#change(32 * i, now & ~before, 1);
      this.#change(32 * i, before & ~now, -1);
    }
  }

  #change(first: number, bits: number, sign: number): void {
    if (bits === 0) return;
    this.count += sign * onesOf(bits);
    if (!this.#lengthOf) return;
    for (let left = bits; left !== 0; left &= left - 1)
      this.length += sign * this.#lengthOf(first + 31 - Math.clz32(left & -left));
  }

  /** Frequencies of terms, each counted once until something changes. */
  frequenciesOf(terms: readonly number[], count: (unknown: readonly number[]) => number[]): number[] {
    const unknown = [...new Set(terms.filter((term) => !this.#frequencies.has(term)))];
    if (unknown.length > 0)
      for (const [i, frequency] of count(unknown).entries()) this.#frequencies.set(unknown[i]!, frequency);
    return terms.map((term) => this.#frequencies.get(term)!);
  }

  /** Forgets everything: slots that were counted are gone. */
  reset(): void {
    this.#seen = new Uint32Array(0);
    this.#version = undefined;
    this.#frequencies.clear();
    this.count = 0;
    this.length = 0;
  }
}

/** Inverse document frequency, as BM25 has it; never below 0. */
export function idfOf(documents: number, frequency: number): number {
  return Math.log(1 + (documents - frequency + 0.5) / (frequency + 0.5));
}

function maskBelow(count: number): number {
  if (count >= 32) return -1;
  return count <= 0 ? 0 : (1 << count) - 1;
}

export function grown(words: Uint32Array<ArrayBuffer>, least: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(Math.max(least, 2 * words.length, 64));
  larger.set(words);
  return larger;
}
