/* Turns errors of Fastify and of Node's HTTP parser into Qdrant's errors, and keeps internal errors from clients: those go to the log. */
import { randomUUID } from 'node:crypto';
import type { Socket } from 'node:net';
import type { FastifyRequest } from 'fastify';
import { SiltError } from '../../base/errors.js';
import { QdrantError, qdrantErrorOf } from '../qdrant/errors.js';
import type { Service } from '../qdrant/service.js';
import { isAsked } from './connections.js';

interface Fault {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message: string;
}

export function errorOf(error: unknown): QdrantError {
  if (error instanceof QdrantError) return error;
  const { code, statusCode = 500, message } = error as Fault;
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new QdrantError(
      415,
      'Bad request: content-type must be application/json, and of a stream of points application/x-ndjson',
    );
  if (code?.startsWith('FST_') && statusCode < 500)
    return new QdrantError(statusCode, `Bad request: ${message}`);
  return qdrantErrorOf(error);
}

/** A request that failed with an internal error. */
export interface FailedRequest {
  readonly method: string;
  /** Without the query string, which may contain secrets. */
  readonly path: string;
  /** The reference number that the client was given. */
  readonly number: string;
}

/** The default of `onError`: prints the error with its stack. */
function printFailure(error: unknown, { method, path, number }: FailedRequest): void {
  const text = error instanceof Error ? error.stack : String(error);
  process.stderr.write(`silt: ${method} ${path} failed (${number}): ${text}\n`);
}

/**
 * Reports internal errors to `onError`. If such an error is neither Silt's nor Qdrant's, the client sees only a reference number,
 * since the message may contain paths or code. Others are told without the paths of this machine.
 */
export class Failures {
  readonly #service: Pick<Service, 'told'>;
  readonly #onError: (error: unknown, request: FailedRequest) => void;

  constructor(
    service: Pick<Service, 'told'>,
    onError: (error: unknown, request: FailedRequest) => void = printFailure,
  ) {
    this.#service = service;
    this.#onError = onError;
  }

  answer(error: QdrantError, request: FastifyRequest): QdrantError {
    const answered = error.status === 500 ? this.#reported(error, request) : error;
    const text = this.told(answered.message);
    if (text === answered.message) return answered;
    return new QdrantError(answered.status, text, { cause: answered.cause });
  }

  told(text: string): string {
    return this.#service.told(text);
  }

  #reported(error: QdrantError, { method, url }: FastifyRequest): QdrantError {
    const cause = error.cause ?? error;
    const number = randomUUID().slice(0, 8);
    try {
      this.#onError(cause, { method, path: url.split('?', 1)[0]!, number });
    } catch {
      // An error in the listener must not change the response.
    }
    if (cause instanceof QdrantError || cause instanceof SiltError) return error;
    return new QdrantError(500, `Service internal error: see number ${number} in the log of the server`, {
      cause,
    });
  }
}

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Writes an error directly to a connection that has no parsed request, and closes it. */
function cut(socket: Socket, status: 400 | 408 | 431, text: string): void {
  if (socket.destroyed) return;
  if (!socket.writable || socket.bytesWritten > 0 || isAsked(socket)) {
    socket.destroy();
    return;
  }
  const body = JSON.stringify({ status: { error: text }, time: 0 });
  const head = [
    `HTTP/1.1 ${status} ${PHRASES[status]}`,
    'content-type: application/json',
    `content-length: ${body.length}`,
    'connection: close',
  ];
  socket.write(`${head.join('\r\n')}\r\n\r\n${body}`);
  socket.destroySoon();
}

/** Called when Node's parser rejects the head of a request. */
export function onClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'HPE_HEADER_OVERFLOW')
    cut(socket, 431, 'Bad request: the head of the request is too large');
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    cut(socket, 408, 'Timeout: the request was not complete in time');
  else cut(socket, 400, 'Bad request: this is not HTTP');
}
