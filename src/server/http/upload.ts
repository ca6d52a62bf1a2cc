/*
 * Receives a file as a part of a form (`multipart/form-data`, the part `snapshot`). It is written to the disk as it arrives, so
 * `uploadBytes` limits it and not `bodiesBytes`, which is about memory. The file is removed when the request has ended.
 */
import { pipeline } from 'node:stream/promises';
import { Busboy, type BusboyFileStream, type BusboyInstance } from '@fastify/busboy';
import type { FastifyRequest } from 'fastify';
import { QdrantError } from '../qdrant/errors.js';
import type { Received, Snapshots } from '../qdrant/snapshots.js';

const PART = 'snapshot';

const malformed = (why: string, cause?: unknown): QdrantError =>
  new QdrantError(400, `Bad request: the form is malformed (${why}): send the file as its part \`${PART}\``, {
    cause,
  });

/** Errors of the form parser, and of a client that leaves, become 400. Errors of files, and those of `use`, stay as they are. */
function errorOfForm(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  if (code === 'ECONNRESET') return new QdrantError(400, 'Bad request: the client left', { cause: error });
  return error instanceof QdrantError || (code && !code.startsWith('ERR_'))
    ? error
    : malformed(message, error);
}

/** Runs `use` with the uploaded file. @throws QdrantError 400, 413 */
export async function withUpload<T>(
  { raw, headers }: FastifyRequest,
  snapshots: Snapshots,
  use: (file: Received) => T | Promise<T>,
): Promise<T> {
  if (headers['content-encoding'] !== undefined && headers['content-encoding'] !== 'identity')
    throw new QdrantError(415, 'Bad request: a form cannot be compressed: send it as it is');
  raw.socket.setTimeout(snapshots.stallMs);
  let form: BusboyInstance;
  try {
    form = new Busboy({
      headers: headers as typeof headers & { 'content-type': string },
      limits: { files: 1, fields: 16, fieldSize: 1_024, parts: 32, headerPairs: 100 },
    });
  } catch (error) {
    throw malformed((error as Error).message);
  }
  const found = new Promise<BusboyFileStream | undefined>((resolve) => {
    form.on('file', (name, stream) => {
      stream.on('error', () => {}); // the reader gets the error, if there is a reader
      if (name === PART) resolve(stream);
      else stream.resume();
    });
    form.on('finish', () => resolve(undefined));
    form.on('error', () => resolve(undefined));
  });
  const sent = pipeline(raw, form);
  sent.catch(() => {}); // handled below, after the file has been read
  const stream = await found;
  if (!stream) {
    await sent.catch((error: unknown) => {
      throw errorOfForm(error);
    });
    throw malformed('there is no such part');
  }
  // If the client leaves, the form parser ends without an error to the reader of the file.
  sent.catch((error: unknown) => stream.destroy(error as Error));
  const received = snapshots.receive(stream as AsyncIterable<Uint8Array>, async (file) => {
    await sent;
    raw.socket.setTimeout(0); // the client waits now
    return { done: await use(file) };
  });
  const { done } = await received.catch((error: unknown) => {
    throw errorOfForm(error);
  });
  return done;
}
