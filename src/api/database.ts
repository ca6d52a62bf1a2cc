/* A database, as everybody sees it: in this process, behind a server, or a mock of it. */
import type { Collection } from './collection.js';
import type { CollectionConfig } from './config.js';
import type { Payload } from './points.js';
import type { CollectionInfo } from './upkeep.js';

/** Collections by name, in one directory or in memory. */
export interface Database extends AsyncDisposable {
  /** Whether it was opened with `readOnly`: another process writes it, and this one follows. */
  readonly readOnly: boolean;
  /** Directory of the database: its absolute path, with links followed at the opening. Undefined in memory. */
  readonly path: string | undefined;

  /**
   * Makes a collection. It is on the disk when the promise resolves.
   *
   * @throws CollectionExistsError
   * @throws ValidationError for an invalid name, or an option that is missing, unknown or out of range
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  createCollection<P extends object = Payload>(
    name: string,
    config: CollectionConfig,
  ): Promise<Collection<P>>;

  /**
   * @throws CollectionNotFoundError
   * @throws SiltError with `readOnly`: why a collection that another process has made cannot be opened here
   */
  collection<P extends object = Payload>(name: string): Collection<P>;

  /** All collections, by name. */
  collections(): CollectionInfo[];

  /**
   * Deletes a collection, with all its points. False if there was none.
   *
   * @throws ReadOnlyError where the database was opened with `readOnly`
   */
  dropCollection(name: string): Promise<boolean>;

  /**
   * Closes the database. Writes that were called before are completed; indexing is not waited for, the next opening
   * continues it. Any later call but `close` throws ClosedError.
   */
  close(): Promise<void>;
}
