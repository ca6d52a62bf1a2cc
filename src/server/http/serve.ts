/* Opens, listens, and closes in order: requests that were accepted first, then connections, then the database. */
import type { AddressInfo } from 'node:net';
import type { Database } from '../../api/database.js';
import { open } from '../../index.js';
import { Service } from '../qdrant/service.js';
import { type App, appOf } from './app.js';
import { type ServeOptions, type Settled, settled } from './options.js';

export interface Server {
  /** Where it listens: `http://127.0.0.1:6333`. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly database: Database;
  /**
   * Accepts nothing more, finishes what was accepted, then closes the database if it was opened here. Streams of points end
   * with what they have written. May be called again.
   */
  close(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

const opened = ({ path, readOnly }: Settled): Promise<Database> =>
  path === undefined ? open() : open(path, { readOnly });

async function ended({ fastify, closing }: App, closeMs: number): Promise<void> {
  closing.abort();
  const { server } = fastify;
  // Connections whose last response began before this become idle later.
  const idle = setInterval(() => server.closeIdleConnections(), 20);
  const late = setTimeout(() => server.closeAllConnections(), closeMs);
  try {
    await fastify.close();
  } finally {
    clearInterval(idle);
    clearTimeout(late);
  }
}

async function listening(database: Database, o: Settled): Promise<App> {
  const service = await Service.over(database);
  service.version = o.version;
  const app = await appOf(service, o);
  await app.fastify.listen({ host: o.host, port: o.port });
  return app;
}

/**
 * Serves a database by Qdrant's requests over HTTP.
 *
 * @throws ValidationError for options that cannot be; what the operating system says where it cannot listen
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
  const { port } = app.fastify.server.address() as AddressInfo;
  const name = o.host.includes(':') ? `[${o.host}]` : o.host;
  let closed: Promise<void> | undefined;
  const close = (): Promise<void> => (closed ??= ended(app, o.limits.closeMs).finally(closeOwn));
  return {
    url: `${o.tls ? 'https' : 'http'}://${name}:${port}`,
    host: o.host,
    port,
    database,
    close,
    [Symbol.asyncDispose]: close,
  };
}
