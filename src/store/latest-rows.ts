/*
 * The rows that ids name by the operations of a transaction so far, which its store does not tell before the commit.
 * A hash table of bytes: a Map of strings costs a microsecond an id, a tenth of all that a written row costs.
 */

const UNKNOWN = -1;

/** Drawn for each thread: nobody can choose ids that all meet in one place of the table. */
const [SEED, drawn] = globalThis.crypto.getRandomValues(new Uint32Array(2)) as unknown as [number, number];
const FACTOR = drawn | 1; // odd

export class LatestRows {
  /** By hash: 1 + the place of an id, or 0. At most half full. */
  readonly #table: Uint32Array;
  /** By place: the bytes of the ids one after another, where each ends, and the row that it names. */
  readonly #bytes: Uint8Array;
  readonly #ends: Uint32Array;
  readonly #rows: Float64Array;
  #count = 0;

  /** For so many ids at most, of so many bytes in all. */
  constructor(ids: number, bytes: number) {
    this.#table = new Uint32Array(2 ** Math.ceil(Math.log2(2 * ids + 1)));
    this.#bytes = new Uint8Array(bytes);
    this.#ends = new Uint32Array(ids + 1);
    this.#rows = new Float64Array(ids);
  }

  #hashOf(id: Uint8Array): number {
    let hash = SEED;
    for (let i = 0; i < id.length; i++) hash = Math.imul(((hash << 7) | (hash >>> 25)) ^ id[i]!, FACTOR);
    return hash ^ (hash >>> 15);
  }

  /** The place of an id, the same each time. */
  placeOf(id: Uint8Array): number {
    const mask = this.#table.length - 1;
    let at = this.#hashOf(id) & mask;
    for (let place: number; (place = this.#table[at]! - 1) >= 0; at = (at + 1) & mask)
      if (this.#isAt(place, id)) return place;
    const place = this.#count++;
    this.#table[at] = place + 1;
    const begin = this.#ends[place]!;
    for (let i = 0; i < id.length; i++) this.#bytes[begin + i] = id[i]!;
    this.#ends[place + 1] = begin + id.length;
    this.#rows[place] = UNKNOWN;
    return place;
  }

  #isAt(place: number, id: Uint8Array): boolean {
    const begin = this.#ends[place]!;
    if (this.#ends[place + 1]! - begin !== id.length) return false;
    for (let i = 0; i < id.length; i++) if (this.#bytes[begin + i] !== id[i]) return false;
    return true;
  }

  /** The row that the id at a place names, 0 for none; undefined where no operation so far has told. */
  rowAt(place: number): number | undefined {
    const row = this.#rows[place]!;
    return row === UNKNOWN ? undefined : row;
  }

  setRow(place: number, row: number): void {
    this.#rows[place] = row;
  }
}
