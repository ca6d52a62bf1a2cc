/* Runs handlers of requests. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { QdrantError } from '../qdrant/errors.js';

/** Runs a handler, unless the client has left already. The request counts as active until the handler has ended. */
export async function held<T>(
  { task }: FastifyRequest,
  { raw }: FastifyReply,
  work: () => Promise<T>,
): Promise<T> {
  if (raw.destroyed) throw new QdrantError(400, 'Bad request: the client left');
  task.hold();
  try {
    return await work();
  } finally {
    task.release();
  }
}
