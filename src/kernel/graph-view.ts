/*
 * An arena as any thread may look at it beside those that write and link: which rows there are, their states and keys, what
 * they are linked to, and how far two are from each other. It needs no scratch and writes nothing. A list of links may be
 * rewritten while it is read: each of its words is a row all the same, at worst one of before.
 */
import type { ArenaHandle } from './arena-memory.js';
import { bindKernel, type KernelCode } from './builds.js';
import { Coordinates } from './coordinates.js';
import type { Kernel } from './kernel.js';
import * as L from './layout.js';
import {
  codeOf,
  field,
  idOf,
  linksMax,
  linksOf,
  Memory,
  normOf,
  rowCount,
  stateGet,
  vectorOf,
} from './scalar/memory.js';

const HIGH = 2 ** 32;

export class GraphView {
  /** Rows that were published when the view was made. */
  readonly rows: number;
  /** Links of a row on level 0, at most. */
  readonly degree: number;
  readonly #memory: Memory;
  readonly #kernel: Kernel;
  readonly dimension: number;
  #coordinates: Coordinates | undefined;
  readonly #apart: (one: number, two: number) => number;

  constructor({ memory, dimension }: ArenaHandle, code: KernelCode) {
    this.#memory = new Memory(memory, () => 1);
    this.#kernel = bindKernel(code, memory, () => 1);
    this.dimension = dimension;
    this.rows = rowCount(this.#memory);
    this.degree = linksMax(this.#memory, 0);
    this.#apart = this.#distance();
  }

  /** Neither masked, nor beyond what float32 can compare. */
  isShown(row: number): boolean {
    return (stateGet(this.#memory, row) & (L.MASKED | L.WIDE)) === 0;
  }

  isLinked(row: number): boolean {
    return (stateGet(this.#memory, row) & L.LINKED) !== 0;
  }

  /** The key of a row, as far as numbers are exact. */
  keyOf(row: number): number {
    const at = idOf(this.#memory, row) >>> 2;
    const { u32 } = this.#memory;
    return u32[at]! + HIGH * u32[at + 1]!;
  }

  /** Writes the rows that it is linked to on level 0; returns how many. */
  linksOf(row: number, into: Uint32Array): number {
    const at = linksOf(this.#memory, row, 0) >>> 2;
    const { u32 } = this.#memory;
    let count = 0;
    for (; count < this.degree; count++) {
      const next = u32[at + count]!;
      if (next === L.NONE) break;
      into[count] = next;
    }
    return count;
  }

  /** Smaller is nearer; in what unit depends on the metric. Of codes where the arena keeps no vectors. */
  distance(one: number, two: number): number {
    return this.#apart(one, two);
  }

  /** A row as numbers that are compared with rows of other arenas of the same field. */
  read(row: number, into: Float32Array): void {
    this.#compared.read(row, into);
  }

  /** The distance between a row of another arena, as it was read there, and one of this. */
  distanceFrom(other: Float32Array, row: number): number {
    return this.#compared.distance(other, row);
  }

  get #compared(): Coordinates {
    return (this.#coordinates ??= new Coordinates(this.#memory, this.dimension));
  }

  #distance(): (one: number, two: number) => number {
    const kind = field(this.#memory, L.D_CODE_KIND);
    if (kind === L.CODE_BITS) return (one, two) => this.#bits(one, two);
    if (field(this.#memory, L.D_VECTORS_KEPT) === 0) return (one, two) => this.#codes(one, two, kind);
    const metric = field(this.#memory, L.D_METRIC);
    if (metric === L.EUCLIDEAN) return (one, two) => Math.sqrt(this.#call('squaredFloat', one, two));
    if (metric === L.MANHATTAN) return (one, two) => this.#absolute(one, two);
    if (metric === L.DOT) return (one, two) => -this.#call('dotFloat', one, two);
    return (one, two) => 1 - this.#call('dotFloat', one, two) * this.#inverse(one) * this.#inverse(two);
  }

  #call(how: 'squaredFloat' | 'dotFloat', one: number, two: number): number {
    return this.#kernel[how](vectorOf(this.#memory, one), vectorOf(this.#memory, two), this.dimension);
  }

  #inverse(row: number): number {
    const at = normOf(this.#memory, row) >>> 2;
    return this.#memory.f32[at]!;
  }

  #absolute(one: number, two: number): number {
    const a = vectorOf(this.#memory, one) >>> 2;
    const b = vectorOf(this.#memory, two) >>> 2;
    const { f32 } = this.#memory;
    let sum = 0;
    for (let i = 0; i < this.dimension; i++) sum += Math.abs(f32[a + i]! - f32[b + i]!);
    return sum;
  }

  #bits(one: number, two: number): number {
    const a = codeOf(this.#memory, one);
    const b = codeOf(this.#memory, two);
    const bytes = field(this.#memory, L.D_CODE_BYTES);
    const other = this.#kernel.countXor(a, b, bytes);
    if (field(this.#memory, L.D_METRIC) === L.HAMMING) return other;
    const either = other + this.#kernel.countAnd(a, b, bytes);
    return either === 0 ? 0 : other / either;
  }

  /** Between the residuals that codes stand for: see scalar/encode.ts. */
  #codes(one: number, two: number, kind: number): number {
    const a = codeOf(this.#memory, one);
    const b = codeOf(this.#memory, two);
    const { u8, i8, f32 } = this.#memory;
    const trailer = field(this.#memory, L.D_TRAILER);
    const data = field(this.#memory, L.D_CODE_DATA);
    const scaleA = f32[(a + trailer) >>> 2]!;
    const scaleB = f32[(b + trailer) >>> 2]!;
    let sum = 0;
    for (let i = 0; i < this.dimension; i++) {
      const at = data + (kind === L.CODE_INT4 ? i >> 1 : i);
      const shift = (i & 1) * 4;
      const valueA = kind === L.CODE_INT4 ? ((u8[a + at]! >> shift) & 15) - 7.5 : i8[a + at]!;
      const valueB = kind === L.CODE_INT4 ? ((u8[b + at]! >> shift) & 15) - 7.5 : i8[b + at]!;
      sum += (scaleA * valueA - scaleB * valueB) ** 2;
    }
    return Math.sqrt(sum);
  }
}
