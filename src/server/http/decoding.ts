/* Compressed bodies and streams. What a body becomes is counted while it grows: a small one may become a thousand times as large. */
import type { Transform } from 'node:stream';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import { QdrantError } from '../qdrant/errors.js';
import { Gathered } from './gathered.js';
import type { Task } from './work.js';

const DECODERS: Readonly<Record<string, () => Transform>> = {
  gzip: createGunzip,
  'x-gzip': createGunzip,
  deflate: createInflate,
  br: createBrotliDecompress,
};

/** The name of an encoding in lower case; undefined where nothing is compressed. */
export function encodingOf(header: string | undefined): string | undefined {
  const encoding = header?.toLowerCase();
  return encoding === 'identity' ? undefined : encoding;
}

/** @throws QdrantError 415 */
export function decoderOf(encoding: string): Transform {
  if (Object.hasOwn(DECODERS, encoding)) return DECODERS[encoding]!();
  throw new QdrantError(
    415,
    `Bad request: content-encoding must be one of gzip, deflate, br, got ${encoding.slice(0, 40)}`,
  );
}

export const notEncoded = (encoding: string, cause: unknown): QdrantError =>
  new QdrantError(400, `Bad request: the body is not ${encoding}`, { cause });

/** The bytes that a body becomes, `most` at most. @throws QdrantError 400, 413, 415, 429 */
export async function decoded(
  bytes: Buffer,
  encoding: string,
  most: number,
  task: Pick<Task, 'take'>,
): Promise<Buffer> {
  const decoder = decoderOf(encoding);
  const gathered = new Gathered(task, most);
  decoder.end(bytes);
  try {
    for await (const piece of decoder) gathered.add(piece as Buffer);
  } catch (error) {
    throw error instanceof QdrantError ? error : notEncoded(encoding, error);
  }
  return gathered.bytes;
}
