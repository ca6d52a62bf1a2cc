/*
 * The rows of an arena in a searching thread that reads their vectors itself, where the arena does not keep them: it finds
 * what the calling thread would, bit by bit. Where a row that lives cannot be read, the calling thread compares instead.
 *
 * Shared state: keys, codes and their bounds, which are written before a row is published and stay as they are; row states,
 * of which bits are only ever added.
 */
import { ArenaViews } from '../kernel/arena-memory.js';
import type { RowLayout } from '../kernel/geometry.js';
import type { Kernel } from '../kernel/kernel.js';
import { MASKED } from '../kernel/layout.js';
import { METRIC_NAMES, METRICS, type Metric } from '../kernel/metrics.js';
import { type Bounds, RowParts } from '../kernel/row-parts.js';
import type { VectorReader } from '../store/vector-reader.js';
import { VectorLost } from './codes.js';
import { compareOutcome, type RemoteRows } from './exact.js';
import type { Match } from './query.js';
import type { Answered, AskedJob } from './search-ring.js';

/** Rows are named by their places in the arena. */
export class ReadingRows implements RemoteRows {
  readonly base = 0;
  readonly metric: Metric;
  readonly dimension: number;
  readonly geometry: RowLayout;
  readonly kernel: Kernel;
  readonly codes: { widest: Bounds; boundsOf(row: number): Bounds };
  readonly #views: ArenaViews;
  readonly #parts: RowParts;
  readonly #reader: VectorReader;

  constructor(kernel: Kernel, memory: WebAssembly.Memory, layout: RowLayout, reader: VectorReader) {
    this.kernel = kernel;
    this.geometry = layout;
    this.dimension = layout.dimension;
    this.metric = METRIC_NAMES.find((name) => METRICS[name].kind === layout.metric)!;
    this.#views = new ArenaViews(memory);
    const parts = new RowParts(layout, this.#views, kernel);
    this.#parts = parts;
    this.codes = { widest: { error: 0, length: 0 }, boundsOf: (row) => parts.boundsOf(row) };
    this.#reader = reader;
  }

  vectorOf(row: number, into: Float32Array): Float32Array | undefined {
    const key = this.#parts.keyOf(row);
    if (this.#reader.read(Number(key), into)) return into;
    if ((this.kernel.stateGet(row) & MASKED) !== 0) return undefined;
    throw new VectorLost(key);
  }

  /** The nearest of what a job has left; undefined where the calling thread has to compare it. */
  compare(
    query: Float32Array,
    { job, apart, bits, widest }: AskedJob,
    left: Pick<Answered, 'near' | 'met' | 'errors' | 'entries'>,
  ): Match[] | undefined {
    this.#views.refresh();
    this.codes.widest = widest;
    const sought = { vector: query.subarray(0, this.dimension), k: job.k };
    const matches = (row: number): boolean =>
      bits.length === 0 || (bits[row >>> 5]! & (1 << (row & 31))) !== 0;
    try {
      return compareOutcome(this, sought, job, apart, matches, left);
    } catch (error) {
      if (error instanceof VectorLost) return undefined;
      throw error;
    }
  }
}
