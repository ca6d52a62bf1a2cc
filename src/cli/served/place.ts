/* Opens what a command is about: the database of a folder, or a server that has it open. */
import { existsSync } from 'node:fs';
import type { CollectionConfig } from '../../api/config.js';
import type { Database } from '../../api/database.js';
import { DatabaseLockedError } from '../../base/errors.js';
import { collectionOf, collectionsOf, expectOwn, isAddress, pathOf, reading } from '../frame/database.js';
import { tell } from '../frame/output.js';
import { interruptible } from '../frame/signals.js';
import { type Announced, announcedBy } from './announced.js';
import type { Asked, Place } from './asked.js';
import { Server } from './server.js';

export class Folder implements Place {
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
    await this.#database.createCollection(expectOwn(name), config);
  }

  async drop(name: string): Promise<void> {
    await this.#database.dropCollection(expectOwn(name));
  }

  backup(to: string): Promise<void> {
    return this.#database.backup(to);
  }

  async backupCollection(name: string, to: string): Promise<number> {
    return (await this.#database.backupCollection(expectOwn(name), to)).points;
  }

  async restoreCollection(name: string, from: string, o: { readonly replace: boolean }): Promise<number> {
    return (await this.#database.restoreCollection(expectOwn(name), from, o)).points;
  }
}

export interface PlaceOptions {
  /** Of a server. */
  readonly apiKey?: string;
}

/** The process that has a folder open for writing; null where none has, undefined where that is not known. */
export async function writerOf(path: string): Promise<number | null | undefined> {
  const { holderOf } = await import('../../store/lmdb/lock.js');
  return holderOf(path);
}

/** The server that holds a folder against this process, which the user is told; any other error is thrown again. */
export function insteadOf(path: string, error: unknown): Announced {
  const server = error instanceof DatabaseLockedError ? announcedBy(path, error.pid) : undefined;
  if (server === undefined) throw error;
  tell(`silt: ${path} is served at ${server.url}: that server is asked`);
  return server;
}

/** The server of an announcement: the key that its folder has of it comes first, the one that is given may be another server's. */
export const serverOf = ({ url, apiKey }: Announced, o: PlaceOptions, signal?: AbortSignal): Server =>
  new Server(url, apiKey ?? o.apiKey, signal);

/** The server that has a folder open, as it sees it: undefined where there is none, or it does not answer who asks. */
export async function serverAt(path: string, o: PlaceOptions): Promise<Announced | undefined> {
  const writer = isAddress(path) || !existsSync(path) ? null : await writerOf(path);
  const server = writer ? announcedBy(path, writer) : undefined;
  if (server === undefined) return undefined;
  try {
    await serverOf(server, o).names();
    return server;
  } catch (error) {
    tell(`silt: ${(error as Error).message}. What follows is what is on the disk`);
    return undefined;
  }
}

/**
 * What cannot open a folder because a server holds it asks that server. `opening`: how a folder is opened; `waits`: as of
 * `interruptible`, so that no request is ended by a signal.
 */
export async function asking<T>(
  folder: string | undefined,
  o: PlaceOptions,
  use: (place: Place, signal: AbortSignal) => Promise<T>,
  { opening = reading, waits = false }: { readonly opening?: typeof reading; readonly waits?: boolean } = {},
): Promise<T> {
  const path = pathOf(folder);
  const asked = (server: Announced): Promise<T> =>
    interruptible((signal) => use(serverOf(server, o, waits ? undefined : signal), signal), { waits });
  if (isAddress(path)) return asked({ url: path });
  try {
    return await opening(path, (database, signal) => use(new Folder(database), signal));
  } catch (error) {
    return asked(insteadOf(path, error));
  }
}
