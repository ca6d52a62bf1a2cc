/*
 * A database of this process: collections by name, in one directory and one store. What its calls promise stands at the
 * interface (api/database.ts).
 *
 *   <path>/store/       LMDB
 *   <path>/snapshots/   one file per collection: graph and codes, a cache of the store
 */

import type { Collection } from '../api/collection.js';
import type { CollectionConfig, ResolvedConfig } from '../api/config.js';
import type { Database } from '../api/database.js';
import type { Payload } from '../api/points.js';
import type { UrlLike } from '../api/standard.js';
import type { CollectionInfo } from '../api/upkeep.js';
import { integerIn } from '../base/checks.js';
import {
  ClosedError,
  CollectionExistsError,
  CollectionNotFoundError,
  ReadOnlyError,
  SiltError,
  ValidationError,
} from '../base/errors.js';
import { coreOf, LocalCollection } from '../collection/collection.js';
import { type Machine, readConfig, resolveConfig } from '../collection/config.js';
import { CollectionCore } from '../collection/core.js';
import { type CollectionRecord, numbered } from '../collection/record.js';
import { recordsOfField } from '../collection/upkeep/crash-loop.js';
import { tryFollow } from '../collection/upkeep/payload-indexing.js';
import { recover } from '../collection/upkeep/recover.js';
import { commitRecords, WriteQueue } from '../collection/write/queue.js';
import type { RecordChange } from '../store/entry.js';
import { COLLECTION, DROPPED, INDEXES, NEXT, recordOf } from '../store/records.js';
import type { FollowedStore, Store } from '../store/store.js';
import { Background } from './background.js';
import { Follower, isFollowed } from './follower.js';
import { NameOrder } from './name-order.js';
import { checkName, expectConfig, notFound } from './names.js';
import { checkPath } from './path.js';

/** What the payloads are is the caller's to say. */
function ofPayloads<P extends object>(collection: LocalCollection): Collection<P> {
  return collection as Collection as unknown as Collection<P>;
}

export class LocalDatabase implements Database {
  readonly #store: Store;
  readonly #folder: string | undefined;
  readonly #closeBudgetMs: number;
  readonly #machine: Machine;
  readonly #queue: WriteQueue;
  readonly #collections = new Map<string, LocalCollection>();
  /** Calls that make, rename or drop collections. */
  readonly #changes = new NameOrder();
  /** Why collections that were made in another process are not here. */
  readonly #unopened = new Map<string, Error>();
  /** What needs the store beside the calls: backups, and collections that end since another process dropped them. */
  readonly #goingOn = new Set<Promise<void>>();
  #next = 1;
  #closing: Promise<void> | undefined;
  readonly #background: Background;
  /** Where another process writes. */
  readonly #follower: Follower | undefined;

