/* A server of Silt, which has a database open, by the calls that its dashboard makes. */
import type { CollectionConfig } from '../../api/config.js';
import type { CollectionInfo } from '../../api/upkeep.js';
import type { CollectionSummary } from '../../server/dashboard/wire.js';
import { onlyOf } from '../frame/database.js';
import { CommandError } from '../frame/exits.js';
import { jsonOf } from '../frame/values.js';
import type { Place } from './asked.js';
import { type Ask, ServedCollection } from './collection.js';
import { Connection } from './connection.js';
import { copyAll, copyCollection, sendCollection } from './copies.js';

const API = 'dashboard/api';

export class Server implements Place {
  readonly #connection: Connection;

  /** `signal`: ends requests. */
  constructor(url: string, apiKey: string | undefined, signal?: AbortSignal) {
    this.#connection = new Connection(url, apiKey, signal);
  }

  get path(): string {
    return this.#connection.url;
  }

  async names(): Promise<string[]> {
    const { collections } = await this.#connection.ask<{ collections: readonly CollectionSummary[] }>(
      `${API}/overview`,
    );
    return collections.map(({ name }) => name);
  }

  async create(name: string, config: CollectionConfig): Promise<void> {
    await this.#connection.ask(`${API}/create`, { body: jsonOf({ name, config }) });
  }

  async drop(name: string): Promise<void> {
    await this.#connection.ask(`collections/${encodeURIComponent(name)}`, { method: 'DELETE' });
  }

  async collection(given: string | undefined): Promise<ServedCollection> {
    const name = given ?? onlyOf(await this.names(), this.path, 'the address');
    const ask: Ask = (call, body) =>
      this.#connection.ask(`${API}/collections/${encodeURIComponent(name)}/${call}`, { body });
    return new ServedCollection(await ask<CollectionInfo>('info', '{}'), ask);
  }

  backup(to: string): Promise<void> {
    return copyAll(this.#connection, to);
  }

  async backupCollection(name: string, to: string): Promise<undefined> {
    await copyCollection(this.#connection, (await this.collection(name)).name, to);
  }

  async restoreCollection(name: string, from: string, { replace }: { replace: boolean }): Promise<number> {
    if (!replace && (await this.names()).includes(name))
      throw new CommandError('EXISTS', `collection "${name}" already exists: say --replace, or another name`);
    await sendCollection(this.#connection, name, from);
    return (await (await this.collection(name)).info()).points;
  }
}
