/*
 * Many points from anywhere: arrays, generators, async iterables, streams. They are written in batches, one on its
 * way while the next is gathered, so that memory stays bounded whatever the source holds.
 */
import { integerIn, show } from '../../base/checks.js';
import { SiltError, ValidationError } from '../../base/errors.js';
import type { Point, Rejection } from '../points.js';
import type { WriteReceipt } from '../receipt.js';

export interface IngestProgress {
  /** Points acknowledged so far. */
  readonly written: number;
  readonly rowsPerSecond: number;
  /** Bytes of the vectors acknowledged so far. */
  readonly bytes: number;
  /** Points that wait to be linked. */
  readonly pending: number;
  /** Points in all, where the source tells: arrays, sets and maps do. */
  readonly total: number | null;
  /** Null where the total is not known. */
  readonly etaSeconds: number | null;
}

export interface IngestSummary {
  /** Points acknowledged: inserted and replaced. */
  readonly written: number;
  readonly inserted: number;
  readonly replaced: number;
  /** Points left out; `index` is their position in the source. */
  readonly rejected: readonly Rejection[];
  /** Sequence number of the last write. */
  readonly seq: number;
  readonly bytes: number;
  readonly seconds: number;
  readonly rowsPerSecond: number;
  /** Whether `signal` ended it before the source did. */
  readonly aborted: boolean;
}

export interface IngestOptions {
  /** Points a batch, 1 to 100,000. Default 1,000. */
  readonly batchSize?: number;
  /** With 'throw', a bad point ends the ingest with an IngestError. Default 'throw'. */
  readonly onInvalid?: 'throw' | 'skip';
  /** Ends the ingest behind the batches on their way; the summary says what was written. */
  readonly signal?: AbortSignal;
  /** Called after each batch. */
  onProgress?(progress: IngestProgress): void;
}

export type PointSource = Iterable<Point> | AsyncIterable<Point> | ReadableStream<Point>;

/** The source of an ingest failed, or gave a bad point. What was written before stays. */
export class IngestError extends SiltError {
  readonly summary: IngestSummary;

  constructor(cause: unknown, summary: IngestSummary) {
    const why = cause instanceof Error ? cause.message : String(cause);
    super('INGEST_FAILED', `the ingest ended after ${summary.written} points: ${why}`, { cause });
    this.summary = summary;
  }
}

/** Batches on their way at once: one is committed while the next is checked and copied. */
const IN_FLIGHT = 2;

interface Sink {
  readonly pending: number;
  readonly seq: number;
  readonly dimension: number;
  /** `first` is the position of the first of them in the source. */
  write(
    points: Point[],
    first: number,
    onInvalid: 'throw' | 'skip',
    signal?: AbortSignal,
  ): Promise<WriteReceipt>;
}

/** By its reader: unlike its iterator, that can be let go while it is asked for more. */
function fromStream(stream: ReadableStream<Point>): AsyncIterator<Point> {
  const reader = stream.getReader();
  return {
    next: () => reader.read() as Promise<IteratorResult<Point>>,
    return: async () => {
      await reader.cancel().catch(() => {});
      return { done: true, value: undefined };
    },
  };
}

function iteratorOf(source: PointSource): Iterator<Point> | AsyncIterator<Point> {
  const from = source as Partial<AsyncIterable<Point> & Iterable<Point> & ReadableStream<Point>> | null;
  if (typeof from?.getReader === 'function') return fromStream(source as ReadableStream<Point>);
  if (typeof from?.[Symbol.asyncIterator] === 'function') return from[Symbol.asyncIterator]!();
  if (typeof from?.[Symbol.iterator] === 'function' && typeof source !== 'string')
    return from[Symbol.iterator]!();
  throw new ValidationError(
    'INVALID_OPTION',
    `points must be an iterable, an async iterable or a ReadableStream, got ${show(source)}`,
  );
}

function totalOf(source: PointSource): number | null {
  if (Array.isArray(source)) return source.length;
  return source instanceof Set || source instanceof Map ? source.size : null;
}

export class Ingest {
  readonly #sink: Sink;
  readonly #options: IngestOptions;
  readonly #total: number | null;
  readonly #iterator: Iterator<Point> | AsyncIterator<Point>;
  readonly #batchSize: number;
  readonly #began = performance.now();
  readonly #rejected: Rejection[] = [];
  #inserted = 0;
  #replaced = 0;
  #seq = 0;
  #taken = 0;
  #failure: { error: unknown } | undefined;
  /** Aborts when a write fails: the source may have nothing to give for long. */
  readonly #halt = new AbortController();
  /** `asked`: the next point was asked for, and has not come. */
  #source: 'open' | 'asked' | 'ended' = 'open';

