/*
 * Follows the process that writes a database. What it has committed is looked for every few milliseconds, and before each
 * read; then the collections take it up, in their turn of the write queue: rows are staged from the later state of the
 * store while searches go on in the present one, and all collections go over to it in one turn.
 */

import type { LiveIndex } from '../collection/live-index.js';
import type { CollectionRecord } from '../collection/record.js';
import { stageAhead } from '../collection/upkeep/follow.js';
import type { WriteQueue } from '../collection/write/queue.js';
import type { Platform } from '../platform/platform.js';
import type { Stop } from '../platform/time.js';
import { COLLECTION } from '../store/records.js';
import type { Ahead, FollowedStore, Store, Tail } from '../store/store.js';

/** How long a commit stays unseen where nobody reads. */
const LOOK_MS = 10;
/** Looks between two that find out whether the folder is still that of the store. */
const LOOKS_TO_CHECK = 100;
/** Before it is tried again, where following failed. */
const AGAIN_MS = 1_000;

export interface Followers {
  /** The collections there are. */
  lives(): readonly LiveIndex[];
  /**
   * Readers have gone over to a state in which collections, or their payload indexes, may be others. Returns why one that
   * is new cannot be opened; the others can.
   */
  recordsChanged(): Promise<Error | undefined>;
  /**
   * Why nothing that another process wrote can be taken up, each time that it is tried; undefined when it is again. Each
   * collection knows for itself why it lags.
   */
  following(failure: Error | undefined): void;
}

type Records = ReadonlyMap<number, CollectionRecord>;

/** What collections are in a state of the store, by their numbers. */
function recordsIn(ahead: Ahead): Records {
  const records = ahead.records(COLLECTION).map(([, value]) => value as CollectionRecord);
  return new Map(records.map((record) => [record.id, record]));
}

export function isFollowed(store: Store): store is FollowedStore {
  return store.readOnly === true;
}

export class Follower {
  readonly #platform: Pick<Platform, 'time' | 'events'>;
  readonly #store: FollowedStore;
  readonly #queue: Pick<WriteQueue, 'exclusive'>;
  readonly #followers: Followers;
  #running: Promise<void> | undefined;
  /** The look behind the one that runs: for all who asked while that ran. */
  #next: Promise<void> | undefined;
  /** Whether records have changed that were not followed yet. */
  #recordsDue = false;
  /** Why a collection that is new was not opened. */
  #unopened: Error | undefined;
  /** Whether collections that lag are tried again: each time would cost those that do not. */
  #again = false;
  #looks = 0;
  #failing = false;
  #stop: Stop = () => {};
  #ended = false;

  constructor(
    platform: Pick<Platform, 'time' | 'events'>,
    store: FollowedStore,
    queue: Pick<WriteQueue, 'exclusive'>,
    followers: Followers,
  ) {
    this.#platform = platform;
    this.#store = store;
    this.#queue = queue;
    this.#followers = followers;
  }

  start(): void {
    this.#look();
  }

  #look(afterMs = LOOK_MS): void {
    if (this.#ended) return;
    const look = (): void => {
      try {
        this.#again = true;
        this.#recordsDue ||= this.#unopened !== undefined;
        if (!this.#isDue()) this.#isCurrent();
        else
          this.#takeUpNext().then(
            () => this.#isCurrent(),
            (error: unknown) => this.#failed(error),
          );
      } catch (error) {
        this.#failed(error);
      }
    };
    this.#stop = this.#platform.time.after(afterMs, look, { idle: true });
  }

  /** What is committed was taken up; in the store that was opened, and by all collections, as far as is known. */
  #isCurrent(): void {
    if (this.#ended) return;
    const behind = this.#lag() ?? this.#unopened;
    if (behind || this.#failing || ++this.#looks % LOOKS_TO_CHECK === 0) {
      try {
        this.#store.expectInPlace();
      } catch (error) {
        this.#failed(error);
        return;
      }
      if (behind || this.#failing) this.#followers.following(undefined);
      this.#failing = behind !== undefined;
    }
    if (behind) this.#tell(behind);
    this.#look(behind ? AGAIN_MS : LOOK_MS);
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    this.#failing = true;
    this.#tell(error);
    this.#followers.following(error instanceof Error ? error : new Error(String(error)));
    this.#look(AGAIN_MS);
  }

  #tell(error: unknown): void {
    this.#platform.events.publish('silt:follow:error', { path: this.#store.path ?? '', error });
  }

  /**
   * Takes up what is committed by now; undefined where nothing is new. Rejects where it cannot be taken up: by any
   * collection, or by that of `live`.
   */
  catchUp(live?: LiveIndex): Promise<void> | undefined {
    if (this.#ended) return undefined;
    if (live?.lag) this.#again = true;
    if (!this.#store.isBehind && !live?.lag) return undefined;
    return this.#takeUpNext().then(() => {
      if (live?.lag) throw live.lag;
    });
  }

  #isDue(): boolean {
    return this.#recordsDue || this.#store.isBehind || (this.#again && this.#lag() !== undefined);
  }

  /** Why a collection has not what the store has. */
  #lag(): Error | undefined {
    return this.#followers.lives().find(({ lag }) => lag)?.lag;
  }

  #takeUpNext(): Promise<void> {
    // One that runs may have looked before the commit that the caller knows of.
    const next = async (): Promise<void> => {
      this.#next = undefined;
      if (!this.#ended && this.#isDue()) await this.#takeUpNext();
    };
    if (this.#running) return (this.#next ??= this.#running.then(next, next));
    this.#running = this.#queue
      .exclusive(() => this.#takeUp())
      .finally(() => {
        this.#running = undefined;
      });
    return this.#running;
  }

  async #takeUp(): Promise<void> {
    const store = this.#store;
    if (this.#ended) return;
    const again = this.#again;
    this.#again = false;
    const ahead = store.ahead();
    const lives = this.#followers.lives().filter(({ lag }) => again || !lag);
    try {
      const tail = ahead.tail(store.position);
      let records: Records | undefined; // read once for all: there may be thousands of collections
      const recordOf = (live: LiveIndex): CollectionRecord | undefined => {
        if (tail && !tail.records && !live.lag) return undefined;
        records ??= recordsIn(ahead);
        return records.get(live.collection);
      };
      const takes: (() => void)[] = [];
      for (const live of lives) takes.push(await this.#stage(live, ahead, tail, recordOf));
      if (this.#ended) return;
      store.adopt(ahead);
      for (const take of takes) take();
      this.#recordsDue ||= !tail || tail.records;
      if (this.#recordsDue) this.#unopened = await this.#followers.recordsChanged();
      this.#recordsDue = false;
    } catch (error) {
      for (const live of lives) live.forget(); // what is staged is staged again by the next look
      throw error;
    } finally {
      ahead.end();
    }
  }

  /** Stages what is new for a collection; returns what takes it up. Where that fails, the others go on without it. */
  async #stage(
    live: LiveIndex,
    ahead: Ahead,
    tail: Tail | undefined,
    recordOf: (live: LiveIndex) => CollectionRecord | undefined,
  ): Promise<() => void> {
    let take: (() => void) | undefined;
    try {
      take = await stageAhead(live, ahead, tail?.entries, recordOf(live));
    } catch (error) {
      live.forget();
      return () => live.fallBehind(error);
    }
    return () => {
      try {
        take?.();
      } catch (error) {
        live.fallBehind(error); // the others are to be taken up
      }
    };
  }

  /** Nothing is taken up any more; resolves when what is under way has ended. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#stop();
    await this.#running?.catch(() => {});
  }
}
