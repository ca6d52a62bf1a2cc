/* Sends responses: Qdrant's envelope around results and errors, compressed where that pays. Only streams do not pass here. */
import { createReadStream } from 'node:fs';
import type { OutgoingHttpHeaders } from 'node:http';
import { Readable } from 'node:stream';
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply } from 'fastify';
import { isLoopback } from '../../base/loopback.js';
import type { QdrantError } from '../qdrant/errors.js';
import type { AnyOperation } from '../qdrant/operation.js';
import type { SnapshotFile } from '../qdrant/snapshots.js';
import { Unauthorized } from './access.js';
import { stringify } from './json.js';
import type { Settled } from './options.js';

const JSON_TYPE = 'application/json; charset=utf-8';
const TEXT_TYPE = 'text/plain; charset=utf-8';
/** Smaller responses fit into one packet with their headers. */
const COMPRESSED_FROM = 1_024;

const compressed = promisify(gzip);

/** Smaller responses are sent at once, unless the client does not read. */
const STALLS_FROM = 16_384;

/** Whether an Accept-Encoding header allows gzip; `gzip;q=0` forbids it. */
function acceptsGzip(accepted: string | undefined): boolean {
  if (accepted === undefined) return false;
  return accepted.split(',').some((one) => {
    const [name, ...parameters] = one
      .trim()
      .toLowerCase()
      .split(/\s*;\s*/);
    return (name === 'gzip' || name === '*') && !parameters.some((text) => /^q=0(\.0*)?$/.test(text));
  });
}

const secondsSince = (began: number): number => (performance.now() - began) / 1_000;

/** Appends a name to the Vary header. */
function varies(reply: FastifyReply, name: string): void {
  const before = reply.getHeader('vary');
  reply.header('vary', before === undefined ? name : `${String(before)}, ${name}`);
}

/**
 * Sends a response in one piece. `end` with a text makes two of it, of which the second is empty: they take the system's call for several,
 * and a fifth of what a small response costs.
 */
function write(reply: FastifyReply, text: string): FastifyReply {
  if (reply.statusCode !== 200) return reply.send(text);
  const { raw } = reply;
  const headers = reply.getHeaders() as OutgoingHttpHeaders;
  headers['content-length'] = Buffer.byteLength(text);
  reply.hijack();
  raw.writeHead(200, headers);
  raw.write(text);
  raw.socket?.uncork();
  raw.end();
  return reply;
}

export class Replies {
  readonly #compress: Settled['compress'];
  readonly #stallMs: number;
  readonly #closing: AbortSignal;

  constructor({ compress, limits }: Settled, closing: AbortSignal) {
    this.#compress = compress;
    this.#stallMs = limits.stallMs;
    this.#closing = closing;
  }

  result(reply: FastifyReply, result: unknown, form: AnyOperation['form'], began: number): unknown {
    if (form === 'file') return this.#sendFile(reply, result as SnapshotFile);
    if (form === 'text') return this.#send(reply, TEXT_TYPE, result as string);
    const value = form === 'bare' ? result : { result, status: 'ok', time: secondsSince(began) };
    return this.#send(reply, JSON_TYPE, stringify(value));
  }

  /** Numbers as they stand in memory. */
  bytes(reply: FastifyReply, bytes: Uint8Array): unknown {
    reply.header('content-type', 'application/octet-stream').header('x-content-type-options', 'nosniff');
    if (this.#closing.aborted) reply.header('connection', 'close');
    reply.request.socket.setTimeout(this.#stallMs);
    return reply.send(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
  }

  error(reply: FastifyReply, error: QdrantError, began: number): unknown {
    this.#refused(reply, error.status);
    if (error instanceof Unauthorized) return this.#send(reply, TEXT_TYPE, error.message);
    const envelope = { status: { error: error.message }, time: secondsSince(began) };
    return this.#send(reply, JSON_TYPE, stringify(envelope));
  }

  /** An error in another form than Qdrant's. */
  refusal(reply: FastifyReply, status: number, body: object): unknown {
    this.#refused(reply, status);
    return this.#send(reply, JSON_TYPE, stringify(body));
  }

  #refused(reply: FastifyReply, status: number): void {
    reply.code(status);
    // Fastify closes the connection after a refused body; here the rest is drained instead, and the connection stays.
    if (status === 408) reply.header('connection', 'close');
    else reply.removeHeader('connection');
    // Qdrant's JavaScript client reads only the first digit.
    if (status === 429) reply.header('retry-after', '1');
  }

  #sendFile(reply: FastifyReply, { path, name, bytes }: SnapshotFile): unknown {
    reply.request.socket.setTimeout(this.#stallMs);
    if (this.#closing.aborted) reply.header('connection', 'close');
    // Fastify would read all of a stream for HEAD.
    const isSent = reply.request.method !== 'HEAD';
    reply
      .header('content-type', 'application/octet-stream')
      .header('content-length', bytes)
      .header('content-disposition', `attachment; filename="${name}"`);
    return reply.send(isSent ? createReadStream(path, { end: bytes - 1 }) : Readable.from([]));
  }

  #send(reply: FastifyReply, type: string, text: string): unknown {
    reply.header('content-type', type).header('x-content-type-options', 'nosniff');
    if (this.#closing.aborted) reply.header('connection', 'close');
    const { socket } = reply.request;
    // A client that does not read its response is cut off after this time. Node clears it with the response.
    if (text.length >= STALLS_FROM || socket.writableLength > 0) socket.setTimeout(this.#stallMs);
    if (text.length < COMPRESSED_FROM || !this.#compresses(socket.remoteAddress)) return write(reply, text);
    varies(reply, 'accept-encoding');
    if (!acceptsGzip(reply.request.headers['accept-encoding'])) return reply.send(text);
    reply.header('content-encoding', 'gzip');
    return compressed(text, { level: 1 }).then((bytes) => reply.send(bytes));
  }

  #compresses(client: string | undefined): boolean {
    return this.#compress === 'always' || (this.#compress === 'remote' && !isLoopback(client ?? ''));
  }
}
