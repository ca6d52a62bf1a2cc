/* Opens what a command is about: the database of a folder, or a server that has it open. */
import type { CollectionConfig } from '../../api/config.js';
import type { Database } from '../../api/database.js';
import { collectionOf, collectionsOf, isAddress, pathOf, reading } from '../frame/database.js';
import { interruptible } from '../frame/signals.js';
import type { Asked, Place } from './asked.js';
import { Server } from './server.js';

class Folder implements Place {
  readonly path: string;
  readonly #database: Database;

  constructor(database: Database) {
    this.path = database.path!;
    this.#database = database;
  }

  async names(): Promise<string[]> {
    return collectionsOf(this.#database);
  }

  async collection(name: string | undefined): Promise<Asked> {
    return collectionOf(this.#database, name) as Asked;
  }

  async create(name: string, config: CollectionConfig): Promise<void> {
    await this.#database.createCollection(name, config);
  }
}

export interface PlaceOptions {
  /** Of a server. */
  readonly apiKey?: string;
}

/** `opening`: how a folder is opened; `waits`: as of `interruptible`, so that no request is ended by a signal. */
export function asking<T>(
  folder: string | undefined,
  { apiKey }: PlaceOptions,
  use: (place: Place, signal: AbortSignal) => Promise<T>,
  { opening = reading, waits = false }: { readonly opening?: typeof reading; readonly waits?: boolean } = {},
): Promise<T> {
  const path = pathOf(folder);
  if (isAddress(path))
    return interruptible((signal) => use(new Server(path, apiKey, waits ? undefined : signal), signal), {
      waits,
    });
  return opening(path, (database, signal) => use(new Folder(database), signal));
}
