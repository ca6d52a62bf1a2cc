/*
 * The codes of an arena's rows: made from vectors that stand in the arena or come from elsewhere, with an origin
 * that is settled once there are enough rows to tell.
 */
import type { Id } from '../base/checks.js';
import { ORIGIN_SAMPLE } from '../base/limits.js';
import type { Geometry } from '../kernel/geometry.js';
import type { Kernel } from '../kernel/kernel.js';
import * as L from '../kernel/layout.js';
import type { VectorLike } from '../kernel/metrics.js';
import type { ArenaMemory } from './arena-memory.js';
import { originOf } from './origin.js';

/** Gives the vector of a live row by its key, where arenas keep none. */
export type VectorSource = (key: Id) => Float32Array | undefined;

/** What tells how far a distance to a row may be off on codes. */
export interface Bounds {
  /** Length of what the code has lost. */
  readonly error: number;
  /** How much of the query's own error meets the row. */
  readonly length: number;
}

/** The source does not have the vector of a live row. */
export class VectorLost extends Error {
  readonly key: Id;

  constructor(key: Id) {
    super(`the vector of row ${key} was not found in the store`);
    this.key = key;
  }
}

export class Codes {
  readonly #geometry: Geometry;
  readonly #in: ArenaMemory;
  readonly #kernel: Kernel;
  /** Set where vectors are elsewhere. */
  readonly #source: VectorSource | undefined;
  #widest: Bounds = { error: 0, length: 0 };
  #centred = false;
  /** Counts the origins: codes of one are no codes of another. */
  epoch = 0;

  constructor(geometry: Geometry, memory: ArenaMemory, kernel: Kernel, source: VectorSource | undefined) {
    this.#geometry = geometry;
    this.#in = memory;
    this.#kernel = kernel;
    this.#source = geometry.descriptor[L.D_VECTORS_KEPT / 4] ? undefined : (source ?? (() => undefined));
  }

  /** Whether distances on codes must be made exact from vectors that are elsewhere. */
  get remote(): boolean {
    return this.#source !== undefined && this.#geometry.codeKind !== L.CODE_BITS;
  }

  /** The vector of a live row; undefined where the arena has it. */
  fetch(key: Id): Float32Array | undefined {
    if (!this.#source) return undefined;
    const vector = this.#source(key);
    if (!vector) throw new VectorLost(key);
    return vector;
  }

  /** Writes a vector to its place, and codes it. Returns the kernel's verdict. */
  encode(row: number, vector: VectorLike): number {
    const { scratch, descriptor } = this.#geometry;
    const place = this.#source ? scratch + descriptor[L.D_S_QUERY / 4]! : this.#kernel.vectorOf(row) >>> 0;
    this.#in.writeVector(place, vector);
    const verdict = this.#kernel.encode(row, scratch);
    if (this.#source) this.#widen(row);
    return verdict;
  }

  /** Codes a row again. One that is masked, and whose vector is gone, keeps its old code: it only routes. */
  encodeAgain(row: number, key: Id): void {
    const vector = this.#source?.(key);
    if (vector) this.encode(row, vector);
    else if (!this.#source) this.#kernel.encode(row, this.#geometry.scratch);
  }

  boundsOf(row: number): Bounds {
    const { descriptor } = this.#geometry;
    const { floats } = this.#in;
    const trailer = ((this.#kernel.codeOf(row) >>> 0) + descriptor[L.D_TRAILER / 4]!) / 4;
    const error = floats[trailer + L.T_ERROR / 4]!;
    const metric = descriptor[L.D_METRIC / 4];
    if (metric === L.COSINE) return { error, length: 1 };
    if (metric === L.EUCLIDEAN) return { error, length: Math.sqrt(floats[trailer + 1]!) };
    const inverse = floats[(this.#kernel.normOf(row) >>> 0) / 4]!;
    return { error, length: inverse > 0 ? 2 / inverse : 0 };
  }

  /** The most of what `boundsOf` gives for any row, where vectors are elsewhere. */
  get widest(): Bounds {
    return this.#widest;
  }

  #widen(row: number): void {
    const { error, length } = this.boundsOf(row);
    const { widest } = this;
    if (error <= widest.error && length <= widest.length) return;
    this.#widest = { error: Math.max(widest.error, error), length: Math.max(widest.length, length) };
  }

  /** The factor by which a code's error tells in a distance to the query in scratch, and what the query adds. */
  get queryErrors(): { perRow: number; own: number } {
    const { scratch, descriptor } = this.#geometry;
    const query = scratch + descriptor[L.D_S_WALK_QUERY / 4]!;
    const { floats } = this.#in;
    return { perRow: floats[(query + L.Q_ROW_ERROR) / 4]!, own: floats[(query + L.Q_OWN_ERROR) / 4]! };
  }

  /** Whether codes have the origin they will keep. Before that, search is exact. */
  get settled(): boolean {
    const { codeKind } = this.#geometry;
    return this.#centred || (codeKind !== L.CODE_INT4 && codeKind !== L.CODE_INT8);
  }

  /** Settles the origin by the first `rows` rows. Returns whether that changed their codes. */
  settle(rows: number, keyOf: (row: number) => Id): boolean {
    this.#centred = true;
    if (!this.#setOrigin(rows, keyOf)) return false;
    this.epoch++;
    this.#widest = { error: 0, length: 0 };
    for (let row = 0; row < rows; row++) this.encodeAgain(row, keyOf(row));
    return true;
  }

  /** Whether an origin was worth having. */
  #setOrigin(rows: number, keyOf: (row: number) => Id): boolean {
    const source = this.#source;
    if (!source) return this.#kernel.setOrigin(rows, ORIGIN_SAMPLE) !== 0;
    const { descriptor } = this.#geometry;
    const step = Math.floor(rows / ORIGIN_SAMPLE);
    const sample = Array.from({ length: ORIGIN_SAMPLE }, (_, i) => source(keyOf(i * step)));
    const dimension = descriptor[L.D_DIMENSION / 4]!;
    const origin = originOf(sample, dimension, descriptor[L.D_METRIC / 4] === L.COSINE);
    if (origin) this.pasteOrigin(new Uint8Array(origin.buffer));
    return origin !== undefined;
  }

  /** A copy of the origin, empty while none is settled. */
  copyOrigin(): Uint8Array {
    const { descriptor } = this.#geometry;
    return this.#in.copy(descriptor[L.D_ORIGIN / 4]!, this.#centred ? 4 * descriptor[L.D_DIMENSION / 4]! : 0);
  }

  pasteOrigin(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#in.bytes.set(bytes, this.#geometry.descriptor[L.D_ORIGIN / 4]!);
    this.#kernel.measureOrigin();
    this.#centred = true;
  }

  /** Rows were taken up from a snapshot. Codes without an origin may have been copied while it was being settled. */
  restored(rows: number, keyOf: (row: number) => Id): void {
    if (!this.#centred) for (let row = 0; row < rows; row++) this.encodeAgain(row, keyOf(row));
    if (this.#source) for (let row = 0; row < rows; row++) this.#widen(row);
  }
}
