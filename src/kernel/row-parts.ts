/* What a row consists of, beside its code and links: read and written by the calling thread, at addresses of the kernel. */
import type { Id } from '../base/checks.js';
import type { ArenaMemory } from './arena-memory.js';
import type { Geometry } from './geometry.js';
import type { Kernel } from './kernel.js';
import * as L from './layout.js';
import type { VectorLike } from './metrics.js';

/** What tells how far a distance to a row may be off on codes. */
export interface Bounds {
  /** Length of what the code has lost. */
  readonly error: number;
  /** How much of the query's own error meets the row. */
  readonly length: number;
}

export class RowParts {
  readonly #geometry: Geometry;
  readonly #in: ArenaMemory;
  readonly #kernel: Kernel;

  constructor(geometry: Geometry, memory: ArenaMemory, kernel: Kernel) {
    this.#geometry = geometry;
    this.#in = memory;
    this.#kernel = kernel;
  }

  /** The key of a row: a number where that is exact, else a bigint. */
  keyOf(row: number): Id {
    const at = (this.#kernel.idOf(row) >>> 0) / 4;
    const high = this.#in.words[at + 1]! >>> 0;
    return high < 0x200000 ? high * 0x100000000 + (this.#in.words[at]! >>> 0) : this.#in.longs[at / 2]!;
  }

  setKey(row: number, key: bigint): void {
    this.#in.longs[(this.#kernel.idOf(row) >>> 0) / 8] = key;
  }

  /** The float32 vector that stands in the row's place; a view, valid until the memory grows. */
  vectorOf(row: number): Float32Array {
    const at = (this.#kernel.vectorOf(row) >>> 0) / 4;
    return this.#in.floats.subarray(at, at + this.#geometry.dimension);
  }

  /** Writes a vector to the row's place, zero-padded to a multiple of four. */
  setVector(row: number, vector: VectorLike): void {
    const at = (this.#kernel.vectorOf(row) >>> 0) / 4;
    this.#in.floats.set(vector, at);
    for (let i = vector.length; i & 3; i++) this.#in.floats[at + i] = 0;
  }

  boundsOf(row: number): Bounds {
    const { metric, trailer } = this.#geometry;
    const { floats } = this.#in;
    const at = (this.#kernel.codeOf(row) >>> 0) + trailer;
    const error = floats[(at + L.T_ERROR) / 4]!;
    if (metric === L.COSINE) return { error, length: 1 };
    if (metric === L.EUCLIDEAN) return { error, length: Math.sqrt(floats[(at + L.T_BASE) / 4]!) };
    const inverse = floats[(this.#kernel.normOf(row) >>> 0) / 4]!;
    return { error, length: inverse > 0 ? 2 / inverse : 0 };
  }

  /** Highest level that a row is linked on. */
  levelOf(row: number): number {
    return this.#in.bytes[this.#kernel.levelOf(row) >>> 0]!;
  }

  /** The rows that it is linked to on the lowest level, up to a NONE; a view, valid until the memory grows. */
  linksOf(row: number): Int32Array {
    const at = (this.#kernel.linksOf(row, 0) >>> 0) / 4;
    return this.#in.words.subarray(at, at + this.#geometry.descriptor[L.D_M0 / 4]!);
  }

  /** Sets all of a row's state; only while nobody else works on the arena. */
  setState(row: number, state: number): void {
    this.#in.bytes[this.#kernel.stateOf(row) >>> 0] = state;
  }

  /** Of `rows` rows, sets the entry point they had; the highest linked row where that one was just being linked. */
  restoreEntry(entryRow: number, rows: number): void {
    const isLinked = (row: number): boolean => (this.#kernel.stateGet(row) & L.LINKED) !== 0;
    const levelOf = (row: number): number => (row < 0 ? -1 : this.levelOf(row));
    let row = entryRow;
    if (row < 0 || row >= rows || !isLinked(row)) {
      row = -1;
      for (let other = 0; other < rows; other++)
        if (isLinked(other) && levelOf(other) > levelOf(row)) row = other;
    }
    this.#in.setEntry(row, levelOf(row));
  }

  /** A copy of the states of the first `rows` rows. */
  copyStates(rows: number): Uint8Array {
    const { blockRows } = this.#geometry;
    const states = new Uint8Array(rows);
    for (let row = 0; row < rows; row += blockRows) {
      const at = this.#kernel.stateOf(row) >>> 0;
      states.set(this.#in.bytes.subarray(at, at + Math.min(blockRows, rows - row)), row);
    }
    return states;
  }
}

/** The length of the longest row that was coded in an arena. */
export function longestRow(memory: WebAssembly.Memory): number {
  return new Float32Array(memory.buffer, L.DESC + L.D_LONGEST, 1)[0]!;
}
