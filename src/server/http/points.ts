/*
 * Turns a stream of lines into points for an ingest. The ingest reports errors by the position of a point among those it took. That
 * differs from the line number after empty or invalid lines, so this keeps track of both.
 */
import type { PointInput } from '../../api/points.js';
import { QdrantError, qdrantErrorOf } from '../qdrant/errors.js';
import { withOptional } from '../qdrant/optional.js';
import { POINT } from '../qdrant/schema/points.js';
import type { Service } from '../qdrant/service.js';
import { NeedsOptional } from '../qdrant/vectors.js';
import type { CollectionView } from '../qdrant/view.js';
import { pointIn } from '../qdrant/writing.js';
import { jsonOf } from './body.js';
import { type Line, LineError, linesOf } from './lines.js';

export interface Rejected {
  readonly line: number;
  readonly error: string;
}

/** How many rejected lines are listed. All are counted. */
const REJECTED_MOST = 1_000;

/** How many changes of the difference between line and position are kept: an endless stream would fill the memory. */
const PLACES_MOST = 100_000;

const SPACE = /^\s*$/;

export class PointLines {
  readonly #service: Service;
  #view: CollectionView;
  readonly #skip: boolean;
  /** From position `from` on, the line number is the position plus `by`. */
  readonly #ahead: { from: number; by: number }[] = [{ from: 0, by: 1 }];
  #taken = 0;
  /** The line number is known for positions before this one. */
  #known = Number.POSITIVE_INFINITY;
  /** The line of the last point taken. */
  last = 0;
  rejectedCount = 0;
  readonly rejected: Rejected[] = [];

  constructor(service: Service, view: CollectionView, skip: boolean) {
    this.#service = service;
    this.#view = view;
    this.#skip = skip;
  }

  /** @throws LineError for the first line that is invalid, unless these are skipped */
  async *points(
    source: AsyncIterable<Buffer>,
    lineBytes: number,
    keep?: (bytes: number) => void,
  ): AsyncGenerator<PointInput, void> {
    for await (const line of linesOf(source, lineBytes, keep)) {
      let point: PointInput | undefined;
      try {
        point = this.#pointOf(line);
      } catch (error) {
        if (!(error instanceof NeedsOptional)) throw error;
        this.#view = await withOptional(this.#service, this.#view);
        point = this.#pointOf(line);
      }
      if (!point) continue;
      this.last = line.number;
      const by = line.number - this.#taken;
      if (by !== this.#ahead.at(-1)!.by) this.#part(by);
      this.#taken++;
      yield point;
    }
  }

  #part(by: number): void {
    if (this.#ahead.length < PLACES_MOST) this.#ahead.push({ from: this.#taken, by });
    else this.#known = Math.min(this.#known, this.#taken);
  }

  /** The line of the point at a position; undefined if it is no longer known. */
  lineOf(index: number): number | undefined {
    if (index >= this.#known) return undefined;
    return index + this.#ahead.findLast(({ from }) => from <= index)!.by;
  }

  reject(line: number | undefined, error: string): void {
    this.rejectedCount++;
    if (line !== undefined && this.rejected.length < REJECTED_MOST) this.rejected.push({ line, error });
  }

  /** @throws NeedsOptional, and LineError */
  #pointOf({ number, bytes }: Line): PointInput | undefined {
    try {
      if (bytes.length < 64 && SPACE.test(bytes.toString('latin1'))) return undefined;
      const value = jsonOf(bytes);
      return pointIn(this.#view, POINT.check(value, 'JSON body'));
    } catch (error) {
      if (error instanceof NeedsOptional) throw error;
      const why = qdrantErrorOf(error);
      if (!this.#skip || !(error instanceof QdrantError)) throw new LineError(number, why, { cause: error });
      this.reject(number, why.message);
      return undefined;
    }
  }
}
