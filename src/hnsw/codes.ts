/*
 * The codes of an arena's rows: made from vectors that stand in the arena or come from elsewhere, with an origin
 * that is settled once there are enough rows to tell.
 */
import type { Id } from '../base/checks.js';
import { ORIGIN_SAMPLE } from '../base/limits.js';
import type { ArenaMemory } from '../kernel/arena-memory.js';
import type { Geometry } from '../kernel/geometry.js';
import type { Kernel } from '../kernel/kernel.js';
import * as L from '../kernel/layout.js';
import type { VectorLike } from '../kernel/metrics.js';
import type { Bounds, RowParts } from '../kernel/row-parts.js';
import type { Scratch } from '../kernel/scratch.js';
import { originOf } from './origin.js';

/** Gives the vector of a live row by its key, where arenas keep none: a copy, in `into` where that is given. */
export type VectorSource = (key: Id, into?: Float32Array) => Float32Array | undefined;

/** The source does not have the vector of a live row. */
export class VectorLost extends Error {
  readonly key: Id;

  constructor(key: Id) {
    super(`the vector of row ${key} was not found in the store`);
    this.key = key;
  }
}

/** What an arena consists of, as far as codes need it. */
interface CodesOf {
  readonly geometry: Geometry;
  readonly memory: ArenaMemory;
  readonly kernel: Kernel;
  readonly parts: RowParts;
  readonly scratch: Scratch;
}

export class Codes {
  readonly #geometry: Geometry;
  readonly #in: ArenaMemory;
  readonly #kernel: Kernel;
  readonly #parts: RowParts;
  /** Of the calling thread. */
  readonly #scratch: Scratch;
  /** Set where vectors are elsewhere. */
  readonly #source: VectorSource | undefined;
  #widest: Bounds = { error: 0, length: 0 };
  #centred = false;
  /** Counts the origins: codes of one are no codes of another. */
  epoch = 0;

  constructor({ geometry, memory, kernel, parts, scratch }: CodesOf, source: VectorSource | undefined) {
    this.#geometry = geometry;
    this.#in = memory;
    this.#kernel = kernel;
    this.#parts = parts;
    this.#scratch = scratch;
    this.#source = geometry.keepsVectors ? undefined : (source ?? (() => undefined));
  }

  /** Whether distances on codes must be made exact from vectors that are elsewhere. */
  get remote(): boolean {
    return this.#source !== undefined && this.#geometry.codeKind !== L.CODE_BITS;
  }

  /** The vector of a live row, in `into` where that is given; undefined where the arena has it. */
  fetch(key: Id, into?: Float32Array): Float32Array | undefined {
    if (!this.#source) return undefined;
    const vector = this.#source(key, into);
    if (!vector) throw new VectorLost(key);
    return vector;
  }

  /** Writes a vector to its place, and codes it. Returns the kernel's verdict. */
  encode(row: number, vector: VectorLike): number {
    if (this.#source) this.#scratch.setQuery(vector);
    else this.#parts.setVector(row, vector);
    const verdict = this.#kernel.encode(row, this.#scratch.at);
    if (this.#source) this.#widen(row);
    return verdict;
  }

  /** Codes a row again. One that is masked keeps its old code where its vector is gone, or another one has its key: it only routes. */
  encodeAgain(row: number, key: Id): void {
    if (this.#source && this.#kernel.stateGet(row) & L.MASKED) return;
    const vector = this.#source?.(key);
    if (vector) this.encode(row, vector);
    else if (!this.#source) this.#kernel.encode(row, this.#scratch.at);
  }

  boundsOf(row: number): Bounds {
    return this.#parts.boundsOf(row);
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

  /** Codes are residuals from an origin. */
  get #residual(): boolean {
    const { codeKind } = this.#geometry;
    return codeKind === L.CODE_INT4 || codeKind === L.CODE_INT8;
  }

  /** Whether codes have the origin they will keep. Before that, search is exact. */
  get settled(): boolean {
    return this.#centred || !this.#residual;
  }

  /** Whether an origin is yet to be settled. Dot products need one for linking, whatever codes they have: see asm/lift.ts. */
  get unsettled(): boolean {
    return !this.#centred && (this.#residual || this.#geometry.metric === L.DOT);
  }

  /** Settles the origin by the first `rows` rows. Returns whether that changed their codes. */
  settle(rows: number, keyOf: (row: number) => Id): boolean {
    this.#centred = true;
    if (!this.#setOrigin(rows, keyOf) || !this.#residual) return false;
    this.epoch++;
    this.#widest = { error: 0, length: 0 };
    for (let row = 0; row < rows; row++) this.encodeAgain(row, keyOf(row));
    return true;
  }

  /** Whether an origin was worth having. */
  #setOrigin(rows: number, keyOf: (row: number) => Id): boolean {
    const source = this.#source;
    if (!source) return this.#kernel.setOrigin(rows, ORIGIN_SAMPLE) !== 0;
    const { dimension, metric } = this.#geometry;
    const step = Math.floor(rows / ORIGIN_SAMPLE);
    const sample = Array.from({ length: ORIGIN_SAMPLE }, (_, i) => source(keyOf(i * step)));
    const origin = originOf(sample, dimension, metric === L.COSINE);
    if (origin) this.pasteOrigin(new Uint8Array(origin.buffer));
    return origin !== undefined;
  }

  /** A copy of the origin, empty while none is settled. */
  copyOrigin(): Uint8Array {
    return this.#centred ? this.#in.copyOrigin() : new Uint8Array();
  }

  pasteOrigin(bytes: Uint8Array): void {
    if (bytes.length === 0) return;
    this.#in.pasteOrigin(bytes);
    this.#kernel.measureOrigin();
    this.#centred = true;
  }

  /** Rows were taken up from a snapshot, with their states. Codes without an origin may have been copied while it was being settled. */
  restored(rows: number, keyOf: (row: number) => Id): void {
    if (!this.#centred) for (let row = 0; row < rows; row++) this.encodeAgain(row, keyOf(row));
    if (this.#source) for (let row = 0; row < rows; row++) this.#widen(row);
    const kernel = this.#kernel;
    for (let row = 0; row < rows; row++) if (!(kernel.stateGet(row) & L.WIDE)) kernel.noteLength(row);
  }
}
