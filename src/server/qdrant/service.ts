/*
 * What operations work on: a database with its Qdrant settings. Its settings are one per open database, shared by HTTP servers
 * and in-process clients, so that all see the same aliases.
 */
import type { Collection } from '../../api/collection.js';
import type { Database } from '../../api/database.js';
import { CollectionNotFoundError } from '../../base/errors.js';
import { find } from '../../database/find.js';
import { noCollection } from './errors.js';
import { notedOf } from './note.js';
import { withoutPaths } from './places.js';
import { type Alias, type Change, ofCollection, SETTINGS, Settings } from './settings.js';
import { Snapshots } from './snapshots.js';
import { CollectionView } from './view.js';

/** The Qdrant version that is reported by default. */
export const VERSION = '1.19.0';

const services = new WeakMap<Database, Promise<Service>>();

export class Service {
  readonly database: Database;
  readonly settings: Settings;
  readonly snapshots: Snapshots;
  readonly startedAt: Date = new Date();
  readonly #views = new WeakMap<Collection, CollectionView>();

  private constructor(database: Database, settings: Settings, snapshots: Snapshots) {
    this.database = database;
    this.settings = settings;
    this.snapshots = snapshots;
  }

  /** The same, with other snapshots: each server has its folder of them, and its limits. */
  with(snapshots: Snapshots): Service {
    return new Service(this.database, this.settings, snapshots);
  }

  /** A text as clients of other machines may read it. */
  told(text: string): string {
    return withoutPaths(text, { database: this.database.path, snapshots: this.snapshots.folder });
  }

  /** Pauses the indexing of a collection if its settings say so. */
  pauseAsGiven(name: string): void {
    const collection = this.database.collection(name);
    if (this.#settingsOf(collection)?.given.optimizers_config?.indexing_threshold === 0)
      collection.pauseIndexing();
  }

  static over(database: Database): Promise<Service> {
    let service = services.get(database);
    if (!service) {
      service = Settings.of(database).then(async (settings) => {
        const made = new Service(database, settings, new Snapshots(database));
        await made.snapshots.use();
        if (database.readOnly) return made;
        // Pausing does not outlast the process, but Qdrant's setting does: apply it again.
        for (const name of made.names()) made.pauseAsGiven(name);
        await made.#finishRestoring();
        return made;
      });
      service.catch(() => services.delete(database));
      services.set(database, service);
    }
    return service;
  }

  /** Does what belongs to the restoring of collections that a process before did not come to. */
  async #finishRestoring(): Promise<void> {
    const decide = (): Change[] => this.names().flatMap((name) => this.restored(name));
    // Where the disk is full, say: parameters are those of the note meanwhile, and the next opening tries again.
    if (decide().length > 0) await this.settings.change(decide).catch(() => {});
  }

  /** What a collection that was restored brings along, but for what is kept of it already. */
  restored(name: string): Change[] {
    const info = this.database.collection(name).info();
    const noted = info.restored && !this.settings.collection(info) ? notedOf(info) : undefined;
    if (!noted) return [];
    const { given, indexes } = noted;
    const { createdAt } = info;
    const taken = this.aliases();
    const free = noted.aliases.filter((alias) => !taken.has(alias) && !this.has(alias));
    return [
      { collection: name, to: { ...ofCollection(info), given, indexes } },
      ...free.map((alias) => ({ alias, to: { to: name, createdAt } })),
    ];
  }

  /** The names of all collections. */
  names(): string[] {
    return this.database
      .collections()
      .map(({ name }) => name)
      .filter((name) => name !== SETTINGS);
  }

  has(name: string): boolean {
    return this.#createdAt(name) !== undefined;
  }

  /** When a collection was created; undefined if it does not exist. */
  #createdAt(name: string): number | undefined {
    if (name === SETTINGS) return undefined;
    return find(this.database, name)?.info().createdAt;
  }

  /** What an alias of a collection stores; undefined if the collection does not exist. */
  aliasOf(name: string): Alias | undefined {
    const createdAt = this.#createdAt(name);
    return createdAt === undefined ? undefined : { to: name, createdAt };
  }

  /** All aliases of existing collections. */
  aliases(): Map<string, Alias> {
    const there = this.database.collections();
    const names = new Set(there.map(({ name }) => name));
    // Matched by creation time, since a collection may have been renamed through Silt.
    const made = new Map(there.map(({ name, createdAt }) => [createdAt, name]));
    const aliases = new Map<string, Alias>();
    for (const [name, alias] of this.settings.aliases) {
      const to = made.get(alias.createdAt);
      if (to !== undefined && !names.has(name)) aliases.set(name, { ...alias, to });
    }
    return aliases;
  }

  /** The collection name for a name or an alias. */
  resolved(name: string): string {
    const alias = this.settings.aliases.get(name);
    if (!alias || this.has(name)) return name;
    // Unless it was renamed through Silt, its collection has the name that it had.
    if (this.#createdAt(alias.to) === alias.createdAt) return alias.to;
    return this.aliases().get(name)?.to ?? name;
  }

  /**
   * A collection by its name, or by an alias.
   *
   * @throws QdrantError 404
   */
  view(name: string): CollectionView {
    const collection = this.#collection(this.resolved(name), name);
    const known = this.#views.get(collection);
    if (known && known.config === collection.config && known.version === this.settings.version) return known;
    const view = new CollectionView(collection, this.#settingsOf(collection), this.settings.version);
    this.#views.set(collection, view);
    return view;
  }

  #collection(name: string, asked: string): Collection {
    try {
      if (name === SETTINGS) throw noCollection(asked);
      return this.database.collection(name);
    } catch (error) {
      throw error instanceof CollectionNotFoundError ? noCollection(asked) : error;
    }
  }

  #settingsOf(collection: Collection): CollectionView['settings'] {
    const info = collection.info();
    const kept = this.settings.collection(info);
    if (kept) return kept;
    const noted = notedOf(info);
    return noted && { ...ofCollection(info), given: noted.given, indexes: noted.indexes };
  }
}
