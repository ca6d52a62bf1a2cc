/*
 * A file that comes as a part of a form (`multipart/form-data`, the part `snapshot`): it goes to the disk as it comes, as far as
 * it may, and is taken away behind the request.
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

/** Errors of reading a form are its own; those of files and of what is done with them are not. */
function errorOfForm(error: unknown): unknown {
  const { code, message } = error as NodeJS.ErrnoException;
  return error instanceof QdrantError || (code && !code.startsWith('ERR_'))
    ? error
    : malformed(message, error);
}

/** Runs `use` with the file of a request. @throws QdrantError 400, 413 */
export async function withUpload<T>(
  { raw, headers }: FastifyRequest,
  snapshots: Snapshots,
  use: (file: Received) => Promise<T>,
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
      stream.on('error', () => {}); // whoever reads it is told, as far as somebody does
      if (name === PART) resolve(stream);
      else stream.resume();
    });
    form.on('finish', () => resolve(undefined));
    form.on('error', () => resolve(undefined));
  });
  const sent = pipeline(raw, form);
  sent.catch(() => {}); // it is looked at below; the file may be read until then
  const stream = await found;
  if (!stream) {
    await sent.catch((error: unknown) => {
      throw errorOfForm(error);
    });
    throw malformed('there is no such part');
  }
  // A client that leaves ends the form, which tells nobody of it who reads the file.
  sent.catch((error: unknown) => stream.destroy(error as Error));
  const received = snapshots.receive(stream as AsyncIterable<Uint8Array>, async (file) => {
    await sent;
    return { done: await use(file) };
  });
  const { done } = await received.catch((error: unknown) => {
    throw errorOfForm(error);
  });
  return done;
}
