/*
 * Values by row number. Rows of a collection are numbered one after another, so that a place among others is found without
 * hashing: a Map takes two more reads of memory that is rarely in a cache, for each row of an answer.
 */

/** Rows of a chunk, which is let go with the last of them: one that is left keeps 2 KB. */
const CHUNK_BITS = 8;
const CHUNK = 1 << CHUNK_BITS;

interface Chunk<T> {
  readonly values: (T | undefined)[];
  count: number;
}

export class RowTable<T> {
  readonly #chunks: (Chunk<T> | undefined)[] = [];

  get(row: number): T | undefined {
    return this.#chunks[Math.floor(row / CHUNK)]?.values[row % CHUNK];
  }

  set(row: number, value: T): void {
    const at = Math.floor(row / CHUNK);
    while (this.#chunks.length <= at) this.#chunks.push(undefined); // no holes: arrays that have them may become hash tables
    const chunk = (this.#chunks[at] ??= {
      values: new Array<T | undefined>(CHUNK).fill(undefined),
      count: 0,
    });
    if (chunk.values[row % CHUNK] === undefined) chunk.count++;
    chunk.values[row % CHUNK] = value;
  }

  delete(row: number): void {
    const at = Math.floor(row / CHUNK);
    const chunk = this.#chunks[at];
    if (!chunk || chunk.values[row % CHUNK] === undefined) return;
    chunk.values[row % CHUNK] = undefined;
    if (--chunk.count === 0) this.#chunks[at] = undefined;
  }

  /** Those above `after`, ascending, as they are when they are asked for. */
  *behind(after: number): Generator<readonly [row: number, value: T]> {
    for (let row = after + 1; row < CHUNK * this.#chunks.length; row++) {
      const chunk = this.#chunks[Math.floor(row / CHUNK)];
      if (!chunk) row += CHUNK - 1 - (row % CHUNK);
      const value = chunk?.values[row % CHUNK];
      if (value !== undefined) yield [row, value];
    }
  }
}
