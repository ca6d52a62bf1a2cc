/*
 * The protocol over HTTP, on loopback alone. Every request needs the token; pages of other origins, and names that others have
 * given this address, are refused before it is looked at.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import type { ReadableStream } from 'node:stream/web';
import {
  createMcpHandler,
  hostHeaderValidationResponse,
  localhostAllowedHostnames,
  localhostAllowedOrigins,
  type McpServerFactory,
  originValidationResponse,
} from '@modelcontextprotocol/server';
import { tell } from '../frame/output.js';
import { MESSAGE_BYTES } from './values.js';

const HOST = '127.0.0.1';
const PLACE = '/mcp';

const hashOf = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Undefined where the standard has no such request: TRACE, and an invalid address. */
function requestOf(incoming: IncomingMessage, signal: AbortSignal): Request | undefined {
  const headers = Object.entries(incoming.headersDistinct).flatMap(([name, values = []]) =>
    values.map((value): [string, string] => [name, value]),
  );
  const { method = 'GET', url = '/' } = incoming;
  const body = method === 'GET' || method === 'HEAD' ? null : (Readable.toWeb(incoming) as BodyInit);
  const init = { method, headers, body, duplex: 'half', signal } as RequestInit;
  try {
    return new Request(url.startsWith('/') ? `http://${HOST}${url}` : url, init);
  } catch {
    return undefined;
  }
}

async function respond(response: Response, outgoing: ServerResponse): Promise<void> {
  outgoing.statusCode = response.status;
  response.headers.forEach((value, name) => {
    if (name !== 'connection') outgoing.setHeader(name, value); // it is of the client's and this server's
  });
  if (response.body === null) outgoing.end();
  else await pipeline(Readable.fromWeb(response.body as ReadableStream), outgoing);
}

const said = (status: number, error: string, headers: Record<string, string> = {}): Response =>
  Response.json({ error }, { status, headers });

export interface McpOverHttp {
  readonly url: string;
  close(): Promise<void>;
}

export async function serveHttp(
  factory: McpServerFactory,
  port: number,
  token: string,
): Promise<McpOverHttp> {
  const handler = createMcpHandler(factory, { maxRequestBodySize: MESSAGE_BYTES });
  const wanted = hashOf(`Bearer ${token}`);
  async function answer(request: Request | undefined): Promise<Response> {
    if (request === undefined) return said(400, `The protocol takes POST at ${PLACE}`);
    const refused =
      hostHeaderValidationResponse(request, localhostAllowedHostnames()) ??
      originValidationResponse(request, localhostAllowedOrigins());
    if (refused !== undefined) return refused;
    if (!timingSafeEqual(hashOf(request.headers.get('authorization') ?? ''), wanted))
      return said(401, 'The token of silt mcp is needed: Authorization: Bearer TOKEN', {
        'www-authenticate': 'Bearer',
      });
    if (new URL(request.url).pathname !== PLACE) return said(404, `The protocol is at ${PLACE}`);
    return handler.fetch(request);
  }
  const server = createServer((incoming, outgoing) => {
    const gone = new AbortController();
    outgoing.on('close', () => gone.abort());
    Promise.resolve()
      .then(() => answer(requestOf(incoming, gone.signal)))
      .then((response) => respond(response, outgoing))
      .catch((error: Error) => {
        if (!gone.signal.aborted) tell(`silt: ${error.message}`);
        outgoing.destroy();
      });
  });
  server.listen(port, HOST);
  await once(server, 'listening');
  return {
    url: `http://${HOST}:${(server.address() as AddressInfo).port}${PLACE}`,
    close: async () => {
      await handler.close();
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}
