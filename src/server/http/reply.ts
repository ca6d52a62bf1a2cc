/* Responses: Qdrant's envelope around results and errors, compressed where that is worth it. */
import { promisify } from 'node:util';
import { gzip } from 'node:zlib';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { QdrantError } from '../qdrant/errors.js';
import { Unauthorized } from './access.js';
import { stringify } from './json.js';
import { isLoopback } from './options.js';

const JSON_TYPE = 'application/json';
const TEXT_TYPE = 'text/plain; charset=utf-8';
/** Less fits into one packet with its head. */
const COMPRESSED_FROM = 1_024;

const compressed = promisify(gzip);

export type Compress = 'remote' | 'always' | 'never';

/** Whether gzip is among what is accepted; `gzip;q=0` says that it is not. */
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

export class Replies {
  readonly #compress: Compress;

  constructor(compress: Compress) {
    this.#compress = compress;
  }

  result(reply: FastifyReply, result: unknown, form: 'bare' | 'text' | undefined, began: number): unknown {
    if (form === 'text') return this.#send(reply, TEXT_TYPE, result as string);
    const value = form === 'bare' ? result : { result, status: 'ok', time: secondsSince(began) };
    return this.#send(reply, JSON_TYPE, stringify(value));
  }

  error(reply: FastifyReply, error: QdrantError, began: number): unknown {
    reply.code(error.status);
    // Qdrant's client for JavaScript reads the first digit of it.
    if (error.status === 429) reply.header('retry-after', '1');
    if (error instanceof Unauthorized) return this.#send(reply, TEXT_TYPE, error.message);
    const envelope = { status: { error: error.message }, time: secondsSince(began) };
    return this.#send(reply, JSON_TYPE, stringify(envelope));
  }

  #send(reply: FastifyReply, type: string, text: string): unknown {
    reply.header('content-type', type);
    if (text.length < COMPRESSED_FROM || !this.#wanted(reply.request)) return reply.send(text);
    reply.header('vary', 'accept-encoding').header('content-encoding', 'gzip');
    return compressed(text, { level: 1 }).then((bytes) => reply.send(bytes));
  }

  #wanted({ headers, socket }: FastifyRequest): boolean {
    if (this.#compress === 'never' || !acceptsGzip(headers['accept-encoding'])) return false;
    return this.#compress === 'always' || !isLoopback(socket.remoteAddress ?? '');
  }
}
