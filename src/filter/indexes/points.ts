/*
 * Points and the rows they are of. Rows of one point and rows of several are kept apart: a region of whole shelves is
 * told in two steps where no row is in two of them.
 */
import type { BlockReader, BlockWriter } from './blocks.js';
import type { Space } from './bucket.js';
import type { Columns, Region } from './region.js';
import { Shelves } from './shelves.js';

export class Points {
  readonly #single: Shelves;
  readonly #several: Shelves;

  constructor(space: Space) {
    this.#single = new Shelves(space, true);
    this.#several = new Shelves(space, false);
  }

  get entries(): number {
    return this.#single.entries + this.#several.entries;
  }

  /** Adds all points of a row, which comes behind all that are there: the first `count` of these. */
  add(columns: Columns, count: number, slot: number): void {
    const shelves = count > 1 ? this.#several : this.#single;
    for (let i = 0; i < count; i++) shelves.add(columns, i, slot);
  }

  /** Adds the rows with a point in the region. */
  mark(region: Region, words: Uint32Array, rows: number): void {
    this.#single.mark(region, words, rows);
    this.#several.mark(region, words, rows);
  }

  *dump(out: BlockWriter): Generator<Uint8Array> {
    yield* this.#single.dump(out);
    yield* this.#several.dump(out);
  }

  load(from: BlockReader, rows: number): void {
    this.#single.load(from, rows);
    this.#several.load(from, rows);
  }

  dispose(): void {
    this.#single.dispose();
    this.#several.dispose();
  }
}
