/*
 * A database of this process: collections by name, in one folder and one store. What its calls promise stands at the
 * interface (api/database.ts).
 *
 *   <path>/store/       LMDB
 *   <path>/snapshots/   one file per collection: graph and codes, a cache of the store
 */

import type { Collection } from '../api/collection.js';
import type { CollectionConfig, ResolvedConfig } from '../api/config.js';
import type {
  BackupCollectionOptions,
  CollectionBackup,
  Database,
  RestoreCollectionOptions,
} from '../api/database.js';
import { OPTIONS } from '../api/options.js';
import type { Payload } from '../api/points.js';
import type { UrlLike } from '../api/standard.js';
import type { CollectionInfo } from '../api/upkeep.js';
import { integerIn } from '../base/checks.js';
import {
  ClosedError,
  CollectionExistsError,
  ReadOnlyError,
  SiltError,
  ValidationError,
} from '../base/errors.js';
import { explainLostThis } from '../base/methods.js';
import { coreOf, LocalCollection } from '../collection/collection.js';
import { type Machine, readConfig, resolveConfig } from '../collection/config.js';
import { CollectionCore } from '../collection/core.js';
import { ownNoteOf } from '../collection/own-note.js';
import { type CollectionRecord, numbered } from '../collection/record.js';
import { recover } from '../collection/upkeep/recover.js';
import { WriteQueue } from '../collection/write/queue.js';
import { COLLECTION, NEXT, recordOf } from '../store/records.js';
import type { FollowedStore, Store } from '../store/store.js';
import { Background } from './background.js';
import { writeOut } from './files.js';
import { foundBy } from './find.js';
import { followRecords } from './follow-records.js';
import { Follower, isFollowed } from './follower.js';
import { NameOrder } from './name-order.js';
import { checkName, expectConfig, notFound } from './names.js';
import { Naming } from './naming.js';
import { checkPath } from './path.js';
import { type Place, restoreFile } from './restoring.js';

const nothing = (): void => {};

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
  readonly #naming: Naming;
  #closing: Promise<void> | undefined;
  readonly #background: Background;
  /** Where another process writes. */
  readonly #follower: Follower | undefined;

  static {
    explainLostThis(LocalDatabase, 'database');
  }

  constructor(store: Store | FollowedStore, closeBudgetMs: number, machine: Machine) {
    this.#store = store;
    this.#folder = store.path === undefined ? undefined : `${store.path}/snapshots`;
    this.#closeBudgetMs = closeBudgetMs;
    this.#machine = machine;
    this.#queue = new WriteQueue(store, machine.platform);
    foundBy(this, (name) => {
      this.#open();
      return this.#collections.get(name);
    });
    this.#background = new Background(machine.platform, store, this.#queue, this.#folder);
    this.#naming = new Naming(machine.platform, store, this.#queue, this.#collections, this.#background);
    if (isFollowed(store))
      this.#follower = new Follower(machine.platform, store, this.#queue, {
        lives: () => Array.from(this.#collections.values(), (collection) => coreOf(collection).live),
        recordsChanged: () =>
          followRecords(store, {
            collections: this.#collections,
            unopened: this.#unopened,
            take: (key, record) => this.#take(key, record),
            leave: (core) => this.#leave(core),
          }),
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
    this.#naming.next = recordOf<number>(this.#store, NEXT) ?? 1;
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
    return this.#start(name, await this.#loaded(record, config));
  }

  /** A collection as the store has it, which does nothing by itself yet. */
  async #loaded(record: CollectionRecord, config: ResolvedConfig): Promise<LocalCollection> {
    const { live, snapshots } = await recover(this.#store, record, config, this.#machine, this.#folder);
    const { createdAt, restored, note } = record;
    this.#naming.noteCreated(Math.max(createdAt, restored?.at ?? 0));
    const [follower, queue] = [this.#follower, this.#queue];
    const catchUp = follower && (() => follower.catchUp(live));
    const purgeField = (field: number): void => this.#background.purge(`${record.id}.${field}`);
    return new LocalCollection(
      new CollectionCore({
        origin: { createdAt, restored, note },
        live,
        snapshots,
        queue,
        catchUp,
        purgeField,
      }),
    );
  }

  #start(name: string, collection: LocalCollection): LocalCollection {
    const core = coreOf(collection);
    core.live.name = name;
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
    const note = ownNoteOf(config);
    return ofPayloads<P>(await this.#changes.run([name], () => this.#create(name, given, resolved, note)));
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
    await this.#changes.run([name, newName], () => this.#naming.rename(name, newName, () => this.#open()));
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

  async backupCollection(
    name: string,
    path: string | UrlLike,
    o: BackupCollectionOptions = {},
  ): Promise<CollectionBackup> {
    const { note } = OPTIONS.backupCollection.read(o);
    const to = checkPath(path, this.#machine.platform.files, 'file');
    const { live } = coreOf(this.collection(name));
    const written = writeOut(this.#machine, this.#store, live.collection, to, note);
    this.#goesOn(written.then(nothing, nothing));
    return written;
  }

  async restoreCollection(
    name: string,
    path: string | UrlLike,
    o: RestoreCollectionOptions = {},
  ): Promise<CollectionBackup> {
    this.#assertWritable();
    checkName(name);
    const { replace } = OPTIONS.restoreCollection.read(o);
    const from = checkPath(path, this.#machine.platform.files, 'file');
    return this.#changes.run([name], () => restoreFile(this.#place(), name, from, replace));
  }

  /** What bringing in a collection of a file takes of a database. */
  #place(): Place {
    return {
      machine: this.#machine,
      store: this.#store,
      queue: this.#queue,
      find: (name) => this.#collections.get(name),
      isClosing: () => this.#closing !== undefined,
      creationTime: () => this.#naming.creationTime(),
      reserve: (records) => this.#naming.reserve(records),
      load: (record, config) => this.#loaded(record, config),
      put: (name, collection, records) =>
        this.#naming.put(name, records, () => this.#start(name, collection)),
      purge: (id) => this.#background.purge(`${id}`),
    };
  }

  async #create(
    name: string,
    given: CollectionConfig,
    resolved: ResolvedConfig,
    note?: unknown,
  ): Promise<LocalCollection> {
    if (this.#collections.has(name)) throw new CollectionExistsError(name);
    let made: LocalCollection | undefined;
    try {
      return await this.#queue.exclusive(async () => {
        if (this.#collections.has(name)) throw new CollectionExistsError(name);
        const record: CollectionRecord = {
          id: this.#naming.next,
          config: given,
          createdAt: this.#naming.creationTime(),
          ...(note !== undefined && { note }),
          ...numbered(resolved),
        };
        // Before it is committed: what cannot be had is refused while there is nothing yet.
        const collection = (made = await this.#loaded(record, resolved));
        return this.#naming.numbered([[COLLECTION + name, record]], () => this.#start(name, collection));
      });
    } finally {
      if (made && this.#collections.get(name) !== made) await coreOf(made).close(0, false);
    }
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
    return this.#changes.run([name], () => this.#naming.drop(name));
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
