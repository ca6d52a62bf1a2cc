/*
 * Many points from anywhere: arrays, generators, async iterables, streams. Each is copied as it is taken, so that a
 * source may give the same object again and again. They are written in batches, one on its way while the next is
 * gathered, so that memory stays bounded whatever the source holds. Where all ingests of a database hold much together,
 * each writes what it has, and takes a point when what it wrote before is done: none waits for another, whose source may
 * be slow.
 */

import { OPTIONS } from '../../api/options.js';
import type { PointInput } from '../../api/points.js';
import type {
  IngestOptions,
  IngestProgress,
  IngestSummary,
  PointSource,
  Rejection,
  WriteReceipt,
} from '../../api/writing.js';
import { onAbort } from '../../base/aborts.js';
import { INGEST_BATCH_BYTES, INGESTS_BYTES, REJECTIONS_KEPT } from '../../base/limits.js';
import type { FieldSpec } from '../../fields/field.js';
import type { Time } from '../../platform/time.js';
import type { Checked, Drafting, DraftingRoom } from './draft.js';
import { IngestError } from './ingest-error.js';
import { vectorBytesOf } from './points.js';
import type { WriteQueue } from './queue.js';
import { PointStream } from './source.js';
import type { Writing } from './writer.js';

/** Batches on their way at once: one is committed while the next is checked and copied. */
const IN_FLIGHT = 2;
/** Points taken before others may have their turn. */
const TURN_POINTS = 64;

export interface Sink {
  readonly pending: number;
  readonly seq: number;
  /** Others where fields came or went. */
  readonly fields: readonly FieldSpec[];
  /** Aborts when the collection ends. */
  readonly ending: AbortSignal;
  readonly time: Time;
  readonly queue: Pick<WriteQueue, 'bytes' | 'gather'>;
  /** Begins a batch. */
  begin(onInvalid: 'throw' | 'skip', o: DraftingRoom): Drafting;
  write(batch: Checked, o: Pick<Writing, 'flush' | 'signal'>): Promise<WriteReceipt>;
}

function totalOf(source: PointSource): number | null {
  if (Array.isArray(source)) return source.length;
  const { size } = source as { readonly size?: unknown };
  return typeof size === 'number' ? size : null;
}

export class Ingest {
  readonly #sink: Sink;
  readonly #batchSize: number;
  readonly #onInvalid: 'throw' | 'skip';
  readonly #flush: boolean;
  readonly #signal: AbortSignal | undefined;
  readonly #onProgress: ((progress: IngestProgress) => unknown) | undefined;
  readonly #total: number | null;
  readonly #stream: PointStream;
  readonly #began: number;
  readonly #rejected: Rejection[] = [];
  #rejectedCount = 0;
  #inserted = 0;
  #replaced = 0;
  #bytes = 0;
  #seq = 0;
  #taken = 0;
  /** Taken, and left to the next batch. */
  #ahead: { readonly value: PointInput } | undefined;
  /** Points of the batch before, for which there is room in the next. */
  #expected: number | undefined;
  /** Counts the bytes of the batch that is gathered. */
  readonly #count: (bytes: number) => void;
  /** What ended it before its source: an abort, or an error. The first of them counts. */
  #aborted = false;
  #failure: { error: unknown } | undefined;

  constructor(sink: Sink, source: PointSource, options: IngestOptions) {
    const { batchSize, onInvalid, durability, total, signal, onProgress } = OPTIONS.ingest.read(options);
    this.#batchSize = batchSize;
    this.#onInvalid = onInvalid;
    this.#flush = durability === 'flushed';
    this.#signal = signal;
    this.#onProgress = onProgress;
    this.#sink = sink;
    this.#began = sink.time.now();
    this.#count = sink.queue.gather();
    this.#stream = new PointStream(source);
    this.#total = total ?? totalOf(source);
  }

