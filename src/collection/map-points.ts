/*
 * The points of a map by their numbers: which row each is, at which place of the engine, where it lies. Numbers are given in the
 * order in which points come, and stay.
 *
 * Only the thread that has the collection open writes. The thread that lays points out reads `numbers` and `xy` meanwhile, which
 * are shared memory: of both, what stood there when it began is changed by nobody. A table that has to grow, or is made for another
 * engine, is another one.
 */

import type { Numbered } from '../map/layout-task.js';

/** No place, or no number. */
export const NONE = 0xffff_ffff;

/** Tables grow to twice their length, so that points which come a few at a time are not copied each time. */
function roomFor(need: number, have: number): number {
  return need <= have ? have : Math.max(need, 2 * have, 1_024);
}

const sharedWords = (length: number): Uint32Array =>
  new Uint32Array(new SharedArrayBuffer(4 * length)).fill(NONE);
const sharedFloats = (length: number): Float32Array => new Float32Array(new SharedArrayBuffer(4 * length));

function grown<T extends Float32Array | Float64Array | Uint32Array>(
  table: T,
  need: number,
  make: (length: number) => T,
): T {
  const length = roomFor(need, table.length);
  if (length === table.length) return table;
  const larger = make(length);
  larger.set(table);
  return larger;
}

export interface NewPoints {
  readonly rows: Float64Array;
  /** NONE for a point that has gone by now. */
  readonly places: Uint32Array;
  /** Two numbers for each. */
  readonly xy: Float32Array;
}

export class MapPoints {
  #count = 0;
  #rows = new Float64Array(0);
  /** NONE of those that have gone. */
  #places = new Uint32Array(0);
  #xy = sharedFloats(0);
  #numbers = sharedWords(0);
  /** Numbers of those that were replaced or deleted, in the order in which that was seen. */
  readonly gone: number[] = [];

  get count(): number {
    return this.#count;
  }

  get rows(): Float64Array {
    return this.#rows.subarray(0, this.#count);
  }

  get xy(): Float32Array {
    return this.#xy.subarray(0, 2 * this.#count);
  }

  /** Numbers by places, NONE for none: of points that have gone as well, as long as the engine is the same. */
  get numbers(): Uint32Array {
    return this.#numbers;
  }

  /** What a thread reads that lays points out. */
  get numbered(): Numbered {
    return { numbers: this.#numbers, xy: this.xy };
  }

  rowAt(number: number): number | undefined {
    return number < this.#count ? this.#rows[number] : undefined;
  }

  lives(number: number): boolean {
    return number < this.#count && this.#places[number] !== NONE;
  }

  placeAt(number: number): number {
    return this.#places[number] ?? NONE;
  }

  /** The number of the point that lives at a place; -1 for none. */
  numberAt(place: number): number {
    const number = this.#numbers[place] ?? NONE;
    return number !== NONE && this.#places[number] === place ? number : -1;
  }

  /** Gives points the next numbers. */
  add({ rows, places, xy }: NewPoints): void {
    const first = this.#count;
    const count = first + rows.length;
    this.#rows = grown(this.#rows, count, (length) => new Float64Array(length));
    this.#places = grown(this.#places, count, (length) => new Uint32Array(length));
    this.#xy = grown(this.#xy, 2 * count, sharedFloats);
    this.#rows.set(rows, first);
    this.#places.set(places, first);
    this.#xy.set(xy, 2 * first);
    this.#count = count;
    for (let number = first; number < count; number++)
      if (this.#places[number] === NONE) this.gone.push(number);
    this.#note(first);
  }

  /** Notes at which places the points from a number on are. */
  #note(first: number): void {
    let need = 0;
    for (let number = first; number < this.#count; number++)
      if (this.lives(number)) need = Math.max(need, this.#places[number]! + 1);
    this.#numbers = grown(this.#numbers, need, sharedWords);
    for (let number = first; number < this.#count; number++)
      if (this.lives(number)) this.#numbers[this.#places[number]!] = number;
  }

  leave(number: number): void {
    if (!this.lives(number)) return;
    this.#places[number] = NONE;
    this.gone.push(number);
  }

  /** Another engine holds the points: those that live each at another place, NONE for those that it has not. */
  moveTo(places: Uint32Array): void {
    for (let number = 0; number < this.#count; number++) {
      if (!this.lives(number)) continue;
      if (places[number] === NONE) this.leave(number);
      else this.#places[number] = places[number]!;
    }
    this.#numbers = sharedWords(0);
    this.#note(0);
  }

  /** Those that live, with numbers of their own. */
  living(): MapPoints {
    const others = new MapPoints();
    const count = this.#count - this.gone.length;
    const rows = new Float64Array(count);
    const places = new Uint32Array(count);
    const xy = new Float32Array(2 * count);
    for (let number = 0, at = 0; number < this.#count; number++) {
      if (!this.lives(number)) continue;
      rows[at] = this.#rows[number]!;
      places[at] = this.#places[number]!;
      xy[2 * at] = this.#xy[2 * number]!;
      xy[2 * at + 1] = this.#xy[2 * number + 1]!;
      at++;
    }
    others.add({ rows, places, xy });
    return others;
  }
}
