/* Opens the database, listens, and shuts down in order: requests in progress, then connections, then the database. */
import { lookup } from 'node:dns/promises';
import { type AddressInfo, isIP, type Socket } from 'node:net';
import { resolve } from 'node:path';

import type { Database } from '../../api/database.js';
import { open } from '../../index.js';
import { Service } from '../qdrant/service.js';
import { type App, appOf } from './app.js';
import { type ServeOptions, type Settled, settled } from './options.js';

export interface Server {
  /** The base URL: `http://127.0.0.1:6333`. */
  readonly url: string;
  /** The IP address it listens on. */
  readonly host: string;
  readonly port: number;
  readonly database: Database;
  /**
   * Accepts no more requests, finishes those in progress, then closes the database if it was opened here. Streams of points end
   * with what they have written. May be called more than once.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const opened = ({ path, readOnly }: Settled): Promise<Database> =>
  path === undefined ? open() : open(path, { readOnly });

/** Connections that have sent nothing: browsers open them in advance, and Node counts them as busy. */
function closeUnused(sockets: Iterable<Socket>): void {
  for (const socket of sockets) if (socket.bytesRead === 0) socket.destroy();
}

async function ended({ fastify, sockets, closing }: App, closeMs: number): Promise<void> {
  closing.abort();
  const { server } = fastify;
  closeUnused(sockets);
  // Connections with a response in progress become idle later.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const late = setTimeout(() => server.closeAllConnections(), closeMs);
  try {
    await fastify.close();
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}

/**
 * Resolves a host name to one address. For `localhost` Fastify would listen on IPv4 and IPv6, and shut down only one of the two
 * gracefully. IPv4 comes first, as clients try it too.
 */
async function addressOf(host: string): Promise<string> {
  if (isIP(host)) return host;
  return (await lookup(host, { verbatim: false })).address;
}

async function listening(database: Database, o: Settled): Promise<App> {
  const shared = await Service.over(database);
  const { uploadBytes: mostBytes, stallMs } = o.limits;
  const folder = o.snapshotsPath === undefined ? undefined : resolve(o.snapshotsPath);
  const service = shared.with(await shared.snapshots.apart({ mostBytes, stallMs }, folder));
  const app = await appOf(service, o);
  try {
    await app.fastify.listen({ host: await addressOf(o.host), port: o.port });
    return app;
  } catch (error) {
    await app.fastify.close();
    throw error;
  }
}

/**
 * Serves a database over HTTP with Qdrant's REST API.
 *
 * @throws ValidationError for invalid options; an error of the operating system if it cannot listen
 */
export async function serve(options: ServeOptions = {}): Promise<Server> {
  const o = settled(options);
  const database = o.database ?? (await opened(o));
  const closeOwn = async (): Promise<void> => {
    if (!o.database) await database.close();
  };
  let app: App;
  try {
    app = await listening(database, o);
  } catch (error) {
    await closeOwn();
    throw error;
  }
  const { address, port } = app.fastify.server.address() as AddressInfo;
  const name = address.includes(':') ? `[${address}]` : address;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= ended(app, o.limits.closeMs).finally(closeOwn));
  return {
    url: `${o.tls ? 'https' : 'http'}://${name}:${port}`,
    host: address,
    port,
    database,
    close,
    [Symbol.asyncDispose]: close,
  };
}
