/* What moves, as server-sent events: a status of all collections twice a second, while somebody looks; and what moved before. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CollectionStatus } from '../../api/upkeep.js';
import { onAbort } from '../../base/aborts.js';
import { onEnded } from '../http/connections.js';
import type { RequestMetrics } from '../http/metrics.js';
import type { Service } from '../qdrant/service.js';
import { Past } from './past.js';
import type { PastView, Tick } from './wire.js';

const EVERY_MS = 500;
const SHARED_MS = EVERY_MS - 50;
const PAST_EVERY_MS = 1_000;
/** Milliseconds of the event loop at a time. */
const TURN_MS = 3;
const DISK_EVERY_MS = 5_000;

/** What the files of a folder take. Some may go meanwhile. */
async function sizeOf(folder: string): Promise<number> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  let size = 0;
  for (const entry of entries)
    if (entry.isFile())
      size += await stat(join(entry.parentPath, entry.name)).then(
        ({ size }) => size,
        () => 0,
      );
  return size;
}

export class Live {
  readonly #service: Service;
  readonly #metrics: RequestMetrics;
  readonly #stallMs: number;
  readonly #past = new Past();
  #disk: number | null = null;
  #diskAt = Number.NEGATIVE_INFINITY;
  /** The last event, and when it was made: pages that look at once are told the same. */
  #event: Promise<string> = Promise.resolve('');
  #eventAt = Number.NEGATIVE_INFINITY;

  /** `stallMs`: a page that reads nothing for so long is left. */
  constructor(service: Service, metrics: RequestMetrics, stallMs: number) {
    this.#service = service;
    this.#metrics = metrics;
    this.#stallMs = stallMs;
  }

  /** Counts are remembered from now on, until the server closes. */
  async remember(closing: AbortSignal): Promise<void> {
    while (!closing.aborted) {
      try {
        this.#past.take(Date.now(), await this.#statuses());
      } catch {
        // The database was closed by whoever opened it: what it counted stays.
      }
      await sleep(PAST_EVERY_MS, undefined, { ref: false, signal: closing }).catch(() => {});
    }
  }

  past(): PastView {
    return this.#past.view();
  }

  async tick(): Promise<Tick> {
    this.#lookAtDisk();
    return {
      at: Date.now(),
      collections: Object.fromEntries(await this.#statuses()),
      latency: this.#metrics.latency(),
      rssBytes: process.memoryUsage.rss(),
      diskBytes: this.#disk,
    };
  }

  /** Another one for each page each time: it is younger than the time between two. */
  #nextEvent(): Promise<string> {
    const now = performance.now();
    if (now - this.#eventAt < SHARED_MS) return this.#event;
    this.#eventAt = now;
    this.#event = this.tick().then((tick) => `data: ${JSON.stringify(tick)}\n\n`);
    return this.#event;
  }

  /** Of a thousand collections it takes tens of milliseconds: others have their turns in between. */
  async #statuses(): Promise<[string, CollectionStatus][]> {
    const seen: [string, CollectionStatus][] = [];
    let until = performance.now() + TURN_MS;
    for (const name of this.#service.names()) {
      seen.push(...this.#statusOf(name));
      if (performance.now() < until) continue;
      await setImmediate();
      until = performance.now() + TURN_MS;
    }
    return seen;
  }

  /** One that another process made, and that cannot be opened here, is left out. */
  #statusOf(name: string): [string, CollectionStatus][] {
    try {
      const status = this.#service.database.collection(name).status();
      return [[name, status.lastError === null ? status : this.#told(status)]];
    } catch {
      return [];
    }
  }

  #told(status: CollectionStatus): CollectionStatus {
    const told = (text: string): string => this.#service.told(text);
    const errors = Object.entries(status.errors).map(([kind, text]) => [kind, told(text)] as const);
    return { ...status, lastError: told(status.lastError!), errors: Object.fromEntries(errors) };
  }

  #lookAtDisk(): void {
    const { path } = this.#service.database;
    if (path === undefined || performance.now() - this.#diskAt < DISK_EVERY_MS) return;
    this.#diskAt = performance.now();
    sizeOf(path).then(
      (size) => {
        this.#disk = size;
      },
      () => {},
    );
  }

  /** Sends events until the page leaves or the server closes. @throws QdrantError 429 where too many pages are open */
  async stream(request: FastifyRequest, reply: FastifyReply, closing: AbortSignal): Promise<void> {
    request.task.watch();
    reply.hijack();
    const { raw } = reply;
    const left = new AbortController();
    raw.once('error', () => {});
    onEnded(request.raw, raw, () => left.abort());
    const unheard = onAbort([closing], () => raw.end());
    request.socket.setTimeout(this.#stallMs); // nothing is written while it does not read: then this ends it
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    try {
      if (request.raw.destroyed) raw.destroy();
      while (raw.writable) {
        // A page that does not read misses events: the next one says all that those before said.
        if (raw.writableLength === 0) raw.write(await this.#nextEvent());
        await sleep(EVERY_MS, undefined, { signal: left.signal });
      }
    } catch (error) {
      // The page has left; or the database was closed by whoever opened it.
      if (!left.signal.aborted) raw.destroy(error as Error);
    } finally {
      unheard();
    }
  }
}
