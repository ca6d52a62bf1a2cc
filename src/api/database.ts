/* A database, as everybody sees it: in this process, behind a server, or a mock of it. */
import type { Collection } from './collection.js';
import type { CollectionConfig } from './config.js';
import type { AnyFields, Fields, FieldsOf, Known } from './fields.js';
import type { Payload } from './points.js';
import type { UrlLike } from './standard.js';
import type { CollectionInfo } from './upkeep.js';

export interface BackupCollectionOptions {
  /** Goes into the file, for who restores it: an object of JSON values. */
  readonly note?: object | undefined;
}

export interface RestoreCollectionOptions {
  /** Takes the place of a collection of this name, if there is one. Default false. */
  readonly replace?: boolean | undefined;
}

/** What a file of a collection holds. */
export interface CollectionBackup {
  readonly points: number;
  /** What `backupCollection` was given. */
  readonly note?: unknown;
}

/** Collections by name, in one folder or in memory. */
export interface Database extends AsyncDisposable {
  /** Whether it was opened with `readOnly`: another process writes it, and this one follows. */
  readonly readOnly: boolean;
  /** Folder of the database: its absolute path, with links followed at the opening. Undefined in memory. */
  readonly path: string | undefined;

  /**
   * Makes a collection. It is on the disk when the promise resolves. Its type has the names and kinds of the fields that the
   * configuration names; with a type of payloads as well, `createCollection<Article, typeof config>(name, config)`.
   *
   * @throws CollectionExistsError
   * @throws ValidationError for an invalid name, or an option that is missing, unknown or out of range
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  createCollection<P extends object = Payload, const C extends CollectionConfig = CollectionConfig>(
    name: string,
    config: C & Known<C>,
  ): Promise<Collection<P, FieldsOf<C>>>;

  /**
   * The collection of this name, made where there is none. Where there is one, what `config` asks for must be there, as it is asked
   * for; `indexing` may differ, and it may have more fields, which came by `createField`.
   *
   * @throws ValidationError where there is one with another dimension, metric, storage or graph, or without a field of `config`
   * @throws ReadOnlyError where there is none and the database was opened with `readOnly`
   */
  getOrCreateCollection<P extends object = Payload, const C extends CollectionConfig = CollectionConfig>(
    name: string,
    config: C & Known<C>,
  ): Promise<Collection<P, FieldsOf<C>>>;

  /**
   * @throws CollectionNotFoundError
   * @throws SiltError with `readOnly`: why a collection that another process has made cannot be opened here
   */
  collection<P extends object = Payload, F extends Fields = AnyFields>(name: string): Collection<P, F>;

  /** All collections, by name. */
  collections(): CollectionInfo[];

  /**
   * Deletes a collection, with all its points. False if there was none.
   *
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  dropCollection(name: string): Promise<boolean>;

  /**
   * Gives a collection another name. Objects of it that are at hand go on working, under the new name.
   *
   * @throws CollectionNotFoundError where there is none, CollectionExistsError where the new name is taken
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  renameCollection(name: string, newName: string): Promise<void>;

  /**
   * Copies the database while it is in use. The copy is as of one moment, and a database folder like any other; what
   * was deleted takes no room in it. It is there as a whole or not at all. `restore` puts one into place.
   *
   * @param path of a folder that does not exist yet, or is empty
   * @throws ValidationError where something is there, or the database is in memory
   * @throws SiltError DATABASE_INACCESSIBLE, StoreError DISK_FULL where the system refuses
   */
  backup(path: string | UrlLike): Promise<void>;

  /**
   * Writes a collection to a file, as of one moment, while it is in use: points, configuration and payload indexes. The file
   * is there as a whole or not at all, and `restoreCollection` makes the collection again of it, in any database.
   *
   * @param path of a file that does not exist yet
   * @throws CollectionNotFoundError
   * @throws ValidationError where something is at `path`, or the database is in memory
   * @throws SiltError ROW_UNREADABLE where a point is damaged
   * @throws SiltError DATABASE_INACCESSIBLE, StoreError DISK_FULL where the system refuses
   */
  backupCollection(
    name: string,
    path: string | UrlLike,
    o?: BackupCollectionOptions,
  ): Promise<CollectionBackup>;

  /**
   * Makes a collection of a file that `backupCollection` has written. It is there as a whole or not at all: with `replace`, one of
   * this name goes on until the other takes its place, in one commit, as one made when that was.
   *
   * @throws SnapshotError where the file is damaged, or of another version; nothing was done
   * @throws CollectionExistsError where there is one of this name, without `replace`
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  restoreCollection(
    name: string,
    path: string | UrlLike,
    o?: RestoreCollectionOptions,
  ): Promise<CollectionBackup>;

  /**
   * Closes the database. Writes that were called before are completed; indexing is not waited for, the next opening
   * continues it. Any later call but `close` throws ClosedError.
   */
  close(): Promise<void>;
}
