/* The lists of the indices of sparse vectors: small indices, as learned models have them, need no hashing. */

const DIRECT_MAX = 1 << 18;

export class SparseTerms {
  #direct = new Uint32Array(1_024);
  readonly #others = new Map<number, number>();

  /** 0: it has no list. */
  get(index: number): number {
    if (index < this.#direct.length) return this.#direct[index]!;
    return index < DIRECT_MAX ? 0 : (this.#others.get(index) ?? 0);
  }

  set(index: number, term: number): void {
    if (index >= DIRECT_MAX) {
      this.#others.set(index, term);
      return;
    }
    if (index >= this.#direct.length) {
      let size = this.#direct.length;
      while (size <= index) size *= 2;
      const larger = new Uint32Array(size);
      larger.set(this.#direct);
      this.#direct = larger;
    }
    this.#direct[index] = term;
  }

  /** Pairs of an index and its term. */
  *[Symbol.iterator](): Generator<[index: number, term: number]> {
    for (let index = 0; index < this.#direct.length; index++)
      if (this.#direct[index] !== 0) yield [index, this.#direct[index]!];
    yield* this.#others;
  }

  get bytes(): number {
    return this.#direct.byteLength + 48 * this.#others.size;
  }
}
