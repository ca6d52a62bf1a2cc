/*
 * A server of Silt, which has a database open, by the calls that its dashboard makes. A failing request is not asked again: people do
 * that.
 */
import type { CollectionConfig } from '../../api/config.js';
import type { CollectionInfo } from '../../api/upkeep.js';
import type { CollectionSummary } from '../../server/dashboard/wire.js';
import { parse } from '../../server/http/json.js';
import { onlyOf } from '../frame/database.js';
import { CommandError, exitOf } from '../frame/exits.js';
import { jsonOf } from '../frame/values.js';
import type { Place } from './asked.js';
import { type Ask, ServedCollection } from './collection.js';

export class Server implements Place {
  readonly path: string;
  readonly #headers: Readonly<Record<string, string>>;
  readonly #signal: AbortSignal | undefined;

  /** `signal`: ends requests. */
  constructor(url: string, apiKey: string | undefined, signal?: AbortSignal) {
    this.path = url.replace(/\/+$/, '');
    this.#headers = {
      'content-type': 'application/json',
      ...(apiKey !== undefined && { 'api-key': apiKey }),
    };
    this.#signal = signal;
  }

  async #fetched(path: string, body?: string): Promise<{ response: Response; text: string }> {
    try {
      const url = `${this.path}/dashboard/api/${path}`;
      const response = await fetch(url, {
        method: body === undefined ? 'GET' : 'POST',
        headers: this.#headers,
        ...(body !== undefined && { body }),
        ...(this.#signal && { signal: this.#signal }),
      });
      return { response, text: await response.text() };
    } catch (error) {
      this.#signal?.throwIfAborted();
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      throw new CommandError('FAILED', `cannot reach ${this.path}: ${why}. Is silt serve running there?`);
    }
  }

  /** @throws CommandError in the words of the server, with the exit that the same would have here */
  async #ask<T>(path: string, body?: string): Promise<T> {
    const { response, text } = await this.#fetched(path, body);
    let answer: { error?: { code: string | null; message: string } };
    try {
      answer = parse(text) as typeof answer;
    } catch {
      answer = {};
    }
    if (response.ok) return answer as T;
    const { code = null, message } = answer.error ?? {};
    if (response.status === 401 || response.status === 403)
      throw new CommandError(
        'SYSTEM',
        `${this.path} refuses: ${message ?? response.statusText}. Give its key with --api-key (or SILT_REMOTE_API_KEY)`,
      );
    if (message === undefined)
      throw new CommandError(
        'FAILED',
        `${this.path} answered ${response.status}, and not as a server of this version of Silt. For servers of Qdrant there are silt push and silt pull`,
      );
    throw new CommandError(exitOf(code ?? ''), message);
  }

  async names(): Promise<string[]> {
    const { collections } = await this.#ask<{ collections: readonly CollectionSummary[] }>('overview');
    return collections.map(({ name }) => name);
  }

  async create(name: string, config: CollectionConfig): Promise<void> {
    await this.#ask('create', jsonOf({ name, config }));
  }

  async collection(given: string | undefined): Promise<ServedCollection> {
    const name = given ?? onlyOf(await this.names(), this.path, 'the address');
    const ask: Ask = (call, body) => this.#ask(`collections/${encodeURIComponent(name)}/${call}`, body);
    return new ServedCollection(await ask<CollectionInfo>('info', '{}'), ask);
  }
}
