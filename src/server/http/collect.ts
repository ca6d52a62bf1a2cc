/* Collects the bytes of a body, with limits on its size, on the time it takes, and on the memory of all bodies together. */
import type { IncomingMessage } from 'node:http';
import { QdrantError } from '../qdrant/errors.js';
import { Gathered, tooLarge } from './gathered.js';
import type { Limits } from './options.js';
import type { Task } from './work.js';

/** Calls `done` once: with all bytes, or with a QdrantError (408, 413, 429, or 400 if the client leaves). */
export function collect(
  raw: IncomingMessage,
  { bodyBytes, bodyMs }: Limits,
  task: Task,
  done: (error: Error | null, bytes: Buffer) => void,
): void {
  const told = Number(raw.headers['content-length']);
  const gathered = new Gathered(task, told > 0 ? Math.min(told, bodyBytes) : bodyBytes);
  const end = (error: Error | null): void => {
    clearTimeout(timer);
    raw.off('data', onData).off('end', onEnd).off('error', onLeft).off('close', onLeft);
    if (error) raw.resume();
    done(error, gathered.bytes);
  };
  const onEnd = (): void => end(null);
  const onLeft = (): void => end(new QdrantError(400, 'Bad request: the body ended early'));
  const onData = (piece: Buffer): void => {
    try {
      gathered.add(piece);
    } catch (error) {
      end(error as Error);
    }
  };
  const onLate = (): void => end(new QdrantError(408, 'Timeout: the body was not complete in time'));
  const timer = setTimeout(onLate, bodyMs);
  if (told > bodyBytes) end(tooLarge(bodyBytes));
  else raw.on('data', onData).on('end', onEnd).on('error', onLeft).on('close', onLeft);
}

/**
 * Drains the rest of a request that was answered early, for at most `ms` milliseconds, then closes the connection. Without
 * draining, a client that is still sending would not see the response.
 */
export function readRest(raw: IncomingMessage, ms: number): void {
  const { socket } = raw;
  if (raw.complete || socket.destroyed) return;
  const timer = setTimeout(() => socket.destroy(), ms).unref();
  const done = (): void => {
    clearTimeout(timer);
    socket.off('close', done);
  };
  socket.once('close', done);
  raw.once('end', done).resume();
}
