/*
 * The scratch of one thread, and views of the parts that others than kernels read and write.
 *
 * One thread uses a scratch at a time, and the calling thread has one of its own. Scratch lies in front of the blocks, so
 * views of it are good however far the memory grows.
 */
import * as L from './layout.js';
import type { VectorLike } from './metrics.js';

/** Where scratch is. Can be posted. */
export interface ScratchLayout {
  /** Address of that of the calling thread, whose number is 0; bytes of each. */
  readonly at: number;
  readonly bytes: number;
  readonly dimension: number;
  /** Rows that there are bits for. */
  readonly capacity: number;
  /* Offsets of parts. */
  readonly query: number;
  readonly walkQuery: number;
  readonly beam: number;
  readonly results: number;
  readonly visited: number;
  readonly admitted: number;
}

/** Address of a thread's scratch, as kernels take it. */
export function scratchOf({ at, bytes }: ScratchLayout, thread: number): number {
  return at + thread * bytes;
}

export class Scratch {
  readonly at: number;
  /** Addresses of the query, and of its bits once it is prepared where the metric sees those alone. */
  readonly queryAt: number;
  readonly bitsAt: number;
  /** The query, as it was given; zero-padded to a multiple of four. */
  readonly #query: Float32Array;
  /** What the walk makes of it: see layout.ts, Q_*. */
  readonly #walkQuery: Float32Array;
  readonly #words: Uint32Array;
  /** Words of the result list: per entry the row (shifted by two), then the key of the distance. */
  readonly results: Uint32Array;
  /** Words of the beam that a walk or a scan of codes leaves, likewise. */
  readonly beam: Uint32Array;
  /** A bit for each row that a filtered search may find. */
  readonly admitted: Uint32Array;
  /** A bit for each row that the last walk met. */
  readonly visited: Uint32Array;

  constructor(memory: WebAssembly.Memory, layout: ScratchLayout, thread: number) {
    const { buffer } = memory;
    const { capacity, dimension } = layout;
    const at = scratchOf(layout, thread);
    this.at = at;
    this.queryAt = at + layout.query;
    this.bitsAt = at + layout.walkQuery + L.Q_DATA;
    this.#query = new Float32Array(buffer, at + layout.query, Math.ceil(dimension / 4) * 4);
    this.#walkQuery = new Float32Array(buffer, at + layout.walkQuery, L.Q_DATA / 4);
    this.#words = new Uint32Array(buffer, at, 16);
    this.results = new Uint32Array(buffer, at + layout.results, 2 * L.LIST_MAX);
    this.beam = new Uint32Array(buffer, at + layout.beam, 2 * L.LIST_MAX);
    this.admitted = new Uint32Array(buffer, at + layout.admitted, Math.ceil(capacity / 32));
    this.visited = new Uint32Array(buffer, at + layout.visited, Math.ceil(capacity / 32));
  }

  /** Puts a vector where the kernel prepares a query from, or codes a row that has its vector elsewhere. */
  setQuery(vector: VectorLike): void {
    this.#query.set(vector);
    this.#query.fill(0, vector.length);
  }

  /** The factor by which a code's error tells in a distance to the prepared query, and what the query adds. */
  get queryErrors(): { perRow: number; own: number } {
    return { perRow: this.#walkQuery[L.Q_ROW_ERROR / 4]!, own: this.#walkQuery[L.Q_OWN_ERROR / 4]! };
  }

  /**
   * Rows below `rows` that the last walk met; `among`: it was one among admitted rows. Such a walk marks all of those as visited, and
   * takes them out of those that are admitted as it meets them.
   */
  *visitedRows(rows: number, among: boolean): Generator<number> {
    for (let word = 0; 32 * word < rows; word++) {
      const unmet = among ? this.admitted[word]! : 0;
      for (let bits = this.visited[word]! & ~unmet; bits !== 0; bits &= bits - 1)
        yield 32 * word + 31 - Math.clz32(bits & -bits);
    }
  }

  /** What the last filtered walk became: WAY_*. */
  get way(): number {
    return this.#words[L.S_WAY / 4]!;
  }

  /** Vectors that its thread compared exactly since the last call. */
  takeCompared(): number {
    const compared = this.#words[L.S_COMPARED / 4]!;
    this.#words[L.S_COMPARED / 4] = 0;
    return compared;
  }
}
