/* What moves, as server-sent events: a status of all collections twice a second, while somebody looks; and what moved before. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { CollectionStatus } from '../../api/upkeep.js';
import { onAbort } from '../../base/aborts.js';
import type { RequestMetrics } from '../http/metrics.js';
import type { Service } from '../qdrant/service.js';
import { Past } from './past.js';
import type { PastView, Tick } from './wire.js';

const EVERY_MS = 500;
const PAST_EVERY_MS = 1_000;
const DISK_EVERY_MS = 5_000;
/** A page that does not read misses events: the next one says all that those before said. */
const UNREAD_BYTES = 1024 ** 2;

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
  readonly #past = new Past();
  #disk: number | null = null;
  #diskAt = Number.NEGATIVE_INFINITY;

  constructor(service: Service, metrics: RequestMetrics) {
    this.#service = service;
    this.#metrics = metrics;
  }

  /** Counts are remembered from now on, until the server closes. */
  remember(closing: AbortSignal): void {
    const timer = setInterval(() => {
      try {
        this.#past.take(Date.now(), this.#statuses());
      } catch {
        // The database was closed by whoever opened it: what it counted stays.
      }
    }, PAST_EVERY_MS);
    timer.unref();
    onAbort([closing], () => clearInterval(timer));
  }

  past(): PastView {
    return this.#past.view();
  }

  tick(): Tick {
    this.#lookAtDisk();
    return {
      at: Date.now(),
      collections: Object.fromEntries(this.#statuses()),
      latency: this.#metrics.latency(),
      rssBytes: process.memoryUsage.rss(),
      diskBytes: this.#disk,
    };
  }

  #statuses(): [string, CollectionStatus][] {
    return this.#service.names().flatMap((name) => this.#statusOf(name));
  }

  /** One that another process made, and that cannot be opened here, is left out. */
  #statusOf(name: string): [string, CollectionStatus][] {
    try {
      return [[name, this.#service.database.collection(name).status()]];
    } catch {
      return [];
    }
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

  /** Sends events until the page leaves or the server closes. */
  stream(request: FastifyRequest, reply: FastifyReply, closing: AbortSignal): Promise<void> {
    reply.hijack();
    const { raw } = reply;
    raw.writeHead(200, { 'content-type': 'text/event-stream', 'cache-control': 'no-store' });
    const send = (): void => {
      if (raw.writableLength < UNREAD_BYTES) raw.write(`data: ${JSON.stringify(this.tick())}\n\n`);
    };
    return new Promise((resolve) => {
      const timer = setInterval(() => {
        try {
          send();
        } catch (error) {
          // The database was closed by whoever opened it.
          raw.destroy(error as Error);
        }
      }, EVERY_MS);
      const unheard = onAbort([closing], () => raw.end());
      raw.once('error', () => {});
      raw.once('close', () => {
        clearInterval(timer);
        unheard();
        resolve();
      });
      if (request.raw.destroyed) raw.destroy();
      else send();
    });
  }
}
