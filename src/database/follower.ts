/*
 * Follows the process that writes a database. What it has committed is looked for every few milliseconds, and before each
 * read; then the collections take it up, in their turn of the write queue: rows are staged from the later state of the
 * store while searches go on in the present one, and all collections go over to it in one turn.
 */

import type { LiveIndex } from '../collection/live-index.js';
import { stageAhead } from '../collection/upkeep/follow.js';
import type { WriteQueue } from '../collection/write/queue.js';
import type { Platform } from '../platform/platform.js';
import type { Stop } from '../platform/time.js';
import type { FollowedStore, Store } from '../store/store.js';

/** How long a commit stays unseen where nobody reads. */
const LOOK_MS = 10;
/** Looks between two that find out whether the directory is still that of the store. */
const LOOKS_TO_CHECK = 100;
/** Before it is tried again, where following failed. */
const AGAIN_MS = 1_000;

export interface Followers {
  /** The collections there are. */
  lives(): readonly LiveIndex[];
  /** Readers have gone over to a state in which collections, or their payload indexes, may be others. */
  recordsChanged(): Promise<void>;
  /** Why what another process wrote cannot be taken up, each time that it is tried; undefined when it is again. */
  following(failure: Error | undefined): void;
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
        const behind = this.#recordsDue ? this.#takeUpNext() : this.catchUp();
        if (!behind) this.#isCurrent();
        else
          behind.then(
            () => this.#isCurrent(),
            (error: unknown) => this.#failed(error),
          );
      } catch (error) {
        this.#failed(error);
      }
    };
    this.#stop = this.#platform.time.after(afterMs, look, { idle: true });
  }

  /** All that is committed was taken up; in the store that was opened, as far as is known. */
  #isCurrent(): void {
    if (this.#ended) return;
    if (this.#failing || ++this.#looks % LOOKS_TO_CHECK === 0) {
      try {
        this.#store.expectInPlace();
      } catch (error) {
        this.#failed(error);
        return;
      }
      if (this.#failing) this.#followers.following(undefined);
      this.#failing = false;
    }
    this.#look();
  }

  #failed(error: unknown): void {
    if (this.#ended) return;
    this.#failing = true;
    this.#platform.events.publish('silt:follow:error', { path: this.#store.path ?? '', error });
    this.#followers.following(error instanceof Error ? error : new Error(String(error)));
    this.#look(AGAIN_MS);
  }

  /** Takes up what is committed by now; undefined where nothing is new. Rejects where it cannot be taken up. */
  catchUp(): Promise<void> | undefined {
    if (this.#ended) return undefined;
    return this.#store.isBehind || this.#lag() ? this.#takeUpNext() : undefined;
  }

  /** Why a collection has not what the store has. */
  #lag(): Error | undefined {
    return this.#followers.lives().find(({ lag }) => lag)?.lag;
  }

  #takeUpNext(): Promise<void> {
    // One that runs may have looked before the commit that the caller knows of.
    const next = async (): Promise<void> => {
      this.#next = undefined;
      await this.catchUp();
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
    const ahead = store.ahead();
    const lives = this.#followers.lives();
    try {
      const tail = ahead.tail(store.position);
      const takes: (() => void)[] = [];
      for (const live of lives) {
        const take = await stageAhead(live, ahead, tail?.entries);
        if (take) takes.push(take);
      }
      if (this.#ended) return;
      store.adopt(ahead);
      for (const take of takes) take();
      this.#recordsDue ||= !tail || tail.records;
      if (this.#recordsDue) await this.#followers.recordsChanged();
      this.#recordsDue = false;
      const lag = this.#lag();
      if (lag) throw lag;
    } catch (error) {
      for (const live of lives) live.forget(); // what is staged is staged again by the next look
      throw error;
    } finally {
      ahead.end();
    }
  }

  /** Nothing is taken up any more; resolves when what is under way has ended. */
  async end(): Promise<void> {
    this.#ended = true;
    this.#stop();
    await this.#running?.catch(() => {});
  }
}