  async run(): Promise<IngestSummary> {
    const { ending } = this.#sink;
    const stops = [
      onAbort([this.#signal], () => this.#abort()),
      onAbort([ending], (reason) => this.#fail(reason)),
    ];
    try {
      await this.#writeAll();
      await this.#stream.letGo().catch((error: unknown) => this.#fail(error));
    } finally {
      for (const stop of stops) stop();
    }
    const summary = this.#summary();
    if (this.#failure) throw new IngestError(this.#failure.error, summary);
    return summary;
  }

  #fail(error: unknown): void {
    if (!this.#aborted) this.#failure ??= { error };
    this.#stream.halt();
  }

  #abort(): void {
    this.#aborted = this.#failure === undefined;
    this.#stream.halt();
  }

  async #writeAll(): Promise<void> {
    const onItsWay = new Set<Promise<void>>();
    try {
      for (let batch = await this.#gather(); batch; batch = await this.#gather()) {
        const written = this.#write(batch).finally(() => onItsWay.delete(written));
        onItsWay.add(written);
        this.#count(0); // from here on it is a write that waits
        while (onItsWay.size >= IN_FLIGHT || (onItsWay.size > 0 && this.#crowded))
          await Promise.race(onItsWay);
      }
    } catch (error) {
      this.#fail(error);
    } finally {
      this.#count(0);
    }
    await Promise.all(onItsWay);
  }

  /** Whether all that is to be written to the database takes much together. */
  get #crowded(): boolean {
    return this.#sink.queue.bytes > INGESTS_BYTES;
  }

  /** The next batch, checked and copied; undefined when the source is at its end, or the ingest is to stop. */
  async #gather(): Promise<Checked | undefined> {
    let { fields } = this.#sink;
    let batch = this.#begin();
    while (batch.given < this.#batchSize && batch.bytes < INGEST_BATCH_BYTES) {
      if (batch.given > 0 && this.#crowded) break;
      const next = this.#ahead ?? this.#stream.next();
      const point = next instanceof Promise ? await next : next;
      this.#ahead = undefined;
      if (point === undefined) break;
      if (fields !== this.#sink.fields) {
        this.#ahead = point; // it may name a field that the batch does not know
        if (batch.given > 0) break;
        ({ fields } = this.#sink);
        batch = this.#begin();
        continue;
      }
      this.#taken++;
      batch.add(point.value);
      this.#count(batch.bytes);
      if (batch.given % TURN_POINTS === 0) await this.#sink.time.takeTurn();
    }
    this.#expected = batch.given;
    return batch.given === 0 || this.#failure || this.#aborted ? undefined : batch.finish();
  }

  #begin(): Drafting {
    return this.#sink.begin(this.#onInvalid, { first: this.#taken, expected: this.#expected });
  }

  async #write(batch: Checked): Promise<void> {
    const bytes = vectorBytesOf(batch.draft); // the commit may take its memory
    try {
      const receipt = await this.#sink.write(batch, { flush: this.#flush, signal: this.#signal });
      this.#inserted += receipt.inserted;
      this.#replaced += receipt.replaced;
      this.#bytes += bytes;
      this.#seq = Math.max(this.#seq, receipt.seq);
      this.#rejectedCount += receipt.rejected.length;
      const room = REJECTIONS_KEPT - this.#rejected.length;
      for (const rejection of receipt.rejected.slice(0, room)) this.#rejected.push(rejection);
      await this.#onProgress?.(this.#progress()); // one that is async may reject
    } catch (error) {
      this.#fail(error);
    }
  }

  #numbers(): { written: number; bytes: number; seconds: number; rowsPerSecond: number } {
    const written = this.#inserted + this.#replaced;
    const seconds = (this.#sink.time.now() - this.#began) / 1000;
    return { written, bytes: this.#bytes, seconds, rowsPerSecond: seconds > 0 ? written / seconds : 0 };
  }

  #progress(): IngestProgress {
    const { written, bytes, rowsPerSecond } = this.#numbers();
    const left = this.#total === null ? null : Math.max(0, this.#total - written - this.#rejectedCount);
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
      rejectedCount: this.#rejectedCount,
      seq,
      aborted: this.#aborted,
    };
  }
}
