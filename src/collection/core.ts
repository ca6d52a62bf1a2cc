/* What stands behind a collection: its parts, and its end. The public class is a face of it; a database makes and ends it. */
import { ClosedError, ReadOnlyError } from '../base/errors.js';
import type { Kind } from '../platform/turns.js';
import type { LiveIndex } from './live-index.js';
import { closeParts } from './parts.js';
import { Reader } from './read/reader.js';
import type { Origin } from './record.js';
import { Maintenance } from './upkeep/maintenance.js';
import type { Snapshots } from './upkeep/snapshots.js';
import { Drafting } from './write/draft.js';
import type { Sink } from './write/ingest.js';
import type { WriteQueue } from './write/queue.js';
import { Waiters } from './write/waiting.js';
import { Writer } from './write/writer.js';

export interface CollectionParts {
  readonly origin: Origin;
  readonly live: LiveIndex;
  readonly snapshots: Snapshots;
  readonly queue: WriteQueue;
  /** Takes up what another process has written; undefined where nothing is new, and where none writes. */
  readonly catchUp?: (() => Promise<void> | undefined) | undefined;
  /** Takes out of the store, in the background, the values in a field that is dropped. */
  readonly purgeField: (field: number) => void;
}

export class CollectionCore {
  readonly origin: Origin;
  readonly live: LiveIndex;
  readonly queue: WriteQueue;
  readonly reader: Reader;
  readonly maintenance: Maintenance;
  readonly waiters: Waiters;
  readonly writer: Writer;
  readonly catchUp: (() => Promise<void> | undefined) | undefined;
  readonly purgeField: (field: number) => void;
  /** Aborted when the collection ends. */
  readonly ending: AbortSignal;
  readonly #end = new AbortController();
  /** Why calls are refused that are made from now on; those made before go on until the collection ends. */
  #refusal: Error | undefined;

  constructor({ origin, live, snapshots, queue, catchUp, purgeField }: CollectionParts) {
    this.origin = origin;
    this.live = live;
    this.queue = queue;
    this.catchUp = catchUp;
    this.purgeField = purgeField;
    this.ending = this.#end.signal;
    this.reader = new Reader(live, this.ending);
    this.maintenance = new Maintenance(live, snapshots, queue, this.reader, this.ending);
    this.waiters = new Waiters(live, this.ending, live.platform.time);
    this.writer = new Writer(live, queue, this.reader, this.maintenance.indexer, this.ending);
  }

  get name(): string {
    return this.live.name;
  }

  /** Where an ingest writes. */
  sink(): Sink {
    const { live, queue, writer, ending } = this;
    return {
      get pending() {
        return live.dense.reduce((most, { engine }) => Math.max(most, engine.build.pending), 0);
      },
      get seq() {
        return live.seq;
      },
      get fields() {
        return live.fields;
      },
      ending,
      time: live.platform.time,
      queue,
      begin: (onInvalid, room) => new Drafting(live.fields, onInvalid, { ...room, memory: queue.memory }),
      write: async (batch, o) => {
        this.assertOpen();
        return writer.write(batch, o);
      },
    };
  }

  /** Goes to work behind what is read and written. */
  start(): void {
    this.maintenance.start();
  }

  /** What a read waits for: that what another process has committed is taken up, and its turn. Undefined for nothing. */
  current(kind?: Kind): Promise<void> | undefined {
    const { time } = this.live.platform;
    const behind = this.catchUp?.();
    return behind ? behind.then(() => time.takeTurn(kind)) : time.takeTurn(kind);
  }

  assertOpen(): void {
    this.ending.throwIfAborted();
    if (this.#refusal) throw this.#refusal;
  }

  /** @throws ReadOnlyError where another process writes */
  assertWritable(): void {
    this.assertOpen();
    if (this.live.store.readOnly)
      throw new ReadOnlyError(`the database of collection ${JSON.stringify(this.name)}`);
  }

  closedError(): ClosedError {
    return new ClosedError(`collection ${JSON.stringify(this.name)}`);
  }

  /** Later calls throw `reason`; resolves when those made before are done, or in the write queue. */
  drain(reason: Error): Promise<void> {
    this.#refusal = reason;
    return this.writer.drain();
  }

  /** Runs `work`, which goes to the write queue, behind the writes called before: they wait no longer. */
  turn<T>(work: () => Promise<T>): Promise<T> {
    return this.writer.hurriedTurn(work);
  }

  /** Later calls throw `reason`, and whoever waits is told. */
  end(reason: Error = this.closedError()): void {
    this.#end.abort(reason);
  }

  /** Ends what is under way and writes a snapshot, if that fits into `budgetMs`. */
  async close(budgetMs: number, snapshot = true): Promise<void> {
    this.end();
    await this.maintenance.close(snapshot ? budgetMs : 0);
    await closeParts(this.live.parts);
  }
}
