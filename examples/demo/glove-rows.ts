/**
 * Collects words and their vectors into one Float32Array, and keeps out what could not be searched under
 * cosine. Everything left out is counted by reason, so that a report can say how many rows are missing.
 */

export interface Glove {
  /** In the file's order, the most frequent words first. */
  words: string[];
  /** `words.length * dimension` numbers; row `i` belongs to `words[i]`. */
  vectors: Float32Array;
  dimension: number;
  leftOut: LeftOut;
}

/** Rows of the source that did not get in, by the first reason that applied. */
export interface LeftOut {
  duplicate: number;
  wrongLength: number;
  notFinite: number;
  zero: number;
}

export function vectorOf(
  { vectors, dimension }: Pick<Glove, 'vectors' | 'dimension'>,
  row: number,
): Float32Array {
  return vectors.subarray(row * dimension, (row + 1) * dimension);
}

export class RowCollector {
  readonly #words: string[] = [];
  readonly #seen: Set<string> = new Set();
  readonly #vectors: Float32Array;
  readonly #dimension: number;
  readonly #leftOut: LeftOut = { duplicate: 0, wrongLength: 0, notFinite: 0, zero: 0 };

  constructor(capacity: number, dimension: number) {
    this.#dimension = dimension;
    this.#vectors = new Float32Array(capacity * dimension);
  }

  /** `numbers` may be longer than the dimension: the source keeps a norm and a row number behind it. */
  add(word: string, numbers: readonly unknown[]): void {
    const reason = this.#seen.has(word) ? 'duplicate' : this.#write(numbers);
    if (reason !== undefined) {
      this.#leftOut[reason]++;
      return;
    }
    this.#seen.add(word);
    this.#words.push(word);
  }

  /** Writes behind the last good row; a refused row is overwritten by the next one. */
  #write(numbers: readonly unknown[]): keyof LeftOut | undefined {
    if (numbers.length < this.#dimension) return 'wrongLength';
    const start = this.#words.length * this.#dimension;
    let isZero = true;
    for (let i = 0; i < this.#dimension; i++) {
      const value = numbers[i];
      if (typeof value !== 'number') return 'notFinite';
      // Read back from the array: a number may be finite in the file and overflow float32.
      this.#vectors[start + i] = value;
      const stored = this.#vectors[start + i]!;
      if (!Number.isFinite(stored)) return 'notFinite';
      if (stored !== 0) isZero = false;
    }
    return isZero ? 'zero' : undefined;
  }

  finish(): Glove {
    return {
      words: this.#words,
      vectors: this.#vectors.subarray(0, this.#words.length * this.#dimension),
      dimension: this.#dimension,
      leftOut: { ...this.#leftOut },
    };
  }
}
