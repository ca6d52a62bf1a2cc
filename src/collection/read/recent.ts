/* The queries asked lately, to be asked again when recall is measured. */

/** So many. */
const RECENT = 64;

export class RecentQueries {
  readonly #queries: Float32Array[] = [];
  #next = 0;

  note(query: ArrayLike<number>): void {
    const kept = (this.#queries[this.#next] ??= new Float32Array(query.length));
    kept.set(query);
    this.#next = (this.#next + 1) % RECENT;
  }

  /** Copies of the first `most` of them: those kept are written over. */
  copies(most: number): Float32Array[] {
    return this.#queries.slice(0, most).map((query) => query.slice());
  }
}
