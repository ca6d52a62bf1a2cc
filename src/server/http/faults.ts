/* What Fastify and Node's parser refuse, as Qdrant's errors. */
import type { Socket } from 'node:net';
import { QdrantError, qdrantErrorOf } from '../qdrant/errors.js';
import { tooLarge } from './body.js';

interface Fault {
  readonly code?: string;
  readonly statusCode?: number;
  readonly message: string;
}

export function errorOf(error: unknown, bodyBytes: number): QdrantError {
  if (error instanceof QdrantError) return error;
  const { code, statusCode = 500, message } = error as Fault;
  if (code === 'FST_ERR_CTP_BODY_TOO_LARGE') return tooLarge(bodyBytes);
  if (code === 'FST_ERR_CTP_INVALID_MEDIA_TYPE')
    return new QdrantError(415, 'Bad request: content-type must be application/json');
  if (code?.startsWith('FST_') && statusCode < 500)
    return new QdrantError(statusCode, `Bad request: ${message}`);
  return qdrantErrorOf(error);
}

const PHRASES: Readonly<Record<number, string>> = {
  400: 'Bad Request',
  408: 'Request Timeout',
  431: 'Request Header Fields Too Large',
};

/** Answers on the connection itself, where there is no request to answer, and ends it. */
export function cut(socket: Socket, status: 400 | 408 | 431, text: string): void {
  if (socket.destroyed) return;
  if (!socket.writable || (socket.bytesWritten > 0 && status !== 408)) {
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

/** Of a head that Node's parser refused. */
export function onClientError(error: Error & { code?: string }, socket: Socket): void {
  if (error.code === 'HPE_HEADER_OVERFLOW')
    cut(socket, 431, 'Bad request: the head of the request is too large');
  else if (error.code === 'ERR_HTTP_REQUEST_TIMEOUT')
    cut(socket, 408, 'Timeout: the request came too slowly');
  else cut(socket, 400, 'Bad request: this is not HTTP');
}
