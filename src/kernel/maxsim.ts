/*
 * Compares points of several vectors with a query, in a memory that all queries of a thread share: the query is copied there
 * where another was compared before, each point as its bytes are stored. Calls of one thread do not overlap; the comparison of a
 * large point may go over several, and others come in between: what is known of it by then is kept outside.
 */
import { SiltError } from '../base/errors.js';
import type { KernelCode } from './builds.js';
import type { KernelBuild } from './kernel.js';
import { bindMaxSim } from './maxsim-build.js';
import type { MaxSimKernel } from './maxsim-kernel.js';
import * as L from './maxsim-layout.js';
import type { MaxSimQuery } from './maxsim-query.js';
import { METRICS } from './metrics.js';
import { ADDRESS_SPACE } from './postings-memory.js';

const PAGE = 65_536;
/** A memory that grew beyond this is given up for the next query: large points are rare. */
const KEPT_PAGES = 512;

/** Products of components between two looks at the clock: a millisecond or less. */
const PIECE_PRODUCTS = 4_000_000;

/** A point that is compared with a query, in one go or in several. */
export class Comparison {
  readonly query: MaxSimQuery;
  /** The bytes of its vectors: a copy from the first pause on. */
  point: Uint8Array;
  /** Bytes of vectors that were taken. */
  taken = 0;
  /** What is known of each vector of the query, between two calls. */
  bests: Float32Array | undefined;
  /** Where float32 does not hold what is between. */
  wide: Generator<void, number> | undefined;

  constructor(query: MaxSimQuery, point: Uint8Array) {
    this.query = query;
    this.point = point;
  }

  /** The next vectors, as many as are compared at a time. */
  next(): Uint8Array {
    const { vectors, dimension } = this.query;
    const many = Math.max(4, 4 * Math.floor(PIECE_PRODUCTS / (4 * vectors.length * dimension)));
    return this.point.subarray(this.taken, (this.taken += many * 4 * dimension));
  }
}

export class MaxSim {
  readonly #code: KernelCode;
  #memory!: WebAssembly.Memory;
  #kernel!: MaxSimKernel;
  #bytes!: Uint8Array;
  #query: MaxSimQuery | undefined;
  /** Where numbers of a point may begin. */
  #end = L.FIRST;

  constructor(code: KernelCode) {
    this.#code = code;
    this.#renew();
  }

  #renew(): void {
    this.#memory = newMemory();
    this.#kernel = bindMaxSim(this.#code, this.#memory);
    this.#refresh();
  }

  #refresh(): void {
    this.#bytes = new Uint8Array(this.#memory.buffer);
  }

  #reserve(bytes: number): void {
    const more = bytes - this.#bytes.length;
    if (more <= 0) return;
    try {
      this.#memory.grow(Math.ceil(more / PAGE));
    } catch (cause) {
      throw new SiltError(
        'OUT_OF_MEMORY',
        `out of memory: no ${bytes} bytes to compare a point of several vectors in. Give the process more memory, or close what you do not use`,
        { cause },
      );
    }
    this.#refresh();
  }

  #take(query: MaxSimQuery): void {
    if (this.#bytes.length > KEPT_PAGES * PAGE) this.#renew();
    this.#query = undefined;
    const { blocks, bits, metric, dimension, vectors } = query;
    const bitsAt = L.FIRST + blocks.byteLength;
    const best = bitsAt + bits.byteLength;
    this.#end = best + bits.byteLength;
    this.#reserve(this.#end);
    const words = new Uint32Array(this.#memory.buffer, 0, L.FIRST / 4);
    words[L.METRIC / 4] = METRICS[metric].kind;
    words[L.DIMENSION / 4] = dimension;
    words[L.COUNT / 4] = vectors.length;
    words[L.QUERY / 4] = L.FIRST;
    words[L.BITS / 4] = bitsAt;
    words[L.BEST / 4] = best;
    new Float32Array(this.#memory.buffer, L.FIRST).set(blocks);
    new Float32Array(this.#memory.buffer, bitsAt).set(bits);
    this.#query = query;
  }

  /**
   * How far a point is, by the bytes of its vectors: smaller is nearer, similarities are negated, Euclidean distances squared.
   *
   * @throws SiltError OUT_OF_MEMORY
   */
  distance(query: MaxSimQuery, point: Uint8Array): number {
    return this.goOn(new Comparison(query, point), () => false)!;
  }

  /**
   * Goes on with a comparison until `isOver`, which is asked between two pieces: undefined then. The result is the same, to the
   * bit, however often it pauses.
   *
   * @throws SiltError OUT_OF_MEMORY
   */
  goOn(comparison: Comparison, isOver: () => boolean): number | undefined {
    const { query } = comparison;
    if (!comparison.wide) {
      if (this.#query !== query) this.#take(query);
      if (comparison.bests) this.#bests.set(comparison.bests);
      else this.#kernel.begin();
      while (comparison.taken < comparison.point.length) {
        this.#compare(comparison.next(), query.dimension);
        if (comparison.taken >= comparison.point.length || !isOver()) continue;
        if (!comparison.bests) comparison.point = comparison.point.slice();
        comparison.bests = this.#bests.slice();
        return undefined;
      }
      const found = this.#kernel.total();
      if (Number.isFinite(found)) return found;
      comparison.wide = query.wideDistance(vectorsIn(comparison.point, query.dimension));
    }
    for (let step = comparison.wide.next(); ; step = comparison.wide.next()) {
      if (step.done) return step.value;
      if (isOver()) return undefined;
    }
  }

  get #bests(): Float32Array {
    const words = new Uint32Array(this.#memory.buffer, 0, L.FIRST / 4);
    return new Float32Array(this.#memory.buffer, words[L.BEST / 4]!, words[L.COUNT / 4]!);
  }

  #compare(some: Uint8Array, dimension: number): void {
    const vectors = some.length / (4 * dimension);
    const at = this.#end + 4 * vectors;
    this.#reserve(at + some.length);
    const words = new Uint32Array(this.#memory.buffer, 0, L.FIRST / 4);
    words[L.NUMBERS / 4] = this.#end;
    words[L.POINT / 4] = at;
    this.#bytes.set(some, at);
    this.#kernel.take(vectors);
  }
}

function vectorsIn(point: Uint8Array, dimension: number): Float32Array[] {
  const { buffer } = point.slice();
  const size = 4 * dimension;
  return Array.from({ length: point.length / size }, (_, i) => new Float32Array(buffer, i * size, dimension));
}

function newMemory(): WebAssembly.Memory {
  try {
    return new WebAssembly.Memory({ initial: 1 });
  } catch (cause) {
    throw new SiltError(
      'OUT_OF_MEMORY',
      `out of memory: no room to compare points of several vectors in: ${ADDRESS_SPACE}`,
      {
        cause,
      },
    );
  }
}

const known = new Map<KernelBuild, MaxSim>();

/** The one of this thread. */
export function maxSim(code: KernelCode): MaxSim {
  let found = known.get(code.build);
  if (!found) known.set(code.build, (found = new MaxSim(code)));
  return found;
}
