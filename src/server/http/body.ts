/* Request bodies, from bytes to values. Their size is checked as they are collected, and again here after decompression. */
import { isUtf8 } from 'node:buffer';
import { promisify } from 'node:util';
import { brotliDecompress, gunzip, inflate } from 'node:zlib';
import { formatError, QdrantError } from '../qdrant/errors.js';
import { deeperThan, parse } from './json.js';

/** How deeply JSON may be nested; Qdrant's limit as well. Recursive code would run out of stack on deeper values. */
const DEPTH_MAX = 128;

/** From this size on, the depth is checked before parsing: as arrays, brackets take fifty times the memory. */
const LOOKED_THROUGH_FROM = 1024 ** 2;

const DECODERS = {
  gzip: promisify(gunzip),
  'x-gzip': promisify(gunzip),
  deflate: promisify(inflate),
  br: promisify(brotliDecompress),
} as const;

export const tooLarge = (most: number): QdrantError =>
  new QdrantError(413, `Bad request: the body is larger than ${most} bytes. Send fewer points at once`);

export const badEncoding = (encoding: string): QdrantError =>
  new QdrantError(
    415,
    `Bad request: content-encoding must be one of gzip, deflate, br, got ${encoding.slice(0, 40)}`,
  );

async function decoded(bytes: Buffer, encoding: string, most: number): Promise<Buffer> {
  if (!Object.hasOwn(DECODERS, encoding)) throw badEncoding(encoding);
  try {
    return await DECODERS[encoding as keyof typeof DECODERS](bytes, { maxOutputLength: most });
  } catch (error) {
    if ((error as { code?: string }).code === 'ERR_BUFFER_TOO_LARGE') throw tooLarge(most);
    throw new QdrantError(400, `Bad request: the body is not ${encoding}`, { cause: error });
  }
}

/** Parses JSON; undefined for an empty body. @throws QdrantError 400 */
export function jsonOf(bytes: Buffer): unknown {
  if (bytes.length === 0) return undefined;
  if (!isUtf8(bytes)) throw formatError('the text is not UTF-8');
  if (bytes.length >= LOOKED_THROUGH_FROM && deeperThan(bytes, DEPTH_MAX))
    throw formatError('recursion limit exceeded');
  try {
    return parse(bytes.toString(), DEPTH_MAX);
  } catch (error) {
    throw formatError((error as Error).message.slice(0, 200));
  }
}

/** `grown` is called with the decompressed size, and may throw. */
export async function decodedBody(
  bytes: Buffer,
  encoding: string,
  most: number,
  grown: (bytes: number) => void,
): Promise<unknown> {
  const all = await decoded(bytes, encoding.toLowerCase(), most);
  grown(all.length);
  return jsonOf(all);
}
