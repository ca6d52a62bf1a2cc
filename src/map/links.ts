/* A graph of neighbours as it is made, row after row. */
import type { Neighbours } from './graph.js';
import type { Nearest } from './near.js';

export class Links {
  readonly #starts: Uint32Array;
  readonly #to: Uint32Array;
  readonly #distances: Float32Array;
  #rows = 0;
  #count = 0;

  /** `each`: links of a row, at most. */
  constructor(rows: number, each: number) {
    this.#starts = new Uint32Array(rows + 1);
    this.#to = new Uint32Array(rows * each);
    this.#distances = new Float32Array(rows * each);
  }

  /** The next row. `besides`: one to which it is linked as well, if it is not among them. */
  add(
    found: Nearest,
    numberOf: (row: number) => number,
    besides?: { readonly row: number; readonly distance: number },
  ): void {
    if (besides && !found.rows.subarray(0, found.size).includes(besides.row)) {
      this.#to[this.#count] = numberOf(besides.row);
      this.#distances[this.#count++] = besides.distance;
    }
    for (let i = 0; i < found.size; i++) {
      this.#to[this.#count] = numberOf(found.rows[i]!);
      this.#distances[this.#count++] = found.distances[i]!;
    }
    this.#starts[++this.#rows] = this.#count;
  }

  /** The rows that were not added have no links. */
  done(): Neighbours {
    const rows = this.#starts.length - 1;
    this.#starts.fill(this.#count, this.#rows + 1);
    return {
      rows,
      starts: this.#starts,
      to: this.#to.subarray(0, this.#count),
      distances: this.#distances.subarray(0, this.#count),
    };
  }
}