  constructor(store: Store | FollowedStore, closeBudgetMs: number, machine: Machine) {
    this.#store = store;
    this.#folder = store.path === undefined ? undefined : `${store.path}/snapshots`;
    this.#closeBudgetMs = closeBudgetMs;
    this.#machine = machine;
    this.#queue = new WriteQueue(store, machine.platform);
    this.#background = new Background(machine.platform, store, this.#queue, this.#folder);
    if (isFollowed(store))
      this.#follower = new Follower(machine.platform, store, this.#queue, {
        lives: () => Array.from(this.#collections.values(), (collection) => coreOf(collection).live),
        recordsChanged: () => this.#follow(),
        following: (failure) => {
          for (const collection of this.#collections.values()) {
            const { live, maintenance } = coreOf(collection);
            maintenance.following(failure ?? live.lag);
          }
        },
      });
  }

  /** A database over a store, with what that holds. */
  static async over(store: Store, closeBudgetMs: number, machine: Machine): Promise<LocalDatabase> {
    const database = new LocalDatabase(store, closeBudgetMs, machine);
    await database.#recover();
    return database;
  }

  async #recover(): Promise<void> {
    this.#next = recordOf<number>(this.#store, NEXT) ?? 1;
    try {
      for (const [key] of this.#store.records(COLLECTION)) {
        // The writer goes on meanwhile: a snapshot that is ahead of the state at hand would not be believed.
        await this.#follower?.catchUp();
        const record = recordOf<CollectionRecord>(this.#store, key);
        if (record && !this.#collections.has(key.slice(COLLECTION.length))) await this.#take(key, record);
      }
    } catch (error) {
      // Those before the one that fails link rows already: nobody would end them.
      this.#closing = this.#close(0);
      await this.#closing.catch(() => {});
      throw error;
    }
    if (this.#follower) this.#follower.start();
    else this.#background.resume();
  }

  /** What the records of a collection make of it. @throws SiltError DATABASE_INVALID where they are damaged */
  async #take(key: string, record: CollectionRecord): Promise<void> {
    try {
      integerIn('id', record.id, 1, Number.MAX_SAFE_INTEGER);
      await this.#begin(key.slice(COLLECTION.length), record, resolveConfig(record.config, this.#machine));
    } catch (cause) {
      if (!(cause instanceof ValidationError)) throw cause;
      const found = `the records of "${key}", number ${record.id}, are not those of a collection (${cause.message})`;
      throw new SiltError(
        'DATABASE_INVALID',
        `the store of ${this.path} is damaged: ${found}. Restore it from a backup`,
        { cause },
      );
    }
  }

  async #begin(name: string, record: CollectionRecord, config: ResolvedConfig): Promise<LocalCollection> {
    const { live, snapshots } = await recover(this.#store, record, config, this.#machine, this.#folder);
    const { createdAt } = record;
    const [follower, queue] = [this.#follower, this.#queue];
    const catchUp = follower && (() => follower.catchUp(live));
    live.name = name;
    const purgeField = (field: number): void => this.#background.purge(`${record.id}.${field}`);
    const core = new CollectionCore({ createdAt, live, snapshots, queue, catchUp, purgeField });
    const collection = new LocalCollection(core);
    this.#collections.set(name, collection);
    core.start();
    if (this.#closing) void core.drain(core.closedError());
    return collection;
  }

  #open(): void {
    if (this.#closing) throw new ClosedError('database');
  }

  /** @throws ReadOnlyError */
  #assertWritable(): void {
    this.#open();
    if (this.#follower) throw new ReadOnlyError(`the database ${this.path}`);
  }

  /**
   * Collections and payload indexes as the process that writes them has left them. Returns why one of the new ones cannot
   * be opened: that is kept for who asks for it, and it is tried again.
   */
  async #follow(): Promise<Error | undefined> {
    const records = new Map(
      this.#store.records(COLLECTION).map(([key, value]) => [key, value as CollectionRecord] as const),
    );
    const names = new Map([...records].map(([key, { id }]) => [id, key.slice(COLLECTION.length)]));
    const before = [...this.#collections];
    // All of them, before anything is asked of one that may fail.
    this.#collections.clear();
    for (const [, collection] of before) {
      const { live } = coreOf(collection);
      const name = names.get(live.collection);
      if (name === undefined) continue;
      this.#collections.set(name, collection);
      live.name = name;
    }
    for (const [name, collection] of before)
      if (!names.has(coreOf(collection).live.collection)) {
        coreOf(collection).end(new CollectionNotFoundError(name));
        this.#leave(coreOf(collection));
      }
    let failure: Error | undefined;
    for (const collection of this.#collections.values())
      failure = tryFollow(coreOf(collection).live) ?? failure;
    for (const name of this.#unopened.keys())
      if (!records.has(COLLECTION + name) || this.#collections.has(name)) this.#unopened.delete(name);
    for (const [key, record] of records) {
      const name = key.slice(COLLECTION.length);
      if (this.#collections.has(name)) continue;
      try {
        await this.#take(key, record);
        this.#unopened.delete(name);
      } catch (error) {
        this.#unopened.set(name, error instanceof Error ? error : new Error(String(error)));
      }
    }
    return failure ?? this.#unopened.values().next().value;
  }

  /** Ends a collection that is gone, behind what it was doing. */
  #leave(core: CollectionCore): void {
    const left = core.close(0, false).catch((error: unknown) => {
      this.#machine.platform.events.publish('silt:follow:error', { path: this.path ?? '', error });
    });
    this.#goesOn(left);
  }

  #goesOn(work: Promise<void>): void {
    this.#goingOn.add(work);
    work.finally(() => this.#goingOn.delete(work));
  }

  get readOnly(): boolean {
    return this.#follower !== undefined;
  }

  get path(): string | undefined {
    return this.#store.path;
  }

  async createCollection<P extends object = Payload>(
    name: string,
    config: CollectionConfig,
  ): Promise<Collection<P>> {
    this.#assertWritable();
    checkName(name);
    const given = readConfig(config);
    const resolved = resolveConfig(given, this.#machine);
    return ofPayloads<P>(await this.#changes.run([name], () => this.#create(name, given, resolved)));
  }

  async getOrCreateCollection<P extends object = Payload>(
    name: string,
    config: CollectionConfig,
  ): Promise<Collection<P>> {
    this.#open();
    checkName(name);
    const given = readConfig(config);
    const resolved = resolveConfig(given, this.#machine);
    if (this.#follower) await this.#follower.catchUp();
    const collection = await this.#changes.run([name], async () => {
      const found = this.#collections.get(name);
      if (found) expectConfig(name, found.config, given, resolved);
      else if (this.#unopened.has(name)) throw this.#unopened.get(name);
      else this.#assertWritable();
      return found ?? this.#create(name, given, resolved);
    });
    return ofPayloads<P>(collection);
  }

  async renameCollection(name: string, newName: string): Promise<void> {
    this.#assertWritable();
    checkName(newName);
    if (typeof name !== 'string') throw notFound(name, this.#collections);
    await this.#changes.run([name, newName], () => this.#rename(name, newName));
  }

  async #rename(name: string, newName: string): Promise<void> {
    const collection = this.#collections.get(name);
    if (!collection) throw notFound(name, this.#collections);
    if (name === newName) return;
    if (this.#collections.has(newName)) throw new CollectionExistsError(newName);
    await this.#queue.exclusive(async () => {
      this.#open();
      const record = recordOf<CollectionRecord>(this.#store, COLLECTION + name)!;
      const renamed: RecordChange[] = [
        [COLLECTION + name, undefined],
        [COLLECTION + newName, record],
      ];
      await commitRecords(this.#machine.platform, this.#store, renamed, () => {
        this.#collections.delete(name);
        this.#collections.set(newName, collection);
        coreOf(collection).live.name = newName;
      });
    });
  }

  async backup(path: string | UrlLike): Promise<void> {
    this.#open();
    const to = checkPath(path, this.#machine.platform.files);
    if (!this.#store.backUp)
      throw new ValidationError(
        'INVALID_OPTION',
        'a database in memory has no files to copy: open one with a path',
      );
    const copied = this.#store.backUp(to);
    this.#goesOn(copied.catch(() => {}));
    await copied;
  }

  async #create(name: string, given: CollectionConfig, resolved: ResolvedConfig): Promise<LocalCollection> {
    if (this.#collections.has(name)) throw new CollectionExistsError(name);
    return this.#queue.exclusive(async () => {
      if (this.#collections.has(name)) throw new CollectionExistsError(name);
      const record: CollectionRecord = {
        id: this.#next,
        config: given,
        createdAt: this.#machine.platform.time.date(),
        ...numbered(resolved),
      };
      const made: RecordChange[] = [
        [COLLECTION + name, record],
        [NEXT, this.#next + 1],
      ];
      return commitRecords(this.#machine.platform, this.#store, made, () => {
        this.#next++;
        return this.#begin(name, record, resolved);
      });
    });
  }

  collection<P extends object = Payload>(name: string): Collection<P> {
    this.#open();
    const collection = this.#collections.get(name);
    if (!collection) throw this.#unopened.get(name) ?? notFound(name, this.#collections);
    return ofPayloads<P>(collection);
  }

  collections(): CollectionInfo[] {
    this.#open();
    return [...this.#collections]
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([, collection]) => collection.info());
  }

  async dropCollection(name: string): Promise<boolean> {
    this.#assertWritable();
    return this.#changes.run([name], () => this.#drop(name));
  }

  async #drop(name: string): Promise<boolean> {
    const collection = this.#collections.get(name);
    if (!collection) return false;
    const core = coreOf(collection);
    const number = core.live.collection;
    const drop = (): Promise<void> => {
      const records: RecordChange[] = [
        [COLLECTION + name, undefined],
        ...core.live.fields.flatMap((field) => recordsOfField(number, field.number)),
        [INDEXES + number, undefined],
        [DROPPED + number, true],
      ];
      // Not before: where the disk refuses, the collection goes on.
      return commitRecords(this.#machine.platform, this.#store, records, () => {
        const gone = new CollectionNotFoundError(name);
        core.end(gone);
        this.#queue.withdraw(core.live, gone);
        this.#collections.delete(name);
      });
    };
    const dropped = core.turn(() => this.#queue.exclusive(drop));
    await dropped.catch(() => {});
    if (this.#collections.get(name) !== collection) await this.#endDropped(core);
    await dropped;
    return true;
  }

  /** It is dropped, whatever fails while what it was doing ends. */
  async #endDropped(core: CollectionCore): Promise<void> {
    const { collection: number } = core.live;
    await core.close(0, false).catch((error: unknown) => {
      this.#machine.platform.events.publish('silt:purge:error', {
        path: this.path ?? '',
        collection: number,
        error,
      });
    });
    this.#background.purge(`${number}`);
  }

  close(): Promise<void> {
    this.#closing ??= this.#close(this.#closeBudgetMs);
    return this.#closing;
  }

  /** Whatever fails on the way: the store is closed, so that its lock and its thread go. */
  async #close(budgetMs: number): Promise<void> {
    try {
      // In the turn of the call: what is called behind it comes too late.
      const cores = Array.from(this.#collections.values(), coreOf);
      const drained = cores.map((core) => core.drain(core.closedError()));
      await this.#follower?.end();
      await this.#changes.done();
      await Promise.all(drained);
      const collections = await this.#queue.exclusive(() => {
        for (const collection of this.#collections.values()) coreOf(collection).end();
        return [...this.#collections.values()];
      });
      await this.#background.end();
      const closed = await Promise.allSettled(collections.map((one) => coreOf(one).close(budgetMs)));
      await Promise.all(this.#goingOn);
      await this.#queue.close();
      for (const { reason } of closed.filter((one) => one.status === 'rejected')) throw reason;
    } finally {
      await this.#store.close();
    }
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }
}