  constructor(sink: Sink, source: PointSource, options: IngestOptions) {
    this.#batchSize = integerIn('batchSize', options.batchSize ?? 1_000, 1, 100_000);
    this.#sink = sink;
    this.#options = options;
    this.#total = totalOf(source);
    this.#iterator = iteratorOf(source);
  }

  async run(): Promise<IngestSummary> {
    const onItsWay = new Set<Promise<void>>();
    try {
      for (let batch = await this.#gather(); batch.length > 0; batch = await this.#gather()) {
        const written = this.#write(batch, this.#taken - batch.length).finally(() =>
          onItsWay.delete(written),
        );
        onItsWay.add(written);
        if (onItsWay.size >= IN_FLIGHT) await Promise.race(onItsWay);
      }
    } catch (error) {
      this.#source = 'ended';
      this.#fail(error);
    }
    await Promise.all(onItsWay);
    await this.#letGo();
    const summary = this.#summary();
    if (this.#failure && !this.#aborted) throw new IngestError(this.#failure.error, summary);
    return summary;
  }

  #fail(error: unknown): void {
    this.#failure ??= { error };
    this.#halt.abort();
  }

  get #aborted(): boolean {
    return this.#options.signal?.aborted === true;
  }

  /** The next batch; empty when the source is at its end, or the ingest is to stop. */
  async #gather(): Promise<Point[]> {
    const batch: Point[] = [];
    const { signal } = this.#options;
    const either = signal ? AbortSignal.any([signal, this.#halt.signal]) : this.#halt.signal;
    while (batch.length < this.#batchSize && this.#source === 'open' && !either.aborted) {
      this.#source = 'asked';
      const next = await orAborted(this.#iterator.next(), either);
      if (next === undefined) break;
      this.#source = next.done ? 'ended' : 'open';
      if (next.done) break;
      batch.push(next.value);
      this.#taken++;
    }
    return this.#failure || this.#aborted ? [] : batch;
  }

  async #write(batch: Point[], first: number): Promise<void> {
    try {
      const { onInvalid = 'throw', signal } = this.#options;
      const receipt = await this.#sink.write(batch, first, onInvalid, signal);
      this.#inserted += receipt.inserted;
      this.#replaced += receipt.replaced;
      this.#seq = Math.max(this.#seq, receipt.seq);
      for (const rejection of receipt.rejected) this.#rejected.push(rejection);
      this.#options.onProgress?.(this.#progress());
    } catch (error) {
      this.#fail(error);
    }
  }

  /** Tells a source that is not at its end that no more will be taken. One that is asked may never answer. */
  async #letGo(): Promise<void> {
    if (this.#source === 'ended') return;
    const told = (async () => this.#iterator.return?.())().catch((error: unknown) => this.#fail(error));
    if (this.#source === 'open') await told;
  }

  #numbers(): { written: number; bytes: number; seconds: number; rowsPerSecond: number } {
    const written = this.#inserted + this.#replaced;
    const seconds = (performance.now() - this.#began) / 1000;
    const bytes = 4 * this.#sink.dimension * written;
    return { written, bytes, seconds, rowsPerSecond: seconds > 0 ? written / seconds : 0 };
  }

  #progress(): IngestProgress {
    const { written, bytes, rowsPerSecond } = this.#numbers();
    const left = this.#total === null ? null : this.#total - written - this.#rejected.length;
    const etaSeconds = left === null || rowsPerSecond === 0 ? null : left / rowsPerSecond;
    return { written, rowsPerSecond, bytes, pending: this.#sink.pending, total: this.#total, etaSeconds };
  }

  #summary(): IngestSummary {
    const rejected = this.#rejected.sort((a, b) => a.index - b.index);
    const seq = this.#seq === 0 ? this.#sink.seq : this.#seq;
    return {
      ...this.#numbers(),
      inserted: this.#inserted,
      replaced: this.#replaced,
      rejected,
      seq,
      aborted: this.#aborted,
    };
  }
}

/** What comes first: the value, or undefined because `signal` aborts. */
async function orAborted<T>(value: T | Promise<T>, signal: AbortSignal): Promise<T | undefined> {
  if (!(value instanceof Promise)) return value;
  let stop = (): void => {};
  const aborted = new Promise<undefined>((resolve) => {
    stop = () => resolve(undefined);
    signal.addEventListener('abort', stop, { once: true });
  });
  try {
    return await Promise.race([value, aborted]);
  } finally {
    signal.removeEventListener('abort', stop);
  }
}
