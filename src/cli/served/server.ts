/*
 * A database that a server of Silt has open, by the calls that its dashboard makes: ids, queries and errors are Silt's own there. A
 * failing request is not asked again: people do that.
 */
import type { Filter } from '../../api/filter.js';
import type { Hit, PointInput, StoredPoint } from '../../api/points.js';
import type { Query } from '../../api/query.js';
import type { QueryLike, SearchOptions } from '../../api/reading.js';
import type { UpsertOptions, WriteReceipt } from '../../api/writing.js';
import type { PointId } from '../../base/ids.js';
import type { CollectionSummary, HitView, PointView } from '../../server/dashboard/wire.js';
import { parse } from '../../server/http/json.js';
import { CommandError, exitOf } from '../frame/exits.js';
import { jsonOf } from '../frame/values.js';

/** Bytes of a body, about: servers take 32 MiB. */
const BODY = 24_000_000;

export const isAddress = (place: string | undefined): place is string => /^https?:\/\//i.test(place ?? '');

/** Points as they are read from a folder. */
function pointOf({ id, payload, vectors }: PointView): StoredPoint {
  return { id: parse(id), ...(payload && { payload }), ...(vectors && { vector: vectors }) } as StoredPoint;
}

export class Server {
  readonly url: string;
  readonly #headers: Readonly<Record<string, string>>;

  constructor(url: string, apiKey: string | undefined) {
    this.url = url.replace(/\/+$/, '');
    this.#headers = {
      'content-type': 'application/json',
      ...(apiKey !== undefined && { 'api-key': apiKey }),
    };
  }

  /** @throws CommandError in the words of the server, with the exit that the same would have here */
  async ask<T>(path: string, body?: string): Promise<T> {
    let response: Response;
    let text: string;
    try {
      const method = body === undefined ? 'GET' : 'POST';
      const url = `${this.url}/dashboard/api/${path}`;
      response = await fetch(url, { method, headers: this.#headers, ...(body !== undefined && { body }) });
      text = await response.text();
    } catch (error) {
      const { cause, message } = error as Error;
      const why = cause instanceof Error ? cause.message : message;
      throw new CommandError('FAILED', `cannot reach ${this.url}: ${why}. Is silt serve running there?`);
    }
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
        `${this.url} refuses: ${message ?? response.statusText}. Give its key with --api-key (or SILT_REMOTE_API_KEY)`,
      );
    if (message === undefined)
      throw new CommandError(
        'FAILED',
        `${this.url} answered ${response.status}, and not as a server of this version of Silt. For servers of Qdrant there are silt push and silt pull`,
      );
    throw new CommandError(exitOf(code ?? ''), message);
  }

  /** The collection of this name, or the only one. */
  async collection(name: string | undefined): Promise<ServedCollection> {
    if (name !== undefined) return new ServedCollection(this, name);
    const all = await this.collections();
    if (all.length === 1) return new ServedCollection(this, all[0]!.name);
    throw new CommandError(
      all.length === 0 ? 'NOT_FOUND' : 'USAGE',
      all.length === 0
        ? `${this.url} has no collections yet`
        : `${this.url} has ${all.length} collections: say which, behind the address (${all
            .slice(0, 10)
            .map((one) => one.name)
            .join(', ')})`,
    );
  }

  async collections(): Promise<readonly CollectionSummary[]> {
    return (await this.ask<{ collections: readonly CollectionSummary[] }>('overview')).collections;
  }
}

/** What commands ask of a collection, as it does it itself. */
export class ServedCollection {
  readonly name: string;
  readonly #server: Server;

  constructor(server: Server, name: string) {
    this.#server = server;
    this.name = name;
  }

  #call<T>(call: string, body: object): Promise<T> {
    return this.#server.ask<T>(`collections/${encodeURIComponent(this.name)}/${call}`, jsonOf(body));
  }

  async getMany(ids: readonly PointId[]): Promise<(StoredPoint | undefined)[]> {
    const found = await this.#call<(PointView | null)[]>('get', { ids: ids.map(jsonOf) });
    return found.map((point) => (point === null ? undefined : pointOf(point)));
  }

  count(o: { readonly filter?: Filter | undefined }): Promise<number> {
    return this.#call('count', o);
  }

  delete(which: readonly PointId[] | { readonly filter: Filter }): Promise<WriteReceipt> {
    return this.#call(
      'delete',
      'filter' in which ? which : { ids: (which as readonly PointId[]).map(jsonOf) },
    );
  }

  search(query: QueryLike, o: SearchOptions): Promise<Hit[]> {
    const { highlight, signal: _, ...rest } = o;
    const leaf = ArrayBuffer.isView(query) || Array.isArray(query) || 'indices' in query;
    const asked = leaf ? { nearest: query } : { ...query, ...(highlight && { highlight }) };
    return this.query({ ...rest, query: asked } as Query);
  }

  async query({ signal: _, ...request }: Query): Promise<Hit[]> {
    const { hits } = await this.#call<{ hits: readonly HitView[] }>('query', { request });
    return hits.map(({ score, highlights, ...point }) => ({
      ...pointOf(point),
      score,
      ...(highlights !== undefined && { highlights }),
    })) as Hit[];
  }

  /** In parts where a body would be too large. */
  async upsert(points: readonly PointInput[], { onInvalid }: UpsertOptions): Promise<WriteReceipt> {
    const body = jsonOf({ points, onInvalid });
    if (body.length <= BODY || points.length === 1)
      return this.#server.ask(`collections/${encodeURIComponent(this.name)}/upsert`, body);
    const half = points.length >> 1;
    const a = await this.upsert(points.slice(0, half), { onInvalid });
    const b = await this.upsert(points.slice(half), { onInvalid });
    const rejected = b.rejected.map((one) => ({ ...one, index: one.index + half }));
    return {
      ...b,
      inserted: a.inserted + b.inserted,
      replaced: a.replaced + b.replaced,
      rejected: [...a.rejected, ...rejected],
    };
  }
}
