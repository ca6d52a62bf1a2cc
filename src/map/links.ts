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
  add(near: Nearest, besides?: { readonly number: number; readonly distance: number }): void {
    if (besides && !near.rows.subarray(0, near.size).includes(besides.number))
      this.#add(besides.number, besides.distance);
    for (let i = 0; i < near.size; i++) this.#add(near.rows[i]!, near.distances[i]!);
    this.#starts[++this.#rows] = this.#count;
  }

  #add(number: number, distance: number): void {
    this.#to[this.#count] = number;
    this.#distances[this.#count++] = distance;
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
