/*
 * Commits that change which collection a name stands for. They run in the turns of the write queue, and for each name one after
 * another (name-order.ts); memory follows in the turn in which a commit resolves.
 */
import { CollectionExistsError, CollectionNotFoundError } from '../base/errors.js';
import { coreOf, type LocalCollection } from '../collection/collection.js';
import type { CollectionCore } from '../collection/core.js';
import type { LiveIndex } from '../collection/live-index.js';
import type { CollectionRecord } from '../collection/record.js';
import { recordsOfField } from '../collection/upkeep/crash-loop.js';
import { commitRecords, type WriteQueue } from '../collection/write/queue.js';
import type { Platform } from '../platform/platform.js';
import type { RecordChange } from '../store/entry.js';
import { COLLECTION, DROPPED, INDEXES, NEXT, recordOf } from '../store/records.js';
import type { Store } from '../store/store.js';
import type { Background } from './background.js';
import { notFound } from './names.js';

/** What ends a collection but for its name: from the commit on, its rows are to be taken out. */
function dropRecords({ collection, fields }: LiveIndex): RecordChange[] {
  return [
    ...fields.flatMap((field) => recordsOfField(collection, field.number)),
    [INDEXES + collection, undefined],
    [DROPPED + collection, true],
  ];
}

export class Naming {
  /** The number of the next collection that is made. */
  next = 1;
  /** When the latest collection was made, of those that are known. */
  #latest = 0;
  readonly #platform: Pick<Platform, 'time' | 'events'>;
  readonly #store: Store;
  readonly #queue: WriteQueue;
  readonly #collections: Map<string, LocalCollection>;
  readonly #background: Background;

  constructor(
    platform: Pick<Platform, 'time' | 'events'>,
    store: Store,
    queue: WriteQueue,
    collections: Map<string, LocalCollection>,
    background: Background,
  ) {
    this.#platform = platform;
    this.#store = store;
    this.#queue = queue;
    this.#collections = collections;
    this.#background = background;
  }

  /** A collection is there that was made at this time. */
  noteCreated(at: number): void {
    if (at > this.#latest) this.#latest = at;
  }

  /** When a collection is made that is made now: after all others, so that the time tells it from them, whatever their names. */
  creationTime(): number {
    this.noteCreated(Math.max(this.#platform.time.date(), this.#latest + 1));
    return this.#latest;
  }

  /** Commits records that use up the next number. */
  numbered<T>(records: readonly RecordChange[], taken: () => T | Promise<T>): Promise<T> {
    const all: RecordChange[] = [...records, [NEXT, this.next + 1]];
    return commitRecords(this.#platform, this.#store, all, () => {
      this.next++;
      return taken();
    });
  }

  async rename(name: string, newName: string, expectOpen: () => void): Promise<void> {
    const collection = this.#collections.get(name);
    if (!collection) throw notFound(name, this.#collections);
    if (name === newName) return;
    if (this.#collections.has(newName))
      throw new CollectionExistsError(newName, 'use another name, or drop it first');
    await this.#queue.exclusive(async () => {
      expectOpen();
      const record = recordOf<CollectionRecord>(this.#store, COLLECTION + name)!;
      const renamed: RecordChange[] = [
        [COLLECTION + name, undefined],
        [COLLECTION + newName, record],
      ];
      await commitRecords(this.#platform, this.#store, renamed, () => {
        this.#collections.delete(name);
        this.#collections.set(newName, collection);
        coreOf(collection).live.name = newName;
      });
    });
  }

  async drop(name: string): Promise<boolean> {
    const collection = this.#collections.get(name);
    if (!collection) return false;
    await this.#replace(name, collection, [[COLLECTION + name, undefined]], () =>
      this.#collections.delete(name),
    );
    return true;
  }

  /** Ends a collection by a commit that has its name stand for something else, or nothing. */
  async #replace(
    name: string,
    collection: LocalCollection,
    records: readonly RecordChange[],
    taken: () => unknown,
  ): Promise<void> {
    const core = coreOf(collection);
    // Not before: where the disk refuses, the collection goes on.
    const commit = (): Promise<void> =>
      commitRecords(this.#platform, this.#store, [...records, ...dropRecords(core.live)], () => {
        const gone = new CollectionNotFoundError(name);
        core.end(gone);
        this.#queue.withdraw(core.live, gone);
        taken();
      });
    const done = core.turn(() => this.#queue.exclusive(commit));
    await done.catch(() => {});
    if (this.#collections.get(name) !== collection) await this.#endDropped(core);
    await done;
  }

  /** It is dropped, whatever fails while what it was doing ends. */
  async #endDropped(core: CollectionCore): Promise<void> {
    const { collection: number } = core.live;
    await core.close(0, false).catch((error: unknown) => {
      this.#platform.events.publish('silt:purge:error', {
        path: this.#store.path ?? '',
        collection: number,
        error,
      });
    });
    this.#background.purge(`${number}`);
  }

  /** Uses up a number, which the records are of. */
  reserve(records: (id: number) => readonly RecordChange[]): Promise<number> {
    return this.#queue.exclusive(() => {
      const id = this.next;
      return this.numbered(records(id), () => id);
    });
  }

  /** Has a name stand for a collection that `start` begins, by a commit of these records; one that had it ends. */
  async put(name: string, records: readonly RecordChange[], start: () => unknown): Promise<void> {
    const before = this.#collections.get(name);
    if (before) await this.#replace(name, before, records, start);
    else await this.#queue.exclusive(() => commitRecords(this.#platform, this.#store, records, start));
  }
}
