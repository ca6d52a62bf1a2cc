/*
 * What rows contain, for finding those that equal the query: the words that two equal rows share, their hash, and whether
 * two rows have the same.
 *
 * They are the components of the vector. Where the metric sees bits alone, or blocks hold no vectors, they are the code
 * with its numbers: kernels code equal vectors alike, bit by bit. So rows that have the same words there are nearly equal
 * at least, and whoever finds them compares the vectors.
 *
 * Of the calling thread alone. Rows are read that it published; their vectors and codes change only where it changes codes
 * itself (codes.ts).
 */
import type { ArenaMemory } from './arena-memory.js';
import type { Geometry } from './geometry.js';
import type { Kernel } from './kernel.js';
import type { VectorLike } from './metrics.js';
import type { Scratch } from './scratch.js';

/** The word of a component that is -0: it equals 0, whose word is 0. */
const MINUS_ZERO = -0x80000000;

export class Contents {
  /** Whether equal words are equal vectors, as the metric sees them. */
  readonly whole: boolean;
  /** Whether words are of codes. */
  readonly coded: boolean;
  readonly #in: ArenaMemory;
  readonly #kernel: Kernel;
  readonly #scratch: Scratch;
  readonly #bytes: number;
  readonly #bits: boolean;

  constructor(geometry: Geometry, memory: ArenaMemory, kernel: Kernel, scratch: Scratch) {
    const { bits, keepsVectors, dimension, codeBytes } = geometry;
    this.coded = bits || !keepsVectors;
    this.whole = bits || keepsVectors;
    this.#bytes = 16 * Math.ceil((this.coded ? codeBytes : 4 * dimension) / 16);
    this.#bits = bits;
    this.#in = memory;
    this.#kernel = kernel;
    this.#scratch = scratch;
  }

  /** Where the words of a row begin. */
  of(row: number): number {
    return (this.coded ? this.#kernel.codeOf(row) : this.#kernel.vectorOf(row)) >>> 0;
  }

  /** Where the words of the query are that was set in scratch: until that is used again. */
  ofQuery(): number {
    if (this.#bits) return this.#scratch.bitsAt;
    return this.coded ? this.#kernel.encodeQuery(this.#scratch.at) >>> 0 : this.#scratch.queryAt;
  }

  /** Sets a query in scratch, as far as is needed for that. */
  setQuery(query: VectorLike): void {
    this.#scratch.setQuery(query);
    if (this.#bits) this.#kernel.prepareQuery(this.#scratch.at);
  }

  /** Whether a row has the words at `at`. */
  isAt(at: number, row: number): boolean {
    const of = this.of(row) / 4;
    const from = at / 4;
    const { words } = this.#in;
    for (let i = 0; i < this.#bytes / 4; i++) {
      const word = words[from + i]!;
      const difference = word ^ words[of + i]!;
      // A component may be 0 in one of them and -0 in the other.
      if (difference !== 0 && (this.coded || difference !== MINUS_ZERO || word << 1 !== 0)) return false;
    }
    return true;
  }

  /** 32 bits that words at `at` have alike wherever they are the same. */
  hashAt(at: number): number {
    return this.#kernel.hash(at, this.#bytes, this.coded ? 0 : 1);
  }
}
