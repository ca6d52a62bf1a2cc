/*
 * What a database does to its store by itself, in batches, behind the writes of others: it takes out the rows of
 * collections that were dropped, and what was changed in fields that were, and rewrites rows of an older format. Both go on until they are done. What the disk
 * refuses is told, and tried again after a pause; what the database's end cuts short, the next opening goes on with.
 */
import { StoreError } from '../base/errors.js';
import { removeSnapshot } from '../collection/upkeep/snapshots.js';
import type { WriteQueue } from '../collection/write/queue.js';
import type { Platform } from '../platform/platform.js';
import type { RecordChange } from '../store/entry.js';
import { DROPPED, INDEXES, recordOf, UPGRADE } from '../store/records.js';
import { PURGE_ROWS, type Store } from '../store/store.js';

/** Milliseconds before what failed is tried again: the first, and the longest, pause. */
const PAUSE_MS = 250;
const PAUSE_MS_MAX = 10_000;

/** A transaction that the disk refuses is tried with so many times fewer rows. */
const FEWER = 8;

export class Background {
  readonly #platform: Platform;
  readonly #store: Store;
  readonly #queue: WriteQueue;
  readonly #snapshots: string | undefined;
  readonly #ending = new AbortController();
  readonly #running = new Set<Promise<void>>();

  /** `snapshots` is their folder. */
  constructor(platform: Platform, store: Store, queue: WriteQueue, snapshots: string | undefined) {
    this.#platform = platform;
    this.#store = store;
    this.#queue = queue;
    this.#snapshots = snapshots;
  }

  /** Goes on with what an earlier opening left. */
  resume(): void {
    for (const [key] of this.#store.records(DROPPED)) this.purge(key.slice(DROPPED.length));
    this.#start(
      () => this.#upgradeSome(),
      (error) =>
        this.#platform.events.publish('silt:store:upgrade:error', { path: this.#store.path ?? '', error }),
    );
  }

  /**
   * Takes what was dropped out of the store: the rows of a collection, or values that were changed in a field of it. On a full disk
   * a large transaction does not fit, since it needs pages of its own before it gives any back, and a small one does: so that a
   * drop gives room there too. `dropped`: what its record is called; where there is none, there is nothing to be taken out.
   */
  purge(dropped: string): void {
    const record = DROPPED + dropped;
    if (recordOf(this.#store, record) === undefined) return;
    const [collection, field] = dropped.split('.').map(Number) as [number, number?];
    let rows = PURGE_ROWS;
    let folder = field === undefined ? this.#snapshots : undefined;
    const removeFiles = async (): Promise<void> => {
      if (folder !== undefined) await removeSnapshot(this.#platform.files, folder, collection);
      folder = undefined;
    };
    const step = async (): Promise<boolean> => {
      await removeFiles().catch(() => {}); // nobody reads them; rows give room meanwhile, and below it is tried again
      try {
        const purge = {
          purge: collection,
          purgeRows: rows,
          ...(field !== undefined && { purgeField: field }),
        };
        const purged = await this.#queue.commit(purge);
        if (purged < rows) {
          await removeFiles(); // behind the record's end, nobody would
          const gone: RecordChange[] = [[record, undefined]];
          // Where a collection was not made in the end, that of its payload indexes is there as well.
          if (field === undefined) gone.push([INDEXES + dropped, undefined]);
          await this.#queue.commit({ records: gone });
          return true;
        }
        rows = Math.min(PURGE_ROWS, 2 * rows);
      } catch (error) {
        if (!(error instanceof StoreError) || rows === 1) throw error;
        rows = Math.ceil(rows / FEWER);
      }
      return false;
    };
    this.#start(step, (error) =>
      this.#platform.events.publish('silt:purge:error', { path: this.#store.path ?? '', collection, error }),
    );
  }

  async #upgradeSome(): Promise<boolean> {
    const progress = recordOf<{ rows: number }>(this.#store, UPGRADE);
    if (progress === undefined) return true;
    await this.#queue.commit({ upgrade: true, flush: false });
    const left = recordOf<{ rows: number }>(this.#store, UPGRADE);
    const { rows } = left ?? progress;
    const done = left === undefined;
    this.#platform.events.publish('silt:store:upgrade', { path: this.#store.path ?? '', rows, done });
    return done;
  }

  #start(step: () => Promise<boolean>, failed: (error: unknown) => void): void {
    const running = this.#run(step, failed).finally(() => this.#running.delete(running));
    this.#running.add(running);
  }

  /** Repeats a step until it says that all is done. */
  async #run(step: () => Promise<boolean>, failed: (error: unknown) => void): Promise<void> {
    const { signal } = this.#ending;
    const { time } = this.#platform;
    for (let ms = PAUSE_MS; !signal.aborted; ) {
      try {
        if (await step()) return;
        ms = PAUSE_MS;
        await time.breathe();
      } catch (error) {
        if (signal.aborted) return;
        failed(error);
        await time.pause(ms, signal, { idle: true }).catch(() => {}); // ended: no more steps
        ms = Math.min(PAUSE_MS_MAX, 2 * ms);
      }
    }
  }

  /** No step begins any more; resolves when those under way have ended. */
  async end(): Promise<void> {
    this.#ending.abort();
    await Promise.all(this.#running);
  }
}
